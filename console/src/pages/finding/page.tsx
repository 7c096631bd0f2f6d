// One finding: what was counted beside what is usual, the calls that prove it, what was decided, and what can be done.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { getJson } from '../../api/client.ts';
import { useMay } from '../../api/session.ts';
import type { FindingView } from '../../api/types.ts';
import { Severity, Status } from '../../design/badge.tsx';
import { CopyableId } from '../../design/copy-button.tsx';
import { visible } from '../../design/hostile.ts';
import { Page, Panel } from '../../design/panel.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { ErrorState, Loading } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { ContainDialog, type ContainTarget } from '../../response/containment.tsx';
import { DetectorName, StateBadge } from '../../response/finding-signs.tsx';
import { identityKey } from '../../response/finding-words.ts';
import { useFindingNews } from '../../response/news.ts';
import { Acts } from './acts.tsx';
import { ContainedPanel } from './contained-panel.tsx';
import styles from './finding.module.css';
import { AlertsPanel, DecisionsPanel, EvidencePanel, RelatedPanel, SubjectPanel } from './panels.tsx';
import { MeasurePanel } from './rate-panel.tsx';

export function FindingPage(): ReactElement {
  const { id } = useParams({ from: '/inside/findings/$id' });
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: ['finding', id],
    queryFn: ({ signal }) => getJson<FindingView>(`/api/v1/findings/${encodeURIComponent(id)}`, {}, signal),
  });
  useFindingNews(
    ({ change, finding }) => {
      if (finding.id !== data?.finding.id) return;
      // The rate and the evidence are asked for when they are settled; in between, numbers and state are enough.
      if (change === 'updated')
        client.setQueryData<FindingView>(
          ['finding', id],
          (was) => was && { ...was, finding: { ...was.finding, ...finding } },
        );
      else void client.invalidateQueries({ queryKey: ['finding', id] });
      void client.invalidateQueries({ queryKey: ['alerts'] });
    },
    () => void client.invalidateQueries({ queryKey: ['finding', id] }),
  );
  if (error)
    return (
      <Page title="Finding">
        <Panel>
          <ErrorState error={error} onRetry={() => void refetch()} />
        </Panel>
      </Page>
    );
  if (data === undefined)
    return (
      <Page title="Finding">
        <Panel>
          <Loading rows={8} what="The finding loads" />
        </Panel>
      </Page>
    );
  return <Shown key={data.finding.id} view={data} />;
}

function Shown({ view: { finding, related, rows } }: { view: FindingView }): ReactElement {
  const may = useMay('operator');
  const [containing, setContaining] = useState(false);
  const { identity, session } = finding.subject;
  const target: ContainTarget = {
    identity: identity && { id: identityKey(identity), name: identity.name },
    session,
  };
  const some = identity !== undefined || session !== undefined;
  const lasts = finding.ended === undefined && (finding.state === 'open' || finding.state === 'acknowledged');
  return (
    <Page
      title={visible(finding.title).slice(0, 160)}
      heading={<SafeText text={finding.title} most={400} />}
      lead={
        <span className={styles.lead}>
          <Severity level={finding.severity} />
          <StateBadge state={finding.state} />
          <DetectorName detector={finding.detector} />
          {lasts && (
            <Status tone="amber" live>
              still going on
            </Status>
          )}
          <span>
            noticed <Time time={finding.noticed} />
          </span>
          <CopyableId id={finding.id} what="finding id" short />
        </span>
      }
      actions={may && <Acts finding={finding} onContain={some ? () => setContaining(true) : undefined} />}
    >
      <div className={styles.columns}>
        <div className="stack">
          <Panel title="What was seen">
            <p className={styles.why}>
              <SafeText text={finding.reason} most={2000} />
            </p>
            {finding.cause !== undefined && finding.cause !== finding.id && (
              <p className="quiet">
                It shares its cause with{' '}
                <Link to="/findings/$id" params={{ id: finding.cause }}>
                  the first finding of it
                </Link>
                .
              </p>
            )}
          </Panel>
          <MeasurePanel finding={finding} />
          <EvidencePanel finding={finding} rows={rows} />
          <RelatedPanel related={related} />
        </div>
        <div className="stack">
          <SubjectPanel finding={finding} />
          {some && <ContainedPanel target={target} />}
          <DecisionsPanel finding={finding} />
          <AlertsPanel finding={finding.id} />
        </div>
      </div>
      {containing && <ContainDialog target={target} finding={finding.id} onClose={() => setContaining(false)} />}
    </Page>
  );
}
