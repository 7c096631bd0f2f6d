// Conditions in CEL, the Common Expression Language: typed at compile time, bounded in size and in what they may do.
import { type ASTNode, Environment, ParseError, TypeError as TypeMismatch } from '@marcbachmann/cel-js';
import { compileGlob } from '../exchange/glob.ts';
import type { PolicyInput } from './input.ts';

/** Longer lists of a request are not looked at: the condition fails, and a failed condition denies. */
const MAX_LIST = 500;
/** `exists` within `exists`, and no deeper: the work is at most MAX_LIST squared. */
const MAX_NESTED_LOOPS = 2;
const LOOPS = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);
/** Regular expressions may take exponential time; `split` and `bind` make lists and texts without a bound. */
const REFUSED = new Map([
  ['matches', 'use startsWith, endsWith, contains or glob'],
  ['split', 'use contains or glob'],
  ['bind', 'write the value where it is used'],
]);

// Classes, since the types of a condition are bound to them; the values are what rules may speak of.
class IdentityFacts {
  readonly issuer: string;
  readonly subject: string;
  readonly kind: string;
  readonly name: string;
  readonly email: string;
  readonly groups: readonly string[];
  readonly claims: ReadonlyMap<string, string>;
  readonly onBehalfOf: readonly string[];

  constructor({ identity }: PolicyInput) {
    this.issuer = identity.issuer;
    this.subject = identity.subject;
    this.kind = identity.kind;
    this.name = identity.name;
    this.email = identity.email ?? '';
    this.groups = identity.groups;
    this.claims = new Map(Object.entries(identity.claims));
    this.onBehalfOf = identity.onBehalfOf.map(({ issuer, subject }) => `${issuer}#${subject}`);
  }
}

class AskedFacts {
  readonly metrics: readonly string[];
  readonly queries: readonly string[];

  constructor({ classification }: PolicyInput) {
    this.metrics = bounded(classification.asked.metrics);
    this.queries = bounded(classification.asked.queries);
  }
}

class ConnectionFacts {
  readonly name: string;
  readonly readOnly: boolean;

  constructor({ connection }: PolicyInput) {
    this.name = connection.name;
    this.readOnly = connection.readOnly;
  }
}

function bounded(list: readonly string[] = []): readonly string[] {
  if (list.length > MAX_LIST) throw new RangeError(`the request names ${list.length} things; more than ${MAX_LIST}`);
  return list;
}

const environment = new Environment({
  limits: { maxAstNodes: 500, maxDepth: 32, maxListElements: 200, maxMapEntries: 50, maxCallArguments: 8 },
})
  .registerType('Identity', {
    ctor: IdentityFacts,
    fields: {
      issuer: 'string',
      subject: 'string',
      kind: 'string',
      name: 'string',
      email: 'string',
      groups: 'list<string>',
      claims: 'map<string, string>',
      onBehalfOf: 'list<string>',
    },
  })
  .registerType('Asked', { ctor: AskedFacts, fields: { metrics: 'list<string>', queries: 'list<string>' } })
  .registerType('Connection', { ctor: ConnectionFacts, fields: { name: 'string', readOnly: 'bool' } })
  .registerVariable('identity', 'Identity')
  .registerVariable('operation', 'string')
  .registerVariable('action', 'string')
  .registerVariable('risk', 'string')
  .registerVariable('tags', 'list<string>')
  .registerVariable('resources', 'list<string>')
  .registerVariable('asked', 'Asked')
  .registerVariable('connection', 'Connection')
  .registerVariable('session', 'string')
  .registerVariable('source', 'string')
  .registerVariable('method', 'string')
  .registerVariable('path', 'string')
  .registerVariable('query', 'string')
  .registerFunction('string.glob(string): bool', (text: string, pattern: string) => compileGlob(pattern)(text));

function factsOf(input: PolicyInput): Record<string, unknown> {
  const { classification } = input;
  return {
    identity: new IdentityFacts(input),
    operation: classification.operation,
    action: classification.action,
    risk: classification.risk,
    tags: classification.tags,
    resources: bounded(classification.resources.map(({ kind, id }) => `${kind}/${id}`)),
    asked: new AskedFacts(input),
    connection: new ConnectionFacts(input),
    session: input.session,
    source: input.source,
    method: input.method,
    path: input.path,
    query: input.query,
  };
}

/** A compiled condition. @throws Error when it cannot be evaluated for this input; the caller must deny. */
export type Condition = (input: PolicyInput) => boolean;

/**
 * Compiles a CEL expression that yields a bool.
 *
 * @throws Error whose message says what is wrong with it, and where.
 */
export function compileCondition(expression: string): Condition {
  const parsed = located(() => environment.parse(expression));
  refuseUnbounded(parsed.ast, 0);
  const type = located(() => {
    const checked = parsed.check();
    if (!checked.valid) throw checked.error;
    return checked.type;
  });
  if (type !== 'bool') throw new Error(`it yields ${type}, not bool`);
  return (input) => {
    const result: unknown = parsed(factsOf(input));
    if (typeof result !== 'boolean') throw new TypeError('it did not yield a bool');
    return result;
  };
}

/** Turns an error of the CEL library, which draws the place on several lines, into one line with the column. */
function located<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof ParseError || error instanceof TypeMismatch)) throw error;
    const column = error.range === undefined ? '' : ` (column ${error.range.start + 1})`;
    throw new Error(`${error.summary}${column}`, { cause: error });
  }
}

/** Walks the tree for calls that could take unbounded time or memory. `loops`: how many stand around the node. */
function refuseUnbounded(node: unknown, loops: number): void {
  if (Array.isArray(node)) {
    for (const each of node) refuseUnbounded(each, loops);
  } else if (isNode(node)) {
    const isCall = node.op === 'call' || node.op === 'rcall';
    if (isCall && REFUSED.has(node.args[0])) {
      throw new Error(`${node.args[0]}() is not allowed here; ${REFUSED.get(node.args[0])}`);
    }
    if (node.op === 'rcall' && LOOPS.has(node.args[0])) {
      const [name, list, body] = node.args;
      if (loops === MAX_NESTED_LOOPS) throw new Error(`${name}() stands more than ${MAX_NESTED_LOOPS} loops deep`);
      refuseUnbounded(list, loops);
      refuseUnbounded(body, loops + 1);
    } else {
      refuseUnbounded(node.args, loops);
    }
  }
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}
