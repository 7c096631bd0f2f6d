// The table of a search (ARIA grid): virtual rows over a store of pages, a cursor that j and k move, and room for a million of them.
// biome-ignore-all lint/a11y/useSemanticElements: rows of a virtual table are placed by hand, which the boxes of <table> do not allow (ARIA grid)
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus, and names its active row (aria-activedescendant)
import {
  type CSSProperties,
  type ReactElement,
  type ReactNode,
  type RefObject,
  useEffect,
  useId,
  useRef,
  useSyncExternalStore,
} from 'react';
import type { Row } from '../../api/types.ts';
import { classes } from '../../design/classes.ts';
import { TOGETHER, useFixedRows } from '../../design/fixed-rows.ts';
import { Icon } from '../../design/icons.tsx';
import type { ShownColumn } from './column-model.ts';
import { ResultRow } from './result-row.tsx';
import styles from './search.module.css';
import { useFilled } from './use-filled.ts';

/** Pixels of the head, which covers rows that lie under it. */
const HEAD = 30;
const ROW = 32;
const NARROW_ROW = 60;

/** Pixels between columns, and beside the first and the last one (search.module.css). */
const [GAP, EDGE] = [12, 16];

/** The width that all columns have room in. */
const leastOf = (columns: readonly ShownColumn[]): number =>
  columns.reduce((sum, { track }) => sum + Number(/\d+(?=px)/.exec(track)?.[0] ?? 0) + GAP, 2 * EDGE - GAP);

/** Where rows come from, and when others did. */
export interface RowSource {
  readonly row: (index: number) => Row | undefined;
  readonly subscribe: (listener: () => void) => () => void;
  /** Another one whenever rows came. */
  readonly version: () => number;
  /** Rows move: each is known by its id. */
  readonly moving: boolean;
}

export interface ResultsProps {
  readonly columns: readonly ShownColumn[];
  readonly count: number;
  /** Rows there are in all, when that is known. */
  readonly total: number | undefined;
  readonly rows: RowSource;
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
  rows: { row, subscribe, version, moving },
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
  useSyncExternalStore(subscribe, version);
  const { first, last, height, shift, top, show } = useFixedRows(scroller, { count, size, above: narrow ? 0 : HEAD });
  const filled = useFilled(first, last, row);
  // biome-ignore lint/correctness/useExhaustiveDependencies: more rows may mean that more are wanted
  useEffect(() => onRange(first, last), [first, last, onRange, count]);
  const before = useRef(cursor);
  useEffect(() => {
    if (before.current !== cursor && cursor >= 0) show(cursor);
    before.current = cursor;
  }, [cursor, show]);

  const drawn = Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);
  const tracks = columns.map(({ track }) => track).join(' ');
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
      <div style={narrow ? undefined : { minWidth: leastOf(columns) }}>
        <div
          role="row"
          aria-rowindex={1}
          className={narrow ? 'visually-hidden' : styles.head}
          style={{ gridTemplateColumns: tracks }}
        >
          {narrow ? (
            <span role="columnheader">Exchange</span>
          ) : (
            columns.map((column) => <Head key={column.id} column={column} />)
          )}
        </div>
        <div className={styles.rows} style={{ height }}>
          <div
            role="rowgroup"
            className={styles.drawn}
            style={{ height: 2 * TOGETHER * size, transform: `translateY(${shift}px)` }}
          >
            {drawn.map((index) => {
              const item = filled(index);
              if (!item) {
                const style: CSSProperties = { height: size, top: top(index) };
                return <div key={index} className={styles.blank} style={style} />;
              }
              return (
                <ResultRow
                  key={moving ? item.id : index}
                  id={`${base}-${index}`}
                  index={index}
                  item={item}
                  columns={columns}
                  tracks={tracks}
                  narrow={narrow}
                  size={size}
                  top={top(index)}
                  selected={index === cursor}
                  onCursor={onCursor}
                  onOpen={onOpen}
                />
              );
            })}
          </div>
        </div>
        <div className={styles.foot}>{foot}</div>
      </div>
    </div>
  );
}

/** A column's title; where the API can sort by it, a button that does. */
function Head({ column: { title, end, sort, toggleSort } }: { column: ShownColumn }): ReactElement {
  if (sort === undefined)
    return (
      <span role="columnheader" className={end ? 'num' : undefined}>
        {title}
      </span>
    );
  return (
    <span
      role="columnheader"
      className={end ? 'num' : undefined}
      aria-sort={sort === false ? 'none' : sort === 'asc' ? 'ascending' : 'descending'}
    >
      <button type="button" className={classes(styles.sort, sort !== false && styles.sorted)} onClick={toggleSort}>
        {title}
        {sort !== false && <Icon name={sort === 'asc' ? 'up' : 'down'} size={12} />}
      </button>
    </span>
  );
}
