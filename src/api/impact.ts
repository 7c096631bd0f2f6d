// What a session, or one call, did to each resource: as it was before the first change and after the last, and how to put it back.
import type { Change, PatchOperation } from '../change/diff.ts';
import { afterOf, readOf } from '../datadog/before.ts';
import { effectOf, inSafeOrder, type RecordedChange, type RestoreCall, restoreOf } from '../datadog/restore.ts';
import { OPPOSITE } from '../datadog/restore-special.ts';
import type { Resource } from '../exchange/operation.ts';
import type { Row } from '../index/search-index.ts';
import { type ReadChange, readChange } from './change-items.ts';
import { type HistorySource, ofResource } from './history.ts';
import { readExchange } from './read-exchange.ts';
import { compare, type ResourceChange, type ResourceState } from './resource-changes.ts';

/** One resource that was touched. */
export interface ResourceImpact {
  readonly resource: Resource;
  readonly connection?: string;
  readonly before: ResourceState;
  readonly after: ResourceState;
  readonly changes?: readonly Change[];
  readonly patch?: readonly PatchOperation[];
  readonly serverMade?: number;
  /** Exchanges that changed it, oldest first. */
  readonly exchanges: readonly string[];
  /** Exchanges of others that changed it since. */
  readonly changedSince: readonly string[];
}

/** One call of a plan. */
export interface RevertStep {
  readonly call: RestoreCall;
  readonly resource: Resource;
  readonly connection?: string;
  /** Exchanges that it undoes. */
  readonly undoes: readonly string[];
  /** What it does not put back. */
  readonly cannot: readonly string[];
  /** How the resource is read, and what it must be now, and should be afterwards. Absent when nothing tells. */
  readonly check?: {
    readonly target: string;
    readonly operation: string;
    readonly pick?: { readonly list: string; readonly by: string; readonly value: string };
    readonly expected: ResourceState;
    readonly wanted: ResourceState;
  };
  readonly changedSince: readonly string[];
}

export interface RevertPlan {
  /** In the order in which they are to be sent. */
  readonly steps: readonly RevertStep[];
  /** What is not undone at all, and why. */
  readonly left: readonly { readonly resource: Resource; readonly exchange: string; readonly why: readonly string[] }[];
}

interface Touched {
  readonly resource: Resource;
  readonly connection: string | undefined;
  readonly made: { readonly row: Row; readonly change: ResourceChange; readonly request: Uint8Array }[];
}

/** The changes that were made, or may have been, by resource; oldest first. */
async function touchedBy({ reader }: HistorySource, rows: readonly Row[]): Promise<Touched[]> {
  const all = new Map<string, Touched>();
  for (const row of rows) {
    const read: ReadChange | undefined = await readChange(reader, row);
    if (read === undefined || read.read.made === 'no') continue;
    for (const change of read.read.changes) {
      const { kind, id } = change.resource;
      const key = `${row.connection ?? ''} ${kind}/${id}`;
      const touched = all.get(key) ?? { resource: change.resource, connection: row.connection, made: [] };
      touched.made.push({ row, change, request: read.read.request });
      all.set(key, { ...touched, resource: { ...touched.resource, ...change.resource } });
    }
  }
  return [...all.values()];
}

/** Later changes of a resource by other exchanges than these. */
const LATER = 20;
async function changedSince({ index }: HistorySource, { resource, made, connection }: Touched): Promise<string[]> {
  const last = made.at(-1)!.row;
  const own = new Set(made.map(({ row }) => row.id));
  const { items } = await index.search(ofResource(resource), { limit: LATER, details: false });
  return items
    .filter(
      (row) =>
        row.time >= last.time &&
        row.connection === connection &&
        !own.has(row.id) &&
        row.outcome !== 'refused' &&
        (row.status ?? 200) < 300,
    )
    .map(({ id }) => id);
}

export async function impactOf(source: HistorySource, rows: readonly Row[]): Promise<ResourceImpact[]> {
  const impacts: ResourceImpact[] = [];
  for (const touched of await touchedBy(source, rows)) {
    const { resource, connection, made } = touched;
    const { before, after } = span(touched);
    impacts.push({
      resource,
      ...(connection !== undefined && { connection }),
      before,
      after,
      ...compare(resource.kind, before, after),
      exchanges: made.map(({ row }) => row.id),
      changedSince: await changedSince(source, touched),
    });
  }
  return impacts;
}

const span = ({ made }: Touched): { before: ResourceState; after: ResourceState } => ({
  before: made[0]!.change.before,
  after: made.at(-1)!.change.after,
});

/** The calls that put everything back as it was before these rows. */
export async function revertPlanOf(source: HistorySource, rows: readonly Row[]): Promise<RevertPlan> {
  const steps: RevertStep[] = [];
  const left: { resource: Resource; exchange: string; why: readonly string[] }[] = [];
  for (const touched of (await touchedBy(source, rows)).reverse()) {
    const since = await changedSince(source, touched);
    for (const one of await restoresOf(source, touched)) {
      const { restore, undoes, check } = one;
      if (restore.calls.length === 0) {
        if (restore.cannot.length > 0)
          left.push({ resource: touched.resource, exchange: undoes.at(-1)!, why: restore.cannot });
        continue;
      }
      for (const call of restore.calls) {
        steps.push({
          call,
          resource: touched.resource,
          ...(touched.connection !== undefined && { connection: touched.connection }),
          undoes,
          cannot: restore.cannot,
          ...(check && { check }),
          changedSince: since,
        });
      }
    }
  }
  const ordered = inSafeOrder(steps.map(({ call }) => call));
  return { steps: ordered.map((call) => steps.find((step) => step.call === call)!), left };
}

interface Undoing {
  readonly restore: ReturnType<typeof restoreOf>;
  readonly undoes: readonly string[];
  readonly check?: RevertStep['check'];
}

async function restoresOf(source: HistorySource, touched: Touched): Promise<Undoing[]> {
  const { made, resource } = touched;
  // What was added to a thing, or taken from it, is undone one by one, the latest first; the rest at once.
  const single = made.filter(({ row }) => OPPOSITE.has(row.operation ?? ''));
  const whole = made.filter(({ row }) => !OPPOSITE.has(row.operation ?? ''));
  const undoing: Undoing[] = [];
  for (const { row, change, request } of single.toReversed()) {
    undoing.push({ restore: restoreOf(await recorded(source, row, change, request)), undoes: [row.id] });
  }
  if (whole.length === 0) return undoing;
  const { before, after } = span({ ...touched, made: whole });
  const undoes = whole.map(({ row }) => row.id);
  if (before.state === 'absent' && after.state === 'absent') return undoing;
  // The call whose kind says how to undo the whole: what was made is deleted, what is gone is made again, else the last update.
  const made0 = before.state === 'absent' ? whole.find(({ change }) => change.effect === 'create') : undefined;
  const by =
    made0 ??
    (after.state === 'absent' ? whole.findLast(({ change }) => change.effect === 'delete') : undefined) ??
    whole.at(-1)!;
  if (before.state === 'unknown' && effectOf(by.row.operation ?? '') !== 'create') {
    const change = await recorded(source, by.row, by.change, by.request);
    const { before: _before, ...without } = change;
    const restore = restoreOf(without);
    undoing.push({
      restore: { calls: restore.calls, cannot: [...restore.cannot, `its image before is missing: ${before.why}`] },
      undoes,
    });
    return undoing;
  }
  const change = await recorded(source, by.row, by.change, by.request);
  const restore = restoreOf({
    ...change,
    ...(before.state === 'there' && { before: before.value }),
    ...(after.state === 'there' && { after: after.value }),
  });
  const read = readOf(restore.calls[0]?.operation ?? '', restore.calls[0]?.target ?? '/', bodyOf(restore.calls[0]));
  const target = 'none' in read ? readOf(change.operation, change.target, change.request) : read;
  const how =
    'none' in target ? undefined : target.find(({ kind, id }) => kind === resource.kind && id === resource.id);
  const check = how && {
    target: how.target,
    operation: how.operation,
    ...(how.pick && { pick: how.pick }),
    expected: after,
    wanted: before,
  };
  undoing.push({ restore, undoes, ...(check && afterOf(change.operation) !== 'unknown' && { check }) });
  return undoing;
}

const bodyOf = (call: RestoreCall | undefined): Uint8Array | undefined =>
  call?.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));

async function recorded(
  { reader }: HistorySource,
  row: Row,
  { resource, before, after }: ResourceChange,
  request: Uint8Array,
): Promise<RecordedChange> {
  const { summary } = await readExchange(reader, row);
  return {
    operation: row.operation ?? '',
    target: summary.request.target,
    kind: resource.kind,
    id: resource.id,
    request,
    ...(before.state === 'there' && { before: before.value }),
    ...(after.state === 'there' && { after: after.value }),
  };
}
