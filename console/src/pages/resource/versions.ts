// The versions of a resource, out of its history: each state that is known, and what led to it.
import type { History, Resource } from '../../api/types.ts';

export type HistoryItem = History['items'][number];
export type ChangeItem = Extract<HistoryItem, { type: 'change' }>;

/** A state of the resource. */
export interface Version {
  /** What the URL calls it: an exchange's id for the state after it, with `~before` for the one before. */
  readonly key: string;
  readonly exchange: string;
  readonly side: 'before' | 'after';
  /** Absent of the state in which the record found it. */
  readonly item?: HistoryItem;
  /** From 1, the oldest known. */
  readonly number: number;
  readonly there: boolean;
}

/** A line of the history; without a version where the state did not become another one, or is not known. */
export interface Entry {
  readonly key: string;
  readonly item?: HistoryItem;
  readonly version?: Version;
}

/** Whether a change is of the resource itself; else it reaches it, as a downtime does the monitor that it silences. */
export const isOf = (item: ChangeItem, { kind, id }: Pick<Resource, 'kind' | 'id'>): boolean =>
  item.resource.kind === kind && item.resource.id === id;

/** @param items newest first, as the API has them @returns lines, newest first */
export function entriesOf(items: readonly HistoryItem[], resource: Pick<Resource, 'kind' | 'id'>): Entry[] {
  const entries: Entry[] = [];
  let number = 0;
  const version = (exchange: string, side: Version['side'], there: boolean, item?: HistoryItem): Version => ({
    key: side === 'after' ? exchange : `${exchange}~before`,
    exchange,
    side,
    number: ++number,
    there,
    ...(item && { item }),
  });
  for (const item of items.toReversed()) {
    if (item.type === 'outside') {
      const made = version(item.before, 'before', item.became !== 'absent', item);
      entries.push({ key: made.key, item, version: made });
      continue;
    }
    const { exchange, before, after, made, effect } = item;
    const key = `${exchange} ${entries.length}`;
    if (!isOf(item, resource)) {
      entries.push({ key, item });
      continue;
    }
    if (number === 0 && before.state === 'there') {
      const found = version(exchange, 'before', true);
      entries.push({ key: found.key, version: found });
    }
    const became = made !== 'no' && effect !== 'none' && after.state !== 'unknown';
    entries.push({
      key,
      item,
      ...(became && { version: version(exchange, 'after', after.state === 'there', item) }),
    });
  }
  return entries.reverse();
}

/** The two that are compared: those of the URL, else the newest with the one before it. */
export function chosen(
  entries: readonly Entry[],
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
): { readonly from?: Version; readonly to?: Version } {
  const versions = entries.flatMap(({ version }) => (version ? [version] : []));
  const later = versions.find(({ key }) => key === to) ?? versions[0];
  if (later === undefined) return {};
  const earlier = versions.find(({ key }) => key === from) ?? versions[versions.indexOf(later) + 1];
  return { to: later, ...(earlier && { from: earlier }) };
}
