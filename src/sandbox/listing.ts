// Lists: Datadog's ways of asking for a page, and what stands beside the items.
import { type Answer, type Call, successModel, successOf } from './call.ts';
import type { CollectionRule } from './family.ts';
import { fill, isCount } from './fill.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { fieldsOf, type Shape, shapeOf } from './models.ts';
import type { Plan } from './plan.ts';
import type { Item } from './world.ts';

const MOST = 1000;

export interface Page {
  readonly offset: number;
  readonly limit: number;
}

const SIZES = ['page[size]', 'page[limit]', 'page_size', 'limit', 'count', 'per_page'];
const OFFSETS = ['page[offset]', 'offset', 'start', 'skip'];
const NUMBERS = ['page[number]', 'page'];

/** The page that a query asks for, of `size` when it does not say. Names that the operation does not have are not read. */
export function pageOf({ operation, query }: Pick<Call, 'operation' | 'query'>, size = MOST): Page {
  const number = (names: readonly string[]): number | undefined => {
    const name = names.find((each) => query.has(each) && operation.params.some((param) => param.name === each));
    const value = name === undefined ? Number.NaN : Number(query.get(name));
    return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  };
  const limit = Math.min(number(SIZES) ?? size, MOST);
  const page = number(NUMBERS);
  return { limit, offset: number(OFFSETS) ?? (page === undefined ? 0 : page * limit) };
}

/** The answer of a list operation: one page, and the counts and links beside it. */
export function listAnswer(call: Call, plan: Plan, rule: CollectionRule, items: readonly Item[]): Answer {
  const { offset, limit } = pageOf(call, rule.pageSize);
  const page = items.slice(offset, offset + limit).map((item) => rule.view?.(item, call) ?? item);
  const { response } = plan;
  const status = successOf(call.operation);
  if (!response) return { status };
  if (response.field === undefined)
    return { status, body: response.array ? page : fill(response.shape, undefined, call.world) };
  const shape = shapeOf(call.operation.version, successModel(call.operation));
  // Some paths under which things are made show one of them.
  const shown = response.array ? page : page[0];
  const body = fill(shape, shown === undefined ? undefined : { [response.field]: shown }, call.world) as JsonObject;
  const counted = withCounts(body, shape, page.length, items.length, { offset, limit });
  return { status, body: { ...counted, ...rule.beside?.(call, page, items.length) } };
}

function withCounts(body: JsonObject, shape: Shape, shown: number, total: number, page: Page): JsonObject {
  const result: JsonObject = {};
  for (const [name, { shape: of, required }] of fieldsOf(shape)) {
    const value: Json | undefined = body[name];
    if (of.is === 'object' && (name === 'meta' || name === 'metadata' || name === 'page' || name === 'pagination')) {
      result[name] = withCounts(isObject(value) ? value : {}, of, shown, total, page);
    } else if (of.is === 'number' && isCount(name)) {
      result[name] = total;
    } else if (of.is === 'number' && name === 'size') {
      result[name] = shown;
    } else if (of.is === 'number' && name === 'next_offset') {
      result[name] = page.offset + shown;
    } else if (of.is === 'number' && (name === 'offset' || name === 'limit')) {
      result[name] = page[name];
    } else if (value !== undefined) {
      result[name] = value;
    } else if (required && of.is === 'boolean') {
      // Whether there is more.
      result[name] = page.offset + shown < total;
    }
  }
  return { ...body, ...result };
}
