// The table of a search (ARIA grid): virtual rows over a store of pages, a cursor that j and k move, and room for a million of them.
// biome-ignore-all lint/a11y/useSemanticElements: rows of a virtual table are placed by hand, which the boxes of <table> do not allow (ARIA grid)
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus, and names its active row (aria-activedescendant)
import { type CSSProperties, type ReactElement, type ReactNode, type RefObject, useEffect, useId, useRef } from 'react';
import type { Row } from '../../api/types.ts';
import { classes } from '../../design/classes.ts';
import { useFixedRows } from '../../design/fixed-rows.ts';
import { ActionTag, IdentityChip, OperationName } from '../../design/record.tsx';
import { Time } from '../../design/time.tsx';
import { Happened, On, Result, type RowColumn } from './columns.tsx';
import styles from './search.module.css';

/** Pixels of the head, which covers rows that lie under it. */
const HEAD = 30;
const ROW = 32;
const NARROW_ROW = 60;

export interface ResultsProps {
  readonly columns: readonly RowColumn[];
  readonly count: number;
  /** Rows there are in all, when that is known. */
  readonly total: number | undefined;
  readonly row: (index: number) => Row | undefined;
  readonly onRange: (from: number, to: number) => void;
  readonly cursor: number;
  readonly onCursor: (index: number) => void;
  readonly onOpen: (index: number) => void;
  readonly narrow: boolean;
  /** Stands under the last row. */
  readonly foot: ReactNode;
  readonly scroller: RefObject<HTMLDivElement | null>;
}

export function Results({
  columns,
  count,
  total,
  row,
  onRange,
  cursor,
  onCursor,
  onOpen,
  narrow,
  foot,
  scroller,
}: ResultsProps): ReactElement {
  const base = useId();
  const size = narrow ? NARROW_ROW : ROW;
  const { first, last, height, top, show } = useFixedRows(scroller, { count, size, above: narrow ? 0 : HEAD });
  // biome-ignore lint/correctness/useExhaustiveDependencies: more rows may mean that more are wanted
  useEffect(() => onRange(first, last), [first, last, onRange, count]);
  const before = useRef(cursor);
  useEffect(() => {
    if (before.current !== cursor && cursor >= 0) show(cursor);
    before.current = cursor;
  }, [cursor, show]);

  const drawn = Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);
  const tracks: CSSProperties = { gridTemplateColumns: columns.map(({ track }) => track).join(' ') };
  return (
    <div
      ref={scroller}
      role="grid"
      tabIndex={0}
      aria-label="Exchanges that match"
      aria-rowcount={(total ?? count) + 1}
      aria-colcount={narrow ? 1 : columns.length}
      aria-activedescendant={cursor >= first && cursor <= last && row(cursor) ? `${base}-${cursor}` : undefined}
      className={styles.grid}
    >
      <div role="row" aria-rowindex={1} className={narrow ? 'visually-hidden' : styles.head} style={tracks}>
        {narrow ? (
          <span role="columnheader">Exchange</span>
        ) : (
          columns.map(({ id, title, end }) => (
            <span key={id} role="columnheader" className={end ? 'num' : undefined}>
              {title}
            </span>
          ))
        )}
      </div>
      <div role="rowgroup" className={styles.rows} style={{ height }}>
        {drawn.map((index) => {
          const item = row(index);
          const style: CSSProperties = {
            ...(narrow ? {} : tracks),
            height: size,
            transform: `translateY(${top(index)}px)`,
          };
          if (!item) return <div key={index} className={styles.blank} style={style} />;
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard is the grid's (aria-activedescendant)
            <div
              key={index}
              id={`${base}-${index}`}
              role="row"
              aria-rowindex={index + 2}
              aria-selected={index === cursor}
              className={classes(
                styles.row,
                narrow && styles.narrow,
                item.verdict?.decision === 'deny' && styles.denied,
              )}
              style={style}
              onClick={() => onCursor(index)}
              onDoubleClick={() => onOpen(index)}
            >
              {narrow ? (
                <span role="gridcell" className={styles.card}>
                  <NarrowRow row={item} />
                </span>
              ) : (
                columns.map(({ id, end, cell }) => (
                  <span key={id} role="gridcell" className={classes(styles.cell, end && 'num')}>
                    {cell(item)}
                  </span>
                ))
              )}
            </div>
          );
        })}
      </div>
      <div className={styles.foot}>{foot}</div>
    </div>
  );
}

/** What a narrow window has room for: two lines. */
function NarrowRow({ row }: { row: Row }): ReactElement {
  return (
    <>
      <span className="spread">
        <span className="truncate">
          {row.operation ? <OperationName operation={row.operation} /> : <Happened row={row} />}
        </span>
        <Result row={row} />
      </span>
      <span className="row">
        {row.action && <ActionTag action={row.action} />}
        {row.identity && <IdentityChip identity={row.identity} />}
        <span className="quiet truncate">
          <On row={row} />
        </span>
        <span className={classes('quiet', styles.when)}>
          <Time time={row.time} show="clock" />
        </span>
      </span>
    </>
  );
}
