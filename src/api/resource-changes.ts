// What one recorded call changed: each resource before it and after it, and the difference.
import { type Difference, difference } from '../change/diff.ts';
import { afterOf, imageIn } from '../datadog/before.ts';
import { operationByKey } from '../datadog/catalogue.ts';
import { type Effect, effectOf } from '../datadog/restore.ts';
import { serverMade } from '../datadog/server-made.ts';
import { titled } from '../datadog/touched.ts';
import type { ImagesInfo } from '../exchange/image.ts';
import type { Resource } from '../exchange/operation.ts';
import { decodedBody } from '../export/decoded-body.ts';
import { headerOf, requestBodyInfo, touchedResources } from '../export/recorded-exchange.ts';
import { bodyBytes, type Direction, type FoundExchange } from './read-exchange.ts';

/** A resource at one moment. */
export type ResourceState =
  | { readonly state: 'there'; readonly value: unknown }
  | { readonly state: 'absent' }
  /** Nobody looked, or what was seen is gone. */
  | { readonly state: 'unknown'; readonly why: string };

/** What a call did to one resource. */
export interface ResourceChange {
  readonly resource: Resource;
  readonly effect: Effect;
  readonly before: ResourceState;
  readonly after: ResourceState;
  /** Absent unless both states are there. */
  readonly difference?: Difference;
}

/** Whether a call changed something: `no` when it was refused or failed, `unknown` when its answer is not known. */
export type Made = 'yes' | 'no' | 'unknown';

export interface ExchangeChanges {
  readonly made: Made;
  /** With titles, also those that it only reaches. */
  readonly resources: readonly Resource[];
  readonly changes: readonly ResourceChange[];
  /** The request's body, content-encoding undone. */
  readonly request: Uint8Array;
}

/** Bytes of a body in which a resource is looked for. */
const MOST = 8 << 20;

export async function changesOf(found: FoundExchange): Promise<ExchangeChanges> {
  const { summary } = found;
  const { operation } = summary.classification;
  const [request, response] = [await plain(found, 'request'), await plain(found, 'response')];
  const resources = titled(operation, touchedResources(summary), request, response);
  const made = madeOf(found);
  const about = operationByKey(operation)?.resource.kind;
  const own = resources.filter(({ kind }) => kind === about);
  const [before, after] = [found.images('before'), found.images('after')];
  const effect = effectOf(operation);
  const changes = own.map((resource): ResourceChange => {
    const states = {
      before: stateIn(before, resource, summary.before) ?? beforeUntold(effect),
      after: stateIn(after, resource, summary.after) ?? afterTold(found, effect, made, own.length === 1, response),
    };
    const named = { resource: withTitle(resource, states), effect, ...states };
    if (states.before.state !== 'there' || states.after.state !== 'there') return named;
    return { ...named, difference: difference(states.before.value, states.after.value, serverMade(resource.kind)) };
  });
  const byName = new Map(changes.map(({ resource }) => [`${resource.kind}/${resource.id}`, resource]));
  return {
    made,
    resources: resources.map((resource) => byName.get(`${resource.kind}/${resource.id}`) ?? resource),
    changes,
    request,
  };
}

/** The difference of two states that are known; what Datadog makes itself is left out. */
export function compare(kind: string, before: ResourceState, after: ResourceState): Difference | undefined {
  if (before.state === 'unknown' || after.state === 'unknown') return undefined;
  if (before.state === 'absent' || after.state === 'absent') {
    return before.state === after.state ? { changes: [], patch: [], serverMade: 0 } : undefined;
  }
  return difference(before.value, after.value, serverMade(kind));
}

function madeOf({ summary }: FoundExchange): Made {
  if (summary.outcome === undefined || summary.outcome === 'unknown') return 'unknown';
  if (summary.outcome === 'refused') return 'no';
  const status = summary.response?.status;
  if (status === undefined) return summary.error?.code === 'upstream_unreachable' ? 'no' : 'unknown';
  return status < 300 ? 'yes' : 'no';
}

/** What a part of images tells of a resource; undefined when nobody tried. */
function stateIn(
  images: ReturnType<FoundExchange['images']>,
  { kind, id }: Resource,
  info: ImagesInfo | undefined,
): ResourceState | undefined {
  if (images === 'erased') return { state: 'unknown', why: 'the image has been erased' };
  const image = images?.find((each) => each.kind === kind && each.id === id);
  if (image !== undefined) {
    if (image.answer === undefined) return { state: 'absent' };
    return { state: 'there', value: image.picked ? image.answer : imageIn(image.answer) };
  }
  const skipped = info?.skipped?.find((each) => each.id === undefined || (each.kind === kind && each.id === id));
  return skipped && { state: 'unknown', why: skipped.why };
}

const beforeUntold = (effect: Effect): ResourceState =>
  effect === 'create' ? { state: 'absent' } : { state: 'unknown', why: 'no image was taken' };

/** The state after a change whose images do not tell: from its own answer. */
function afterTold(
  { summary }: FoundExchange,
  effect: Effect,
  made: Made,
  alone: boolean,
  response: Uint8Array,
): ResourceState {
  if (made === 'no') return { state: 'unknown', why: 'the call was not carried out' };
  if (made === 'unknown') return { state: 'unknown', why: 'how the call ended is not known' };
  const shown = afterOf(summary.classification.operation);
  if (effect === 'delete' && shown === 'gone') return { state: 'absent' };
  if ((shown === 'echo' || effect === 'create') && alone && response.length > 0) {
    try {
      return { state: 'there', value: imageIn(JSON.parse(Buffer.from(response).toString('utf8'))) };
    } catch {
      return { state: 'unknown', why: 'the answer was not recorded in full' };
    }
  }
  return { state: 'unknown', why: 'no image was taken' };
}

const NAMES = ['title', 'name', 'display_name', 'summary'];

/** A title that only an image tells. */
function withTitle(resource: Resource, { before, after }: { before: ResourceState; after: ResourceState }): Resource {
  if (resource.title !== undefined) return resource;
  for (const state of [after, before]) {
    if (state.state !== 'there' || typeof state.value !== 'object' || state.value === null) continue;
    const holders = [state.value, (state.value as { attributes?: unknown }).attributes] as Record<string, unknown>[];
    for (const holder of holders) {
      const title = NAMES.map((name) => holder?.[name]).find((text) => typeof text === 'string' && text !== '');
      if (title !== undefined && title !== resource.id) return { ...resource, title: String(title).slice(0, 256) };
    }
  }
  return resource;
}

/** A body as recorded, without content-encoding. */
export async function plain(found: FoundExchange, direction: Direction): Promise<Uint8Array> {
  const { summary } = found;
  const info = direction === 'request' ? requestBodyInfo(summary) : summary.response?.body;
  if (info === undefined) return new Uint8Array();
  const headers = direction === 'request' ? summary.request.headers : (summary.response?.headers ?? []);
  const { bytes, truncated } = await bodyBytes(found.body(direction), MOST);
  return decodedBody(bytes, info.decoded || truncated ? undefined : headerOf(headers, 'content-encoding')).bytes;
}
