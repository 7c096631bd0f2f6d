// One call on its way through the gateway: what is known of it so far, and the summaries made from that.
import { type Target, targetText } from '../datadog/target.ts';
import type { DogwatchError } from '../exchange/error.ts';
import type { ExchangeIntent, ExchangeOutcome, Outcome, RecordedResponse, Verdict } from '../exchange/exchange.ts';
import type { ClaimedClient, Identity } from '../exchange/identity.ts';
import type { Classification } from '../exchange/operation.ts';
import type { Restraint } from '../identity/containments.ts';
import type { Credential } from '../identity/credential.ts';
import type { Connection } from '../vault/vault.ts';
import type { HeldShare } from './held-budget.ts';
import type { Imaged } from './image-parts.ts';
import { NO_BODY, type RecordableBody } from './recorder.ts';
import type { RequestHead } from './request-head.ts';

export interface Call {
  readonly exchange: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** The same moment on the monotonic clock, milliseconds. */
  readonly started: number;
  readonly source: string;
  readonly httpVersion: string;
  head: RequestHead;
  /** What was verified, and how far it may be used. */
  readonly credential: Credential;
  readonly identity: Identity;
  session: string;
  connection: Connection | undefined;
  /** The Datadog host the call is for. */
  host: string;
  /** The target as it is recorded: secrets that stand in the path are fingerprints. */
  recordedTarget: string;
  classification: Classification;
  verdict: Verdict;
  requestBody: RecordableBody;
  /** What holds for a caller that is contained. */
  restraint: Restraint | undefined;
  /** What the call is about to change, read before; undefined when it changes nothing. */
  imaged: Imaged | undefined;
  /** Whether an intent entry is in the journal. */
  intentRecorded: boolean;
  forwardedAt: number | undefined;
  firstByteAt: number | undefined;
  /** The memory that its long bodies take. */
  readonly held: HeldShare;
}

/** How an exchange ended, before it becomes a summary. */
export interface Ending {
  readonly outcome: Outcome;
  readonly error?: DogwatchError;
  readonly response?: RecordedResponse;
  readonly resources?: ExchangeOutcome['resources'];
  readonly requestBody?: RecordableBody;
}

/** What is said of a call of which nothing is understood yet. */
export function unclassified(method: string): Classification {
  const reads = method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
  return {
    operation: `unknown.${method}`,
    action: reads ? 'read' : 'execute',
    risk: reads ? 'medium' : 'high',
    tags: [],
    resources: [],
    asked: {},
  };
}

export function newCall(
  known: Pick<
    Call,
    'exchange' | 'receivedAt' | 'started' | 'source' | 'httpVersion' | 'head' | 'credential' | 'session' | 'held'
  >,
): Call {
  return {
    ...known,
    identity: known.credential.identity,
    connection: undefined,
    host: '',
    recordedTarget: pathOnly(known.head.target),
    classification: unclassified(known.head.method),
    verdict: { decision: 'deny', rule: 'not-judged' },
    requestBody: NO_BODY,
    restraint: undefined,
    imaged: undefined,
    intentRecorded: false,
    forwardedAt: undefined,
    firstByteAt: undefined,
  };
}

const pathOnly = (target: Target): string => targetText({ path: target.path, query: '' });

export function intentOf(call: Call): ExchangeIntent {
  const { head, connection } = call;
  return {
    exchange: call.exchange,
    receivedAt: call.receivedAt,
    session: call.session,
    identity: call.identity,
    client: clientOf(call),
    source: call.source,
    ...(connection && { connection: connection.name }),
    classification: call.classification,
    verdict: call.verdict,
    request: {
      method: head.method,
      target: call.recordedTarget,
      host: call.host,
      httpVersion: call.httpVersion,
      headers: head.headers,
      body: call.requestBody.info,
    },
    ...(call.imaged && { before: call.imaged.before.info }),
  };
}

/** What the caller says of itself; of a token's bearer that says nothing, what was said when the token was minted. */
function clientOf({ head: { client }, credential: { grant } }: Call): ClaimedClient {
  return grant?.agent === undefined || client.agent !== undefined ? client : { ...client, agent: grant.agent };
}

export function outcomeOf(call: Call, ending: Ending): ExchangeOutcome {
  return {
    exchange: call.exchange,
    outcome: ending.outcome,
    ...(ending.error && { error: { code: ending.error.code, message: ending.error.message } }),
    ...(ending.response && { response: ending.response }),
    ...(ending.requestBody && { requestBody: ending.requestBody.info }),
    ...(ending.resources && ending.resources.length > 0 && { resources: ending.resources }),
    timing: {
      ...(call.forwardedAt !== undefined && { forwarded: since(call, call.forwardedAt) }),
      ...(call.firstByteAt !== undefined && { firstByte: since(call, call.firstByteAt) }),
      completed: since(call, performance.now()),
    },
  };
}

/** Milliseconds since the call was received, to the tenth. */
const since = (call: Call, moment: number): number => Math.round((moment - call.started) * 10) / 10;
