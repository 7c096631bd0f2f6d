// By which operation the resource of a change is read: worked out of the catalogue once for each operation.
import { KNOWN_READS, type Pick } from './before-special.ts';
import { type Operation, operationByKey, operations } from './catalogue.ts';

/** How an operation's resource is read: at the path of the operation itself, at one above it, in a list, by the table of special cases. */
export type ReadWay = 'same' | 'parent' | 'sibling' | 'list' | 'special' | 'none';

const template = (path: string): string => path.replace(/\{\w+\}/g, '{}');
const gets: ReadonlyMap<string, Operation> = new Map(
  operations()
    .filter(({ method }) => method === 'GET')
    .map((operation) => [template(operation.path), operation]),
);
/** Paths with the id of a resource at the end that show something else of it: the result of a run. */
const NOT_READERS = new Set(['/api/v2/synthetics/tests/fast/{id}']);
/** Operations that show one resource of a kind whose id ends their path, by version and kind. */
const readers: ReadonlyMap<string, readonly Operation[]> = Map.groupBy(
  [...gets.values()].filter(
    ({ path, resource }) => path.endsWith(`{${nameOf(resource.ids[0])}}`) && !NOT_READERS.has(path),
  ),
  ({ version, resource }) => `${version} ${resource.kind}`,
);
function nameOf(place: string | undefined): string {
  return place?.startsWith('path:') ? place.slice('path:'.length) : ' ';
}

export interface ReadPlan {
  readonly way: ReadWay;
  /** The reading operation; absent for `none`. */
  readonly by?: Operation;
  /** The parameter of `by` that holds the id; absent when the path says all. */
  readonly id?: string;
  readonly query?: string;
  readonly pick?: Omit<Pick, 'value'>;
  readonly reason?: string;
}

const plans = new Map<string, ReadPlan>();

/** Changes whose resource can be there before: updates, deletes, and executes that name one. */
export function planOf(operation: Operation): ReadPlan {
  const known = plans.get(operation.key);
  if (known !== undefined) return known;
  const plan = makePlan(operation);
  plans.set(operation.key, plan);
  return plan;
}

function makePlan(operation: Operation): ReadPlan {
  const { key, action, resource, path, version } = operation;
  const special = KNOWN_READS[key];
  if (special !== undefined) {
    if ('none' in special) return { way: 'none', reason: special.none };
    const by = operationByKey(special.read);
    if (by === undefined) throw new Error(`before-special.ts, ${key}: no operation ${special.read}`);
    const { query, pick } = special;
    // A path that ends in an id gets the operation's own.
    const id = query === undefined && by.path.endsWith('}') ? paramsOf(by.path).at(-1)! : undefined;
    const taken = id !== undefined && paramsOf(path).includes(id);
    return { way: 'special', by, ...(query && { query }), ...(pick && { pick }), ...(id && !taken && { id }) };
  }
  if (action === 'read') return { way: 'none', reason: 'it changes nothing' };
  if (action === 'create' && !resource.ids.some((place) => place.startsWith('path:'))) {
    return { way: 'none', reason: 'what it creates was not there before' };
  }
  const same = gets.get(template(path));
  if (same !== undefined && !isCollection(same) && isAskable(same, operation)) return { way: 'same', by: same };
  const ids = resource.ids.filter((place) => !place.startsWith('response:'));
  if (ids.length === 0) return { way: 'none', reason: 'only the answer tells what was changed' };
  const param = nameOf(ids[0]);
  for (let above = path; above.includes(`{${param}}/`); above = above.slice(0, above.lastIndexOf('/'))) {
    const parent = gets.get(template(above.slice(0, above.lastIndexOf('/'))));
    if (parent !== undefined && !isCollection(parent) && isAskable(parent, operation))
      return { way: 'parent', by: parent };
  }
  const bound = new Set([...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!));
  const lists = listsAbove(operation, bound);
  // An order is shown by the list that it orders.
  if (ORDERING.test(operation.id) && lists[0] !== undefined) return { way: 'list', by: lists[0] };
  if (ids[0] !== 'one') {
    const sibling = (readers.get(`${version} ${resource.kind}`) ?? [])
      .filter(({ path: its }) =>
        paramsOf(its)
          .slice(0, -1)
          .every((name) => bound.has(name)),
      )
      .sort((one, other) => one.path.length - other.path.length)[0];
    if (sibling !== undefined) return { way: 'sibling', by: sibling, id: paramsOf(sibling.path).at(-1)! };
  }
  const list = lists.find((each) => each.resource.kind === resource.kind);
  if (list !== undefined) {
    return { way: 'list', by: list, ...(ids[0] === 'one' ? {} : { pick: { list: listPathOf(list), by: 'id' } }) };
  }
  return { way: 'none', reason: 'Datadog has no operation that shows it' };
}

const ORDERING = /^(?:Reorder|Order)[A-Z]/;

/** The listing operations at or above an operation's path that can be asked without further parameters, the nearest first. */
function listsAbove(operation: Operation, bound: ReadonlySet<string>): Operation[] {
  const { path } = operation;
  const found: Operation[] = [];
  for (let above = path; above !== ''; above = above.slice(0, above.lastIndexOf('/'))) {
    const get = gets.get(template(above));
    if (get === undefined || !isCollection(get) || !paramsOf(get.path).every((name) => bound.has(name))) continue;
    if (isAskable(get, operation)) found.push(get);
  }
  return found;
}

const paramsOf = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);

/** The query parameters without which an operation cannot be asked. */
export const neededBy = ({ params }: Operation): string[] =>
  params.flatMap(({ in: where, required, name }) => (where === 'query' && required ? [name] : []));

/** Whether all that a GET needs in its query stands in that of the change too. */
const isAskable = (get: Operation, { params }: Operation): boolean =>
  neededBy(get).every((name) => params.some((param) => param.in === 'query' && param.name === name));

/** Whether a GET answers with many of a kind. */
const isCollection = ({ resource }: Operation): boolean => resource.ids.length === 0;

/** By which way the resource of an operation is read, for counting and for the documentation. */
export const readWayOf = (operation: Operation): ReadWay => planOf(operation).way;

/** Configurations of which a thing has one, at a path below the thing: they are made and deleted there as a whole. */
const ONE_BELOW: ReadonlySet<string> = new Set([
  '/api/v2/metrics/{metric_name}/tags',
  '/api/v2/cloud_security_management/custom_frameworks/{handle}/{version}',
  '/api/v2/integration/aws/accounts/{aws_account_config_id}/ccm_config',
]);

/** Whether an operation goes to the resource itself, not to a part of it: `/roles/{id}`, not `/roles/{id}/users`. */
export function isWhole({ path, resource }: Operation): boolean {
  const first = resource.ids[0];
  return (
    first === undefined || !first.startsWith('path:') || path.endsWith(`{${nameOf(first)}}`) || ONE_BELOW.has(path)
  );
}

/** The operation that shows one of a kind, for whatever makes or changes it. */
export function readerOf(operation: Operation): Operation | undefined {
  const { by, way } = planOf(operation);
  if (by !== undefined && way !== 'list') return by;
  return readers.get(`${operation.version} ${operation.resource.kind}`)?.[0];
}

/** Where a list's answer has its items: JSON:API has them in `data`, v1 in the body itself or a field named for them. */
function listPathOf({ version, resource, responses }: Operation): string {
  if (version === 'v2') return 'data';
  const answer = Object.entries(responses).find(([status]) => status < '300')?.[1] ?? '';
  return answer.startsWith('Array<') ? '' : `${resource.kind.split('-').at(-1)}s`;
}
