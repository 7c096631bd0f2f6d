// The calls of a session one under the other; the one at the cursor is in view.

import { Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactElement, useEffect, useRef } from 'react';
import type { Row } from '../../api/types.ts';
import { Badge } from '../../design/badge.tsx';
import { classes } from '../../design/classes.ts';
import { duration } from '../../design/format.ts';
import { ActionTag, HttpStatus, OperationName, ResourceName } from '../../design/record.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { Time } from '../../design/time.tsx';
import type { Player } from './player.ts';
import styles from './session.module.css';

const ROW = 32;

export function CallList({ calls, player }: { calls: readonly Row[]; player: Player }): ReactElement {
  const scroller = useRef<HTMLElement>(null);
  const rows = useVirtualizer({
    count: calls.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const moved = useRef(player.cursor);
  useEffect(() => {
    if (moved.current === player.cursor) return;
    moved.current = player.cursor;
    rows.scrollToIndex(Math.max(0, player.cursor - 1), { align: 'auto' });
  }, [player.cursor, rows]);
  return (
    <section
      ref={scroller}
      className={styles.calls}
      style={{ height: Math.min(480, calls.length * ROW) }}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
      tabIndex={0}
      aria-label="Calls of the session"
    >
      <ol style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, start }) => {
          const row = calls[index];
          if (row === undefined) return null;
          return (
            <li
              key={row.id}
              style={{ transform: `translateY(${start}px)` }}
              className={classes(index === player.cursor - 1 && styles.current, index >= player.cursor && styles.later)}
              aria-setsize={calls.length}
              aria-posinset={index + 1}
            >
              <button
                type="button"
                className={styles.place}
                aria-label={`Set the cursor to call ${index + 1}`}
                onClick={() => player.seek(index + 1)}
              >
                {index + 1}
              </button>
              <Link to="/exchange/$id" params={{ id: row.id }} className={styles.call}>
                <Time time={row.time} show="clock" ms />
                {row.action ? <ActionTag action={row.action} /> : <span />}
                {row.operation ? <OperationName operation={row.operation} /> : <span>{row.kind}</span>}
                <span className={classes(styles.what, 'truncate')}>
                  {row.resources[0] ? (
                    <ResourceName resource={row.resources[0]} />
                  ) : (
                    <span className="quiet">
                      <SafeText text={row.asked.metrics?.join(', ') ?? row.asked.queries?.[0] ?? ''} most={120} />
                    </span>
                  )}
                </span>
                <span className={styles.took}>{row.latency === undefined ? '' : duration(row.latency)}</span>
                {row.outcome === 'refused' ? (
                  <Badge tone="red">refused</Badge>
                ) : row.status === undefined ? (
                  <Badge tone="amber">{row.outcome ?? ''}</Badge>
                ) : (
                  <HttpStatus status={row.status} />
                )}
              </Link>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
