// One run of one agent: its calls on a time axis that plays, its impact, the replay, and how it is undone.
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import type { Row, SessionRow } from '../../api/types.ts';
import { Badge } from '../../design/badge.tsx';
import { buttonClass } from '../../design/button.tsx';
import { CopyableId } from '../../design/copy-button.tsx';
import { count, duration, plural } from '../../design/format.ts';
import { Page, Panel } from '../../design/panel.tsx';
import { ClaimedChip, IdentityChip } from '../../design/record.tsx';
import { EmptyState, ErrorState, Loading, Progress } from '../../design/states.tsx';
import { Tabs } from '../../design/tabs.tsx';
import { Time } from '../../design/time.tsx';
import { CallList } from './call-list.tsx';
import { MOST_CALLS, useCalls } from './calls.ts';
import { ImpactPanel } from './impact-panel.tsx';
import { usePlayer } from './player.ts';
import { ReplayPanel } from './replay-panel.tsx';
import { RevertPanel } from './revert-panel.tsx';
import styles from './session.module.css';
import { StatesPanel } from './states-panel.tsx';
import { Timeline } from './timeline.tsx';

const TABS = [
  { id: 'calls', label: 'Timeline' },
  { id: 'impact', label: 'Impact' },
  { id: 'replay', label: 'Replay' },
  { id: 'revert', label: 'Revert' },
] as const;
type TabId = (typeof TABS)[number]['id'];

export function SessionPage(): ReactElement {
  const { id } = useParams({ from: '/inside/session/$id' });
  const { tab: wanted } = useSearch({ from: '/inside/session/$id' });
  const navigate = useNavigate({ from: '/session/$id' });
  const { session, calls, error, refetch, hasNextPage } = useCalls(id);
  if (error)
    return (
      <Page title="Session">
        <ErrorState error={error} onRetry={() => void refetch()} />
      </Page>
    );
  if (session === undefined)
    return (
      <Page title="Session">
        <Panel>
          <Loading rows={8} what="The session loads" />
        </Panel>
      </Page>
    );
  const tab = TABS.find((each) => each.id === wanted)?.id ?? 'calls';
  return (
    <Page
      title={`Session of ${session.identity?.name ?? 'nobody who was identified'}`}
      heading={
        <span className={styles.heading}>
          Session of
          {session.identity ? (
            <Link to="/agents/$id" params={{ id: `${session.identity.issuer}#${session.identity.subject}` }}>
              <IdentityChip identity={session.identity} />
            </Link>
          ) : (
            'nobody who was identified'
          )}
        </span>
      }
      lead={
        <span className={styles.lead}>
          {calls[0] && <ClaimedChip client={calls[0].client} />}
          <Time time={session.first} />
          <span>{duration(session.last - session.first)}</span>
          <CopyableId id={session.id} what="session id" />
        </span>
      }
      actions={
        <Link to="/search" search={{ q: `session:${JSON.stringify(session.id)}` }} className={buttonClass()}>
          Search in it
        </Link>
      }
    >
      <div className="stack">
        <Numbers session={session} />
        <Tabs<TabId>
          label="Views of the session"
          tabs={TABS}
          value={tab}
          onChange={(next) => void navigate({ search: { tab: next }, replace: true, resetScroll: false })}
        >
          <div className={styles.tab}>
            {tab === 'calls' &&
              (hasNextPage ? (
                <Panel>
                  <Progress label="Calls are fetched" value={calls.length} max={Math.min(session.calls, MOST_CALLS)} />
                </Panel>
              ) : (
                <Calls calls={calls} of={session.calls} />
              ))}
            {tab === 'impact' && <ImpactPanel session={id} />}
            {tab === 'replay' && <ReplayPanel session={id} calls={session.calls} />}
            {tab === 'revert' && <RevertPanel of={id} />}
          </div>
        </Tabs>
      </div>
    </Page>
  );
}

function Numbers({ session }: { session: SessionRow }): ReactElement {
  const { calls, mutations, refusals, errors } = session;
  return (
    <div className="row wrap">
      <Badge>{plural(calls, 'call')}</Badge>
      <Badge tone={mutations > 0 ? 'amber' : 'grey'}>{plural(mutations, 'change')}</Badge>
      <Badge tone={refusals > 0 ? 'red' : 'grey'}>{plural(refusals, 'refusal')}</Badge>
      <Badge tone={errors > 0 ? 'red' : 'grey'}>{plural(errors, 'error')}</Badge>
    </div>
  );
}

function Calls({ calls, of }: { calls: readonly Row[]; of: number }): ReactElement {
  const player = usePlayer(calls.map(({ time }) => time));
  if (calls.length === 0)
    return (
      <Panel>
        <EmptyState title="No call of it is in the index yet" small />
      </Panel>
    );
  return (
    <div className="stack">
      <Panel
        title="Calls over time"
        note={of > calls.length ? `the first ${count(calls.length)} of ${count(of)}` : undefined}
      >
        <Timeline calls={calls} player={player} />
      </Panel>
      <div className={styles.columns}>
        <Panel title="Calls" note={count(calls.length)} flush>
          <CallList calls={calls} player={player} />
        </Panel>
        <Panel title="Resources at the cursor" flush>
          <StatesPanel calls={calls} cursor={player.cursor} />
        </Panel>
      </div>
    </div>
  );
}
