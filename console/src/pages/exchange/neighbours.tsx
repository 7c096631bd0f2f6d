// The calls of the session around this one.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { search } from '../../api/queries.ts';
import type { Exchange, Row } from '../../api/types.ts';
import { classes } from '../../design/classes.ts';
import { KeyHint } from '../../design/copy-button.tsx';
import { Panel } from '../../design/panel.tsx';
import { ActionTag, HttpStatus, OperationName } from '../../design/record.tsx';
import { ErrorState, Loading } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import styles from './exchange.module.css';

export interface Around {
  readonly rows: readonly Row[] | undefined;
  readonly previous: Row | undefined;
  readonly next: Row | undefined;
  readonly error: unknown;
}

const EACH_WAY = 4;

export function useNeighbours({ id, session, receivedAt }: Exchange): Around {
  const { data: rows, error } = useQuery({
    queryKey: ['neighbours', id],
    queryFn: async ({ signal }) => {
      const of = `session:${JSON.stringify(session)}`;
      // Calls of one millisecond are on both sides: both ends overlap, and each call is shown once.
      const [before, after] = await Promise.all([
        search(
          `${of} before:${new Date(receivedAt + 1).toISOString()}`,
          { order: 'newest', limit: EACH_WAY + 2 },
          signal,
        ),
        search(`${of} since:${new Date(receivedAt).toISOString()}`, { order: 'oldest', limit: EACH_WAY + 2 }, signal),
      ]);
      const all = new Map([...before.items, ...after.items].map((row) => [row.id, row]));
      return [...all.values()].sort((one, other) => one.leaf - other.leaf);
    },
  });
  const at = rows?.findIndex((row) => row.id === id) ?? -1;
  return {
    rows: rows?.slice(Math.max(0, at - EACH_WAY), at + EACH_WAY + 1),
    previous: at > 0 ? rows?.[at - 1] : undefined,
    next: at >= 0 ? rows?.[at + 1] : undefined,
    error,
  };
}

export function Neighbours({ exchange, around }: { exchange: Exchange; around: Around }): ReactElement {
  return (
    <Panel
      title="In the session"
      flush
      actions={
        <span className="row quiet">
          <KeyHint keys="k" quiet />
          <KeyHint keys="j" quiet />
        </span>
      }
    >
      {around.error ? (
        <ErrorState error={around.error} small />
      ) : around.rows === undefined ? (
        <Loading rows={4} />
      ) : (
        <ol className={styles.neighbours}>
          {around.rows.map((row) => (
            <li key={row.id} className={classes(row.id === exchange.id && styles.here)}>
              <Link
                to="/exchange/$id"
                params={{ id: row.id }}
                aria-current={row.id === exchange.id ? 'page' : undefined}
              >
                <Time time={row.time} show="clock" />
                {row.action && <ActionTag action={row.action} />}
                {row.operation && <OperationName operation={row.operation} />}
                {row.status !== undefined && <HttpStatus status={row.status} />}
              </Link>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}
