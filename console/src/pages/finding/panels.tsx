// What belongs to a finding: whom it is about, the calls that prove it, what shares its cause, decisions, messages.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { useMay } from '../../api/session.ts';
import type { Finding, FindingView } from '../../api/types.ts';
import { Severity } from '../../design/badge.tsx';
import { count, duration, plural } from '../../design/format.ts';
import { Facts, Panel } from '../../design/panel.tsx';
import { quoteValue } from '../../design/query-text.ts';
import {
  ActionTag,
  HttpStatus,
  IdentityChip,
  OutcomeStatus,
  operationInWords,
  ResourceName,
} from '../../design/record.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { Table } from '../../design/table.tsx';
import { Time } from '../../design/time.tsx';
import { alertsQuery, DeliveryBadge, DeliveryFate, RetryButton } from '../../response/deliveries.tsx';
import { StateBadge } from '../../response/finding-signs.tsx';
import { identityKey } from '../../response/finding-words.ts';
import styles from './finding.module.css';

export function SubjectPanel({ finding }: { finding: Finding }): ReactElement {
  const { subject, started, latest, ended, noticed, score } = finding;
  const { identity, connection, session, family, operation } = subject;
  return (
    <Panel title="Who, where, when">
      <Facts
        items={{
          Who: identity ? (
            <Link to="/agents/$id" params={{ id: identityKey(identity) }}>
              <IdentityChip identity={identity} />
            </Link>
          ) : (
            'no one identity'
          ),
          Session: session !== undefined && (
            <Link to="/session/$id" params={{ id: session }} className="mono">
              <SafeText text={session} most={120} />
            </Link>
          ),
          Connection: connection !== undefined && <SafeText text={connection} most={120} />,
          'Operations of': family !== undefined && <SafeText text={family} most={120} />,
          Operation: operation !== undefined && <SafeText text={operation} most={120} />,
          Began: <Time time={started} />,
          [ended === undefined ? 'Latest call' : 'Ended']: <Time time={ended ?? latest} />,
          Lasted: duration(Math.max(0, (ended ?? latest) - started)),
          Noticed: `${duration(Math.max(0, noticed - started))} after it began`,
          'How unusual': `${Math.round(score)} of 100`,
        }}
      />
    </Panel>
  );
}

export function EvidencePanel({ finding, rows }: { finding: Finding; rows: FindingView['rows'] }): ReactElement {
  const { evidence } = finding;
  return (
    <Panel
      title="Evidence"
      note={plural(evidence.count, 'call')}
      actions={
        <Link to="/search" search={{ q: evidence.query === '' ? `finding:${quoteValue(finding.id)}` : evidence.query }}>
          All in search
        </Link>
      }
      flush
    >
      <Table
        caption="Calls that belong to the finding, the first and the latest ones"
        items={rows}
        keyOf={({ id }) => id}
        empty={
          <EmptyState small title="No single call proves it">
            What was missing cannot be shown; the search shows what was there.
          </EmptyState>
        }
        columns={[
          {
            title: 'When',
            cell: ({ id, time }) => (
              <Link to="/exchange/$id" params={{ id }} className="mono">
                <Time time={time} show="clock" ms />
              </Link>
            ),
            width: 120,
          },
          { title: 'Does', cell: ({ action }) => action && <ActionTag action={action} />, width: 90, optional: true },
          {
            title: 'What',
            cell: ({ operation, resources, asked }) => (
              <span className={styles.call}>
                {operation === undefined ? (
                  <span className="quiet">unknown</span>
                ) : (
                  <span className={styles.words}>{operationInWords(operation)}</span>
                )}
                {resources[0] ? (
                  <Link to="/resource/$kind/$id" params={{ kind: resources[0].kind, id: resources[0].id }}>
                    <ResourceName resource={resources[0]} />
                  </Link>
                ) : (
                  <span className="mono quiet truncate">
                    <SafeText text={asked?.metrics?.[0] ?? ''} most={120} />
                  </span>
                )}
              </span>
            ),
          },
          {
            title: 'Answer',
            cell: ({ status, outcome }) =>
              status === undefined ? outcome && <OutcomeStatus outcome={outcome} /> : <HttpStatus status={status} />,
            end: true,
            width: 90,
          },
        ]}
      />
      {rows.length > 0 && rows.length < evidence.count && (
        <p className={styles.foot}>
          The first and the latest {count(rows.length)} of {count(evidence.count)}.
        </p>
      )}
    </Panel>
  );
}

export function RelatedPanel({ related }: { related: FindingView['related'] }): ReactElement | null {
  if (related.length === 0) return null;
  return (
    <Panel title="Of the same cause" note={count(related.length)} flush>
      <ul>
        {related.map((each) => (
          <li key={each.id} className={styles.related}>
            <Link to="/findings/$id" params={{ id: each.id }}>
              <Severity level={each.severity} quiet />
              <span>
                <SafeText text={each.title} most={200} />
              </span>
              <StateBadge state={each.state} />
            </Link>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

export function DecisionsPanel({ finding }: { finding: Finding }): ReactElement {
  const { decisions, noticed } = finding;
  return (
    <Panel title="What was decided" flush>
      <ol className={styles.decisions}>
        <li>
          <span>Noticed by the detector</span>
          <span className="quiet">
            <Time time={noticed} />
          </span>
        </li>
        {decisions.map((decision) => (
          <li key={`${decision.time} ${decision.state}`}>
            <span className="row wrap">
              <StateBadge state={decision.state} />
              {decision.who ? (
                <span>
                  by <SafeText text={decision.who.name} most={120} />
                </span>
              ) : (
                <span className="quiet">by itself</span>
              )}
            </span>
            {decision.reason !== undefined && (
              <span className={styles.reason}>
                <SafeText text={decision.reason} most={1000} />
              </span>
            )}
            <span className="quiet">
              <Time time={decision.time} />
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

export function AlertsPanel({ finding }: { finding: string }): ReactElement {
  const may = useMay('operator');
  const { data, error } = useQuery(alertsQuery);
  const own = data?.deliveries.filter((delivery) => delivery.finding === finding) ?? [];
  return (
    <Panel
      title="Alerts"
      actions={
        <Link to="/findings" search={{ tab: 'alerts' }}>
          Routes
        </Link>
      }
      flush
    >
      {error ? (
        <ErrorState error={error} small />
      ) : data === undefined ? (
        <Loading rows={2} />
      ) : own.length === 0 ? (
        <EmptyState small title={data.routes.length === 0 ? 'No route is set up' : 'Nobody was told of it'}>
          {data.routes.length === 0
            ? 'Alerts go out by the routes that the configuration names under alerts.routes.'
            : 'No route takes a finding like this one, or its messages are no longer kept.'}
        </EmptyState>
      ) : (
        <ul>
          {own.map((delivery) => (
            <li key={delivery.id} className={styles.delivery}>
              <div className="spread">
                <span className="row wrap">
                  <DeliveryBadge state={delivery.state} />
                  <b>
                    <SafeText text={delivery.route} most={80} />
                  </b>
                  <span className="quiet">{delivery.event}</span>
                </span>
                {may && <RetryButton delivery={delivery} />}
              </div>
              <DeliveryFate delivery={delivery} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
