// Resolves method and path to an operation: a tree over path segments, built once.
import { type Operation, operations } from './catalogue.ts';
import type { HostKind } from './sites.ts';

/** An operation, and what its path template's parameters stand for. */
export interface Match {
  readonly operation: Operation;
  /** Percent-decoded path parameters by name. They may be secrets: see redactTarget. */
  readonly params: Readonly<Record<string, string>>;
}

interface Node {
  readonly literals: Map<string, Node>;
  template: Node | undefined;
  /** The operations that end here, by method. */
  readonly ends: Map<string, Operation>;
}

const newNode = (): Node => ({ literals: new Map(), template: undefined, ends: new Map() });
const isTemplate = (segment: string): boolean => segment.startsWith('{');
const segmentsOf = (path: string): string[] => path.split('/').filter((segment) => segment !== '');

const root = newNode();
/** Positions of the template segments of an operation, with their names. */
const templates = new Map<Operation, readonly (readonly [index: number, name: string])[]>();
for (const operation of operations()) add(operation);

function add(operation: Operation): void {
  const segments = segmentsOf(operation.path);
  let node = root;
  for (const segment of segments) {
    let next = isTemplate(segment) ? node.template : node.literals.get(segment);
    if (next === undefined) {
      next = newNode();
      if (isTemplate(segment)) node.template = next;
      else node.literals.set(segment, next);
    }
    node = next;
  }
  if (node.ends.has(operation.method)) throw new Error(`two operations are ${operation.method} ${operation.path}`);
  node.ends.set(operation.method, operation);
  templates.set(
    operation,
    segments.flatMap((segment, i) => (isTemplate(segment) ? [[i, segment.slice(1, -1)] as const] : [])),
  );
}

/**
 * The operation that a request is, undefined when the catalogue knows none. Literal segments win over templates; where
 * the literal way leads nowhere for this method the template is tried. HEAD is matched as GET (RFC 9110 section 9.3.2).
 *
 * @param segments decoded path segments, from normaliseTarget
 * @param host the kind of host that the caller named, if any. A request to no host in particular, or to the API host, may
 *   mean an operation of any host, since clients with one base URL send all there; one to another host means only what
 *   that host serves.
 */
export function matchOperation(method: string, segments: readonly string[], host?: HostKind): Match | undefined {
  const operation = find(root, segments, 0, method === 'HEAD' ? 'GET' : method);
  if (operation === undefined) return undefined;
  if (host !== undefined && host !== 'api' && host !== operation.host) return undefined;
  const params: Record<string, string> = {};
  for (const [index, name] of templates.get(operation)!) params[name] = segments[index]!;
  return { operation, params };
}

function find(node: Node, segments: readonly string[], at: number, method: string): Operation | undefined {
  if (at === segments.length) return node.ends.get(method);
  const segment = segments[at]!;
  const literal = node.literals.get(segment);
  const found = literal === undefined ? undefined : find(literal, segments, at + 1, method);
  if (found !== undefined || node.template === undefined || segment === '') return found;
  return find(node.template, segments, at + 1, method);
}
