// Who looked at the resource last.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { searchQuery } from '../../api/queries.ts';
import { Panel } from '../../design/panel.tsx';
import { quoteValue } from '../../design/query-text.ts';
import { IdentityChip, operationInWords } from '../../design/record.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import styles from './resource.module.css';

export function Readers({ name }: { name: string }): ReactElement {
  const q = `resource:${quoteValue(name)} action:read`;
  const { data, error } = useQuery(searchQuery(q, { limit: 5 }));
  return (
    <Panel
      title="Last looked at"
      actions={
        <Link to="/search" search={{ q }}>
          All reads
        </Link>
      }
      flush
    >
      {error ? (
        <ErrorState error={error} small />
      ) : data === undefined ? (
        <Loading rows={3} />
      ) : data.items.length === 0 ? (
        <EmptyState small title="Nobody has read it by itself">
          Lists in which it stands do not count.
        </EmptyState>
      ) : (
        <ul className={styles.readers}>
          {data.items.map((row) => (
            <li key={row.id}>
              <Link to="/exchange/$id" params={{ id: row.id }}>
                {row.identity ? <IdentityChip identity={row.identity} /> : <span>nobody</span>}
                <span className="quiet truncate">{row.operation && operationInWords(row.operation)}</span>
                <span className="quiet">
                  <Time time={row.time} show="ago" />
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
