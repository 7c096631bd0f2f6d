// The table of a search (ARIA grid): virtual rows over a store of pages, a cursor that j and k move, and room for a million of them.
// biome-ignore-all lint/a11y/useSemanticElements: rows of a virtual table are placed by hand, which the boxes of <table> do not allow (ARIA grid)
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus, and names its active row (aria-activedescendant)
import { useVirtualizer } from '@tanstack/react-virtual';
import { type CSSProperties, type ReactElement, type ReactNode, type RefObject, useEffect, useId, useRef } from 'react';
import type { Row } from '../../api/types.ts';
import { classes } from '../../design/classes.ts';
import { ActionTag, IdentityChip, OperationName } from '../../design/record.tsx';
import { Time } from '../../design/time.tsx';
import { Happened, On, Result, type RowColumn } from './columns.tsx';
import styles from './search.module.css';

/** Browsers draw no box that is taller (Firefox 17.8 million pixels): above it, one pixel scrolled is more than one pixel of rows. */
const TALLEST = 8_000_000;
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
  const tall = Math.min(TALLEST, count * size);
  const ratio = useRef(1);
  ratio.current = count * size <= TALLEST ? 1 : (count * size) / TALLEST;
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => size,
    overscan: 12,
    observeElementOffset: (instance, onOffset) => {
      const element = instance.scrollElement;
      if (!element) return undefined;
      const tell = (): void => onOffset(element.scrollTop * ratio.current, true);
      const settle = (): void => onOffset(element.scrollTop * ratio.current, false);
      element.addEventListener('scroll', tell, { passive: true });
      element.addEventListener('scrollend', settle, { passive: true });
      settle();
      return () => {
        element.removeEventListener('scroll', tell);
        element.removeEventListener('scrollend', settle);
      };
    },
    scrollToFn: (offset, _options, instance) => {
      instance.scrollElement?.scrollTo({ top: offset / ratio.current });
    },
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows of another height are measured anew
  useEffect(() => virtualizer.measure(), [virtualizer, size]);
  const items = virtualizer.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  // biome-ignore lint/correctness/useExhaustiveDependencies: more rows may mean that more are wanted
  useEffect(() => onRange(first, last), [first, last, onRange, count]);
  const before = useRef(cursor);
  useEffect(() => {
    if (before.current !== cursor && cursor >= 0) virtualizer.scrollToIndex(cursor, { align: 'auto' });
    before.current = cursor;
  }, [cursor, virtualizer]);

  const offset = virtualizer.scrollOffset ?? 0;
  const shift = offset / ratio.current - offset;
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
      <div role="rowgroup" className={styles.rows} style={{ height: tall }}>
        {items.map(({ index, start }) => {
          const item = row(index);
          const style: CSSProperties = {
            ...(narrow ? {} : tracks),
            height: size,
            transform: `translateY(${start + shift}px)`,
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
