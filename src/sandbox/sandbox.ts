// The sandbox: requests in, Datadog's answers out, in process. The HTTP server stands in front of it.
import { matchOperation } from '../datadog/matcher.ts';
import { normaliseTarget } from '../datadog/target.ts';
import { type Answer, type Call, failure, textFailure } from './call.ts';
import { answerGenerically } from './generic.ts';
import type { Json } from './json.ts';
import { handlers, rules, seeds } from './rules.ts';
import { World } from './world.ts';

export interface SandboxRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly contentType?: string;
  /** Content-decoded. */
  readonly body?: Buffer;
}

export interface Sandbox {
  readonly world: World;
  /** Answers one request. Never throws: what it cannot read is a 400 in Datadog's shape. */
  answer(request: SandboxRequest): Answer;
  /** Back to an organisation's first day; the clock stands at `now`, or runs. */
  reset(now?: number): void;
}

/** A sandbox of its own: nothing is shared between two. */
export function createSandbox(site?: string): Sandbox {
  const world = new World(site);
  const reset = (now?: number): void => {
    world.reset();
    for (const seed of seeds) seed(world);
    world.setClock(now);
  };
  reset();
  return { world, reset, answer: (request) => answer(world, request) };
}

function answer(world: World, { method, target, contentType = '', body: raw = EMPTY }: SandboxRequest): Answer {
  let normalised: ReturnType<typeof normaliseTarget>;
  try {
    normalised = normaliseTarget(withoutSlashes(target));
  } catch {
    return textFailure(400, 'Bad Request');
  }
  const match = matchOperation(method, normalised.segments.map(withSlashes));
  if (!match) return textFailure(404, 'Not found');
  const call: Call = {
    ...match,
    query: new URLSearchParams(normalised.query),
    body: parse(raw),
    raw,
    contentType,
    world,
  };
  try {
    return (handlers.get(match.operation.key) ?? generically)(call);
  } catch (error) {
    if (error instanceof RangeError) return failure(call, 400, 'The request is nested too deeply');
    throw error;
  }
}

/**
 * Ids may hold a slash, as `service:default/cart` of the catalog, which clients escape. The gateway refuses `%2F`, since what it judged
 * and what Datadog reads could differ; the sandbox judges nothing, so that here it stands for a slash within one segment.
 */
const SLASH = '\uf8ff';
const withoutSlashes = (target: string): string => {
  const end = target.indexOf('?');
  const path = end < 0 ? target : target.slice(0, end);
  return /%2f/i.test(path) ? path.replaceAll(/%2f/gi, encodeURIComponent(SLASH)) + target.slice(path.length) : target;
};
const withSlashes = (segment: string): string => segment.replaceAll(SLASH, '/');

const EMPTY = Buffer.alloc(0);
const generically = (call: Call): Answer => answerGenerically(call, rules);

function parse(raw: Buffer): Json | undefined {
  if (raw.length === 0) return undefined;
  try {
    return JSON.parse(raw.toString('utf8')) as Json;
  } catch {
    return undefined;
  }
}
