// Reads a request's head: framing, target, credentials taken out. What is wrong is kept, so that the caller can still be named.
import type { IncomingMessage } from 'node:http';
import { looksLikeToken, takeCredentials } from '../datadog/carriers.ts';
import { normaliseTarget, type Target } from '../datadog/target.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { Header } from '../exchange/exchange.ts';
import type { ClaimedClient } from '../exchange/identity.ts';
import { checkFraming } from './framing.ts';
import { headerPairs, headerValue } from './headers.ts';
import { headersHoldSecret, textsHoldSecret } from './needles.ts';
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
  const head = {
    method: req.method ?? 'GET',
    target,
    headers,
    candidates,
    connection: named,
    client: claimedClient(headers),
    problem,
  };
  // Either all of them look like tokens, or none.
  const tokens = looksLikeToken(candidates[0] ?? '') ? candidates.map((token) => Buffer.from(token)) : [];
  return exposes(head, tokens) ? withoutEvidence({ ...head, problem: problem ?? credentialExposed() }, tokens) : head;
}

/** Whether one of the secrets stands in the target or a header, from where it would be sent on and recorded. */
export function exposes(
  { target, headers }: Pick<RequestHead, 'target' | 'headers'>,
  secrets: readonly Buffer[],
): boolean {
  return (
    textsHoldSecret([target.path, target.query, unescaped(target.query)], secrets) ||
    headersHoldSecret(headers, secrets)
  );
}

/** A query with its percent-encoding undone as far as it concerns secrets, which are ASCII. */
function unescaped(query: string): string {
  if (!query.includes('%')) return '';
  return query.replace(/%[0-7][0-9A-Fa-f]/g, (triplet) => String.fromCharCode(Number.parseInt(triplet.slice(1), 16)));
}

/** The head without anything that could hold a secret: of the headers the names, as far as they are none themselves. */
export function withoutEvidence(head: RequestHead, secrets: readonly Buffer[]): RequestHead {
  const headers = head.headers
    .filter(([name]) => !textsHoldSecret([name], secrets))
    .map(([name]): Header => [name, '(withheld)']);
  return { ...head, target: ROOT, headers, client: {} };
}

export const credentialExposed = (): DogwatchError =>
  new DogwatchError(
    'token_exposed',
    'a credential stands in the target, a header or the body of this request, where it would be sent to Datadog',
    { remedy: 'send the token in a credential carrier only' },
  );

function claimedClient(headers: readonly Header[]): ClaimedClient {
  const userAgent = headerValue(headers, 'user-agent')?.slice(0, MAX_CLAIM);
  const agent = headerValue(headers, 'x-dogwatch-agent')?.slice(0, MAX_CLAIM);
  return { ...(userAgent !== undefined && { userAgent }), ...(agent !== undefined && { agent }) };
}
