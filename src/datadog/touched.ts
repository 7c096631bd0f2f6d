// The resources of a finished exchange with what people call them: told after the fact, from what was recorded of it.
import type { Resource } from '../exchange/operation.ts';
import { operationByKey } from './catalogue.ts';
import { parseBody } from './places.ts';

const MAX_TITLE = 256;
const MAX_ITEMS = 1000;
/** Fields that name a thing, the best first. */
const NAMES = ['title', 'name', 'display_name', 'summary', 'handle'];

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The same resources, with titles where a body tells them: the response's echo, else the request's. A call that touches one
 * thing of its kind tells its title at the top of the body; in a list the title stands beside the id.
 *
 * @param operationKey of which the resources are, `v1.UpdateMonitor`
 * @param resources as recorded, of request and response
 * @param request the body as recorded, without content-encoding; absent when it was not kept
 * @param response likewise
 */
export function titled(
  operationKey: string,
  resources: readonly Resource[],
  request?: Uint8Array,
  response?: Uint8Array,
): Resource[] {
  const about = operationByKey(operationKey)?.resource.kind;
  if (about === undefined || resources.every(({ title }) => title !== undefined)) return [...resources];
  const only = resources.filter(({ kind }) => kind === about).length === 1;
  const bodies = [response, request].map((body) => parseBody(body, true)).filter((body) => body !== undefined);
  const byId = new Map<string, string>();
  for (const body of bodies) {
    for (const item of itemsOf(body)) {
      const title = titleOf(item);
      if (title === undefined) continue;
      for (const id of [item.id, item.public_id]) {
        if (id !== undefined && !byId.has(String(id))) byId.set(String(id), title);
      }
    }
  }
  const alone = only ? bodies.flatMap((body) => loneTitle(body) ?? [])[0] : undefined;
  return resources.map((resource) => {
    const title = resource.title ?? byId.get(resource.id) ?? (resource.kind === about && only ? alone : undefined);
    return title === undefined || title === resource.id ? resource : { ...resource, title };
  });
}

/** The objects in which a body may tell of single resources: itself, its data, and the items of its lists. */
function itemsOf(body: unknown): Json[] {
  const lists = isObject(body) ? [body, ...Object.values(body)] : [body];
  return lists
    .flatMap((value) => (Array.isArray(value) ? value.slice(0, MAX_ITEMS) : [value]))
    .filter(isObject)
    .slice(0, MAX_ITEMS);
}

/** The title of the one thing that a body is about. */
function loneTitle(body: unknown): string | undefined {
  if (!isObject(body)) return undefined;
  const { data } = body;
  const one = Array.isArray(data) ? (data.length === 1 ? data[0] : undefined) : data;
  return titleOf(isObject(one) ? one : body);
}

function titleOf(item: Json): string | undefined {
  for (const holder of [item, item.attributes]) {
    if (!isObject(holder)) continue;
    for (const name of NAMES) {
      const text = holder[name];
      if (typeof text === 'string' && text.trim() !== '') return text.slice(0, MAX_TITLE);
    }
  }
  return undefined;
}
