// Small tables, of what fits on a page; the virtualised one of a search lies with its page.
import type { ReactElement, ReactNode } from 'react';
import { classes } from './classes.ts';
import styles from './table.module.css';

export interface Column<T> {
  readonly title: string;
  readonly cell: (item: T) => ReactNode;
  /** Numbers stand at the end of their cell, one under the other. */
  readonly end?: boolean;
  /** Left out where the window is narrow. */
  readonly optional?: boolean;
  readonly width?: string | number;
}

/** A table with a caption for screen readers. It scrolls sideways by itself, never the page. */
export function Table<T>({
  caption,
  columns,
  items,
  keyOf,
  empty,
}: {
  caption: string;
  columns: readonly Column<T>[];
  items: readonly T[];
  keyOf: (item: T) => string;
  /** Stands in its place when there are no items. */
  empty?: ReactNode;
}): ReactElement {
  if (items.length === 0 && empty !== undefined) return <>{empty}</>;
  const classOf = (column: Column<T>): string => classes(column.end && styles.end, column.optional && styles.optional);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
    <section className={styles.scroll} tabIndex={0} aria-label={caption}>
      <table className={styles.table}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" className={classOf(column)} style={{ width: column.width }}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={keyOf(item)}>
              {columns.map((column) => (
                <td key={column.title} className={classOf(column)}>
                  {column.cell(item)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
