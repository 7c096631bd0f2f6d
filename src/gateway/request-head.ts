// Reads a request's head: framing, target, credentials taken out. What is wrong is kept, so that the caller can still be named.
import type { IncomingMessage } from 'node:http';
import { takeCredentials } from '../datadog/carriers.ts';
import { normaliseTarget, type Target } from '../datadog/target.ts';
import type { DogwatchError } from '../exchange/error.ts';
import type { Header } from '../exchange/exchange.ts';
import type { ClaimedClient } from '../exchange/identity.ts';
import { checkFraming } from './framing.ts';
import { headerPairs, headerValue } from './headers.ts';
import { toDogwatchError } from './refusal.ts';
import { takeConnectionPrefix } from './route.ts';

export interface RequestHead {
  readonly method: string;
  /** Without credentials and without the connection's prefix; `/` when the target was refused. */
  readonly target: Target;
  /** Without credentials. */
  readonly headers: readonly Header[];
  readonly candidates: readonly string[];
  /** The connection that the path's prefix names. */
  readonly connection: string | undefined;
  readonly client: ClaimedClient;
  /** Why the request is refused, if it is. */
  readonly problem: DogwatchError | undefined;
}

const ROOT: Target = { path: '/', query: '', segments: [] };
const MAX_CLAIM = 512;

export function readHead(req: IncomingMessage): RequestHead {
  const received = headerPairs(req.rawHeaders);
  let problem: DogwatchError | undefined;
  const attempt = <T>(step: () => T): T | undefined => {
    try {
      return step();
    } catch (error) {
      problem ??= toDogwatchError(error);
      return undefined;
    }
  };
  attempt(() => checkFraming(req, received));
  const normalised = attempt(() => normaliseTarget(req.url ?? '')) ?? ROOT;
  const { target: prefixed, named } = takeConnectionPrefix(normalised);
  const { candidates, headers, target } = takeCredentials(received, prefixed);
  return {
    method: req.method ?? 'GET',
    target,
    headers,
    candidates,
    connection: named,
    client: claimedClient(headers),
    problem,
  };
}

function claimedClient(headers: readonly Header[]): ClaimedClient {
  const userAgent = headerValue(headers, 'user-agent')?.slice(0, MAX_CLAIM);
  const agent = headerValue(headers, 'x-dogwatch-agent')?.slice(0, MAX_CLAIM);
  return { ...(userAgent !== undefined && { userAgent }), ...(agent !== undefined && { agent }) };
}
