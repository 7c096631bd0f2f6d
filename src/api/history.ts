// The history of one resource: every change of it, and changes that others made between two of ours.
import type { Change, PatchOperation } from '../change/diff.ts';
import { resourceOfLink } from '../datadog/links.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { Resource } from '../exchange/operation.ts';
import type { Query } from '../index/query.ts';
import type { Row, SearchIndex } from '../index/search-index.ts';
import { type ChangeItem, readChange } from './change-items.ts';
import type { EntryReader } from './read-exchange.ts';
import { compare, type ResourceState } from './resource-changes.ts';

/** The resource was not as our last change left it when the next one came: somebody changed it elsewhere. */
export interface OutsideChange {
  readonly type: 'outside';
  /** The changes between which it was made. */
  readonly after: string;
  readonly before: string;
  /** Milliseconds since the epoch: between these. */
  readonly from: number;
  readonly to: number;
  readonly changes: readonly Change[];
  readonly patch: readonly PatchOperation[];
  /** It was deleted, or made again, elsewhere. */
  readonly became?: 'absent' | 'there';
}

export interface History {
  readonly resource: Resource;
  /** Newest first. */
  readonly items: readonly (ChangeItem | OutsideChange)[];
  readonly next?: string;
  readonly indexedThrough: number;
}

export interface HistorySource {
  readonly index: SearchIndex;
  readonly reader: EntryReader;
}

/** Rows in which the last image before a page is looked for. */
const BEYOND = 5;

export async function historyOf(
  { index, reader }: HistorySource,
  resource: Resource,
  page: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<History> {
  const query = ofResource(resource);
  const found = await index.search(query, {
    limit: page.limit,
    details: false,
    ...(page.cursor !== undefined && { cursor: page.cursor }),
  });
  const beyond =
    found.next === undefined
      ? []
      : (await index.search(query, { limit: BEYOND, details: false, cursor: found.next })).items;
  const items: (ChangeItem | OutsideChange)[] = [];
  let last: { row: Row; state: ResourceState } | undefined;
  let title: string | undefined;
  const rows = [...found.items, ...beyond].reverse();
  for (const [at, row] of rows.entries()) {
    const read = await readChange(reader, row);
    if (read === undefined) continue;
    const shown = at >= beyond.length;
    const own = read.read.changes.find((change) => isSame(change.resource, resource));
    if (own !== undefined) {
      const outside = last && shown ? outsideChange(resource, last, { row, state: own.before }) : undefined;
      if (outside) items.push(outside);
      if (read.read.made === 'yes' || own.after.state !== 'unknown') last = { row, state: own.after };
      else if (own.before.state !== 'unknown') last = { row, state: own.before };
    }
    title = read.read.resources.find((each) => isSame(each, resource))?.title ?? title;
    if (shown) items.push(...(own ? read.items.filter((item) => isSame(item.resource, resource)) : read.items));
  }
  return {
    resource: { ...resource, ...(title !== undefined && { title }) },
    items: items.reverse(),
    ...(found.next !== undefined && { next: found.next }),
    indexedThrough: found.indexedThrough,
  };
}

function outsideChange(
  { kind }: Resource,
  last: { row: Row; state: ResourceState },
  now: { row: Row; state: ResourceState },
): OutsideChange | undefined {
  if (last.state.state === 'unknown' || now.state.state === 'unknown') return undefined;
  const between = {
    type: 'outside' as const,
    after: last.row.id,
    before: now.row.id,
    from: last.row.time,
    to: now.row.time,
  };
  if (last.state.state !== now.state.state) return { ...between, changes: [], patch: [], became: now.state.state };
  const { changes, patch } = compare(kind, last.state, now.state) ?? { changes: [], patch: [] };
  return changes.length === 0 ? undefined : { ...between, changes, patch };
}

const isSame = (one: Resource, other: Resource): boolean => one.kind === other.kind && one.id === other.id;

/** Calls that touch a resource and are no reads. */
export const ofResource = ({ kind, id }: Resource): Query => ({
  source: '',
  root: {
    type: 'and',
    items: [
      { type: 'field', field: 'resource', match: { type: 'is', value: `${kind}/${id}` }, at: 0 },
      { type: 'not', item: { type: 'field', field: 'action', match: { type: 'is', value: 'read' }, at: 0 } },
    ],
  },
});

/** Rows in which a title is looked for. */
const TITLED = 200;

/**
 * The resource that somebody means: by kind and id, by a link, or by its title.
 * @throws DogwatchError `not_found`; `bad_parameter` when several have that title
 */
export async function resourceNamed({ index }: HistorySource, name: string): Promise<Resource> {
  const text = name.trim();
  const [, kind, id] = /^([a-z][a-z0-9-]*)\/(\S+)$/.exec(text) ?? [];
  if (kind !== undefined && id !== undefined) return { kind, id };
  if (/^https?:\/\//i.test(text)) {
    const shown = resourceOfLink(text);
    if (shown) return shown;
    throw new DogwatchError('not_found', 'the link shows no resource that Dogwatch knows', {
      remedy: 'name it as kind/id, such as monitor/123',
    });
  }
  const found = await index.search(
    { source: '', root: { type: 'field', field: 'title', match: { type: 'words', text }, at: 0 } },
    { limit: TITLED },
  );
  const named = new Map<string, Resource>();
  const wanted = text.toLowerCase();
  for (const { resources } of found.items) {
    for (const resource of resources) {
      if (resource.title?.toLowerCase().includes(wanted)) named.set(`${resource.kind}/${resource.id}`, resource);
    }
  }
  const all = [...named.values()];
  const exact = all.filter(({ title }) => title?.toLowerCase() === wanted);
  const [only, ...others] = exact.length > 0 ? exact : all;
  if (only === undefined) {
    throw new DogwatchError('not_found', `nothing called ${JSON.stringify(text.slice(0, 100))} was touched`, {
      remedy: 'name it as kind/id, such as monitor/123, or paste its link',
    });
  }
  if (others.length > 0) {
    const names = [only, ...others]
      .slice(0, 5)
      .map(({ kind: of, id: its, title }) => `${of}/${its} ${JSON.stringify(title)}`);
    throw new DogwatchError('bad_parameter', `several are called so: ${names.join(', ')}`, {
      remedy: 'name one as kind/id',
    });
  }
  return only;
}
