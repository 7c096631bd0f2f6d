// One row of the table. It is drawn again when it shows something else, and not because others come into view.
// biome-ignore-all lint/a11y/useSemanticElements: rows of a virtual table are placed by hand, which the boxes of <table> do not allow (ARIA grid)
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus, and names its active row (aria-activedescendant)
import { type CSSProperties, memo, type ReactElement } from 'react';
import type { Row } from '../../api/types.ts';
import { classes } from '../../design/classes.ts';
import { ActionTag, IdentityChip, OperationName } from '../../design/record.tsx';
import { Time } from '../../design/time.tsx';
import { Happened, On, Result, type RowColumn } from './columns.tsx';
import styles from './search.module.css';

export interface ResultRowProps {
  /** For aria-activedescendant. */
  readonly id: string;
  readonly index: number;
  readonly item: Row;
  readonly columns: readonly RowColumn[];
  readonly tracks: string;
  readonly narrow: boolean;
  /** Pixels. */
  readonly size: number;
  readonly top: number;
  readonly selected: boolean;
  readonly onCursor: (index: number) => void;
  readonly onOpen: (index: number) => void;
}

export const ResultRow = memo(function ResultRow({
  id,
  index,
  item,
  columns,
  tracks,
  narrow,
  size,
  top,
  selected,
  onCursor,
  onOpen,
}: ResultRowProps): ReactElement {
  const style: CSSProperties = {
    ...(narrow ? {} : { gridTemplateColumns: tracks }),
    height: size,
    top,
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard is the grid's (aria-activedescendant)
    <div
      id={id}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      className={classes(styles.row, narrow && styles.narrow, item.verdict?.decision === 'deny' && styles.denied)}
      style={style}
      onClick={() => onCursor(index)}
      onDoubleClick={() => onOpen(index)}
    >
      {narrow ? (
        <span role="gridcell" className={styles.card}>
          <NarrowRow row={item} />
        </span>
      ) : (
        <Cells item={item} columns={columns} />
      )}
    </div>
  );
});

/** What a row shows is one thing, where it stands another. */
const Cells = memo(function Cells({
  item,
  columns,
}: {
  item: Row;
  columns: readonly RowColumn[];
}): readonly ReactElement[] {
  return columns.map(({ id, end, cell }) => (
    <span key={id} role="gridcell" className={classes(styles.cell, end && 'num')}>
      {cell(item)}
    </span>
  ));
});

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
