// What is chosen beside the query: its time, the order, the columns, and in which form to take the result away.
import type { ReactElement } from 'react';
import type { Order } from '../../api/queries.ts';
import { Button, IconButton } from '../../design/button.tsx';
import { Menu, type MenuItem } from '../../design/menu.tsx';
import { hasTime, sinceOf, withSince } from '../../design/query-text.ts';
import { viewerZone } from '../../design/zone.ts';
import type { ColumnModel } from './column-model.ts';

const SPANS = [
  ['15m', 'Last 15 minutes'],
  ['1h', 'Last hour'],
  ['4h', 'Last 4 hours'],
  ['24h', 'Last 24 hours'],
  ['7d', 'Last 7 days'],
  ['30d', 'Last 30 days'],
] as const;
const ORDERS = [
  ['newest', 'Newest first'],
  ['oldest', 'Oldest first'],
  ['slowest', 'Slowest first'],
  ['largest', 'Largest first'],
  ['riskiest', 'Riskiest first'],
] as const satisfies readonly (readonly [Order, string])[];

export function SpanMenu({ q, onTake }: { q: string; onTake: (q: string) => void }): ReactElement {
  const since = sinceOf(q);
  const label =
    SPANS.find(([id]) => id === since)?.[1] ??
    (since !== undefined ? `Since ${since}` : hasTime(q) ? 'As the query says' : 'All time');
  const items: MenuItem[] = [
    ...SPANS.map(
      ([id, name]): MenuItem => ({ label: name, checked: id === since, onSelect: () => onTake(withSince(q, id)) }),
    ),
    'rule',
    { label: 'All time', checked: !hasTime(q), onSelect: () => onTake(withSince(q, undefined)) },
  ];
  return (
    <Menu
      label="Time"
      items={items}
      trigger={(props) => (
        <Button icon="clock" {...props}>
          {label}
        </Button>
      )}
    />
  );
}

export function OrderMenu({ order, onTake }: { order: Order; onTake: (order: Order) => void }): ReactElement {
  return (
    <Menu
      label="Order"
      align="end"
      items={ORDERS.map(([id, label]): MenuItem => ({ label, checked: id === order, onSelect: () => onTake(id) }))}
      trigger={(props) => (
        <Button kind="ghost" {...props}>
          {ORDERS.find(([id]) => id === order)?.[1]}
        </Button>
      )}
    />
  );
}

export function ColumnsMenu({ model: { all, reset } }: { model: ColumnModel }): ReactElement {
  const alone = all.filter(({ visible }) => visible).length === 1;
  const items: MenuItem[] = [
    ...all.map(
      ({ title, visible, toggle }): MenuItem => ({
        label: title,
        checked: visible,
        stays: true,
        disabled: alone && visible,
        onSelect: toggle,
      }),
    ),
    'rule',
    { label: 'The usual columns', onSelect: reset },
  ];
  return (
    <Menu
      label="Columns"
      align="end"
      items={items}
      trigger={(props) => <IconButton icon="columns" label="Columns" {...props} />}
    />
  );
}

export function ExportMenu({ q }: { q: string }): ReactElement {
  const take = (path: string): void => {
    const link = document.createElement('a');
    link.href = `${path}&${new URLSearchParams({ q, tz: viewerZone() })}`;
    link.download = '';
    link.click();
  };
  const items: MenuItem[] = [
    { label: 'NDJSON', note: 'whole exchanges', onSelect: () => take('/api/v1/export?format=ndjson') },
    { label: 'CSV', note: 'a row each', onSelect: () => take('/api/v1/export?format=csv') },
    { label: 'HAR', note: 'for browsers’ tools', onSelect: () => take('/api/v1/export?format=har') },
    { label: 'OCSF', note: 'for a SIEM', onSelect: () => take('/api/v1/export?format=ocsf') },
    'rule',
    { label: 'Evidence pack', icon: 'shield', note: 'with proofs', onSelect: () => take('/api/v1/evidence?without=') },
  ];
  return (
    <Menu
      label="Export"
      align="end"
      items={items}
      trigger={(props) => <IconButton icon="download" label="Export all that matches" {...props} />}
    />
  );
}
