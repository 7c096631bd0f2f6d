// Agents and people: who was seen and what they did, service accounts with their tokens, what is revoked, and calls that wait for leave.
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { useMay } from '../../api/session.ts';
import { Page } from '../../design/panel.tsx';
import { NoPermission } from '../../design/states.tsx';
import { Segments, Tabs } from '../../design/tabs.tsx';
import { ApprovalsPanel } from '../../people/approvals.tsx';
import { SPANS, spanOf } from '../../people/questions.ts';
import { Accounts } from './accounts.tsx';
import styles from './agents.module.css';
import { Revoked } from './revoked.tsx';
import { Seen } from './seen.tsx';

const TABS = [
  { id: 'seen', label: 'Seen' },
  { id: 'accounts', label: 'Service accounts' },
  { id: 'revoked', label: 'Revoked' },
] as const;
type TabId = (typeof TABS)[number]['id'];

export function AgentsPage(): ReactElement {
  const auditor = useMay('auditor');
  const search = useSearch({ from: '/inside/agents' });
  const navigate = useNavigate({ from: '/agents' });
  const tab = TABS.find(({ id }) => id === search.tab)?.id ?? 'seen';
  const span = spanOf(search.since);
  const set = (what: Record<string, string | undefined>): void =>
    void navigate({
      search: (now) =>
        Object.fromEntries(Object.entries({ ...now, ...what }).filter(([, value]) => value)) as Record<string, string>,
      replace: true,
      resetScroll: false,
    });
  if (!auditor)
    return (
      <Page title="Agents and people">
        <NoPermission needs="auditor" what="Seeing who calls" />
      </Page>
    );
  return (
    <Page
      title="Agents and people"
      lead="Everybody whose credentials were verified, what they did, and what they may still do."
      actions={
        tab === 'seen' && (
          <Segments
            label="Counted over"
            options={SPANS}
            value={span}
            onChange={(days) => set({ since: days === '7d' ? undefined : days })}
          />
        )
      }
    >
      <div className="stack">
        <ApprovalsPanel />
        <Tabs<TabId>
          label="Agents and people"
          tabs={TABS}
          value={tab}
          onChange={(next) => set({ tab: next === 'seen' ? undefined : next })}
        >
          <div className={styles.tab}>
            {tab === 'seen' && <Seen span={span} kind={search.kind} onKind={(kind) => set({ kind })} />}
            {tab === 'accounts' && <Accounts />}
            {tab === 'revoked' && <Revoked />}
          </div>
        </Tabs>
      </div>
    </Page>
  );
}
