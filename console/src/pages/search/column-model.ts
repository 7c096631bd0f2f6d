// The column model of the table (TanStack Table): which columns are shown, in which order, and by which of them the result is sorted. It is what the URL
// says. Rows are not in it: there may be a million, and the API sorts them.
import {
  type ColumnVisibilityState,
  columnOrderingFeature,
  columnVisibilityFeature,
  createColumnHelper,
  rowSortingFeature,
  type SortingState,
  tableFeatures,
  type Updater,
  useTable,
} from '@tanstack/react-table';
import { useMemo } from 'react';
import type { Order } from '../../api/queries.ts';
import type { Row } from '../../api/types.ts';
import { COLUMNS, columnsOf, type RowColumn, USUAL } from './columns.tsx';

/** What the API can sort by, as the column and the direction that show it. */
const SORTED: Readonly<Record<Order, { readonly id: string; readonly desc: boolean }>> = {
  newest: { id: 'time', desc: true },
  oldest: { id: 'time', desc: false },
  slowest: { id: 'latency', desc: true },
  largest: { id: 'size', desc: true },
  riskiest: { id: 'risk', desc: true },
};
const SORTABLE = new Set(Object.values(SORTED).map(({ id }) => id));
const NO_ROWS: Row[] = [];

const features = tableFeatures({ columnOrderingFeature, columnVisibilityFeature, rowSortingFeature });
const helper = createColumnHelper<typeof features, Row>();
const MODEL = helper.columns(
  COLUMNS.map(({ id, title }) =>
    helper.accessor((row: Row) => row[id as keyof Row], { id, header: title, enableSorting: SORTABLE.has(id) }),
  ),
);

export interface ShownColumn extends RowColumn {
  /** How the result is sorted by it; undefined where it cannot be. */
  readonly sort: false | 'asc' | 'desc' | undefined;
  readonly toggleSort: () => void;
}

export interface ColumnModel {
  /** In their order. */
  readonly shown: readonly ShownColumn[];
  /** All there are, for the menu; the last one that is shown stays. */
  readonly all: readonly {
    readonly id: string;
    readonly title: string;
    readonly visible: boolean;
    readonly toggle: () => void;
  }[];
  readonly reset: () => void;
}

/**
 * @param text the columns as the URL has them, undefined for the usual ones
 * @param onColumns told the same of others
 */
export function useColumnModel(
  text: string | undefined,
  order: Order,
  onColumns: (text: string | undefined) => void,
  onOrder: (order: Order) => void,
): ColumnModel {
  const chosen = useMemo(() => columnsOf(text).map(({ id }) => id), [text]);
  const state = useMemo(
    () => ({
      columnOrder: [...chosen, ...COLUMNS.flatMap(({ id }) => (chosen.includes(id) ? [] : [id]))],
      columnVisibility: Object.fromEntries(COLUMNS.map(({ id }) => [id, chosen.includes(id)])),
      sorting: [SORTED[order]],
    }),
    [chosen, order],
  );
  const table = useTable({
    features,
    columns: MODEL,
    data: NO_ROWS,
    state,
    manualSorting: true,
    sortDescFirst: true,
    enableMultiSort: false,
    onColumnVisibilityChange: (updater: Updater<ColumnVisibilityState>) => {
      const visible = typeof updater === 'function' ? updater(state.columnVisibility) : updater;
      const ids = state.columnOrder.filter((id) => visible[id] !== false);
      onColumns(ids.join(',') === USUAL.join(',') ? undefined : ids.join(','));
    },
    onSortingChange: (updater: Updater<SortingState>) => {
      const [first] = typeof updater === 'function' ? updater(state.sorting) : updater;
      const wanted = ORDERS.find((each) => SORTED[each].id === first?.id && SORTED[each].desc === first.desc);
      onOrder(wanted ?? 'newest');
    },
  });
  return useMemo(() => {
    const byId = new Map(COLUMNS.map((column) => [column.id, column]));
    const visible = new Set(chosen);
    return {
      shown: table.getVisibleLeafColumns().flatMap((column) => {
        const known = byId.get(column.id);
        if (known === undefined) return [];
        const sorted = state.sorting[0]?.id === column.id && (state.sorting[0].desc ? 'desc' : 'asc');
        return [{ ...known, sort: column.getCanSort() ? sorted : undefined, toggleSort: () => column.toggleSorting() }];
      }),
      all: table.getAllLeafColumns().map((column) => ({
        id: column.id,
        title: byId.get(column.id)?.title ?? column.id,
        visible: visible.has(column.id),
        toggle: () => column.toggleVisibility(),
      })),
      reset: () => onColumns(undefined),
    };
  }, [table, state, chosen, onColumns]);
}

const ORDERS = Object.keys(SORTED) as Order[];
