// A table that fits the terminal: columns shrink to what there is room for, cells are cut and never wrapped.
import { columnsOf, fitted, printable } from './printable.ts';
import { type Paint, paint, widthOf } from './terminal.ts';

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  /** Columns it keeps when there is little room; what cannot keep them is left out, last first, unless `always`. */
  readonly min: number;
  /** Columns beyond which it never grows. */
  readonly max: number;
  readonly always?: boolean;
  readonly paint?: (row: Row, colour: Paint) => (text: string) => string;
}

/** The table's lines, header first. Cells are made printable here. */
export function tableLines<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: { width?: number; colour?: Paint } = {},
): string[] {
  const colour = options.colour ?? paint();
  const cells = rows.map((row) => columns.map((column) => printable(column.value(row))));
  const wanted = columns.map((column, index) =>
    Math.min(column.max, Math.max(columnsOf(column.title), ...cells.map((line) => columnsOf(line[index] ?? '')))),
  );
  const widths = layOut(wanted, columns, options.width ?? widthOf());
  const shown = columns.map((_, index) => index).filter((index) => (widths[index] ?? 0) > 0);
  const render = (texts: readonly string[], style: (index: number) => (text: string) => string): string =>
    shown
      .map((index) => style(index)(fitted(texts[index] ?? '', widths[index] ?? 0)))
      .join('  ')
      .trimEnd();
  return [
    render(
      columns.map((column) => column.title),
      () => colour.bold,
    ),
    ...rows.map((row, at) =>
      render(cells[at] ?? [], (index) => columns[index]?.paint?.(row, colour) ?? ((text) => text)),
    ),
  ];
}

/** The width of each column; 0 for those left out. */
function layOut<Row>(wanted: readonly number[], columns: readonly Column<Row>[], room: number): number[] {
  const widths = [...wanted];
  const total = () => widths.reduce((sum, width) => sum + (width > 0 ? width + 2 : 0), -2);
  const shrinkable = (index: number) => (widths[index] ?? 0) > Math.min(columns[index]?.min ?? 0, wanted[index] ?? 0);
  while (total() > room) {
    let widest = -1;
    for (const index of widths.keys()) {
      if (shrinkable(index) && (widest < 0 || (widths[index] ?? 0) > (widths[widest] ?? 0))) widest = index;
    }
    if (widest >= 0) {
      widths[widest] = (widths[widest] ?? 1) - 1;
      continue;
    }
    const last = columns.findLastIndex((column, index) => !column.always && (widths[index] ?? 0) > 0);
    if (last < 0) break;
    widths[last] = 0;
    // What was left out makes room: the others may have their width back.
    for (const index of widths.keys()) if ((widths[index] ?? 0) > 0) widths[index] = wanted[index] ?? 0;
  }
  return widths;
}
