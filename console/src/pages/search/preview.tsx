// The row under the cursor, looked at without leaving the list: what the index knows of it, and ways on.
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import type { Row } from '../../api/types.ts';
import { Severity } from '../../design/badge.tsx';
import { buttonClass, IconButton } from '../../design/button.tsx';
import { CopyableId } from '../../design/copy-button.tsx';
import { bytes, duration } from '../../design/format.ts';
import { Facts } from '../../design/panel.tsx';
import {
  ActionTag,
  ClaimedChip,
  HttpStatus,
  IdentityChip,
  OutcomeStatus,
  operationInWords,
  ResourceName,
  VerdictBadge,
} from '../../design/record.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { Time } from '../../design/time.tsx';
import { Happened } from './columns.tsx';
import styles from './search.module.css';

export function Preview({ row, onClose }: { row: Row; onClose: () => void }): ReactElement {
  const { identity, client, operation, verdict } = row;
  return (
    <aside className={styles.preview} aria-label="The chosen exchange">
      <div className="spread">
        <h2 className="truncate">{operation ? operationInWords(operation) : <Happened row={row} />}</h2>
        <span className="row">
          {operation !== undefined && (
            <Link to="/exchange/$id" params={{ id: row.id }} className={buttonClass('primary')}>
              Open
            </Link>
          )}
          <IconButton icon="cross" label="Close the preview" onClick={onClose} />
        </span>
      </div>
      <Facts
        items={{
          When: <Time time={row.time} ms />,
          Who: identity && (
            <Link to="/agents/$id" params={{ id: `${identity.issuer}#${identity.subject}` }}>
              <IdentityChip identity={identity} />
            </Link>
          ),
          Groups: identity && identity.groups.length > 0 && <SafeText text={identity.groups.join(', ')} most={300} />,
          'On behalf of': identity && identity.onBehalfOf.length > 0 && (
            <SafeText text={identity.onBehalfOf.map(({ subject }) => subject).join(', ')} />
          ),
          'Claims to be': (client.agent ?? client.userAgent) !== undefined && <ClaimedChip client={client} />,
          Operation: operation && <span className="mono">{operation}</span>,
          Does: row.action && <ActionTag action={row.action} />,
          Risk: row.risk && <Severity level={row.risk} />,
          Verdict: verdict && <VerdictBadge verdict={verdict} withRule />,
          Outcome: row.outcome && <OutcomeStatus outcome={row.outcome} />,
          Status: row.status !== undefined && <HttpStatus status={row.status} />,
          'Refused as': row.error && <span className="mono">{row.error}</span>,
          Took: row.latency !== undefined && duration(row.latency),
          Bytes:
            row.requestBytes !== undefined &&
            `${bytes(row.requestBytes)} asked, ${bytes(row.responseBytes ?? 0)} answered`,
          Session: row.session && (
            <Link to="/session/$id" params={{ id: row.session }}>
              <span className="mono">
                <SafeText text={row.session} most={80} />
              </span>
            </Link>
          ),
          Connection: row.connection && <SafeText text={row.connection} />,
          Path: row.path && (
            <span className="mono">
              <SafeText text={`${row.method ?? ''} ${row.path}`} most={500} />
            </span>
          ),
          From: row.source && (
            <span className="mono">
              <SafeText text={row.source} />
            </span>
          ),
          Exchange: <CopyableId id={row.id} what="exchange id" />,
        }}
      />
      {row.resources.length > 0 && (
        <section>
          <h3>Touched</h3>
          <ul className={styles.touched}>
            {row.resources.slice(0, 20).map((resource) => (
              <li key={`${resource.kind}/${resource.id}`}>
                <Link to="/resource/$kind/$id" params={{ kind: resource.kind, id: resource.id }}>
                  <ResourceName resource={resource} titleFirst />
                </Link>
              </li>
            ))}
          </ul>
        </section>
      )}
      {[...(row.asked.metrics ?? []), ...(row.asked.queries ?? [])].length > 0 && (
        <section>
          <h3>Asked for</h3>
          <ul className={styles.touched}>
            {[...(row.asked.metrics ?? []), ...(row.asked.queries ?? [])].slice(0, 20).map((text) => (
              <li key={text} className="mono">
                <SafeText text={text} most={400} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </aside>
  );
}
