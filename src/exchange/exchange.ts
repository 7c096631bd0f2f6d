// One exchange as the journal keeps it: who, what, verdict, request, response. These are the `summary` parts of entries.
import type { ClaimedClient, Identity } from './identity.ts';
import type { ImagesInfo } from './image.ts';
import type { Classification, Resource } from './operation.ts';

/** One header line as received: order, case and duplicates are kept, since they are evidence. */
export type Header = readonly [name: string, value: string];

/** What is known of a body beyond its bytes. */
export interface BodyInfo {
  /** Bytes that passed on the wire, without transfer coding. */
  readonly size: number;
  /** Bytes of it that the journal holds; differs from size when redacted or capped. */
  readonly recorded: number;
  /** JSON paths whose values were replaced by a keyed fingerprint. */
  readonly redacted?: readonly string[];
  /** Leaf indexes of the `exchange.chunk` entries that hold the body, in order; absent when the body is a part of this entry. */
  readonly chunks?: readonly number[];
  /** Hex SHA-256 of all recordable bytes, also of those past a cap. Only for chunked or capped bodies. */
  readonly sha256?: string;
  /**
   * Why the body is not held in full: a configured cap; a secret-bearing body that could not be parsed; a call refused before its
   * body was read; a body that held the caller's token or the connection's credential; `erased` is said on reading, never recorded.
   */
  readonly withheld?: 'cap' | 'unparseable-secrets' | 'not-read' | 'holds-credential' | 'erased';
  /** The content-encoding that was undone before recording, so that secrets could be taken out. */
  readonly decoded?: string;
}

/** `hold`: somebody has to approve the call; it was refused, and may be made again then. */
export type Decision = 'allow' | 'deny' | 'hold';

/** What policy said, and the rule that said so. */
export interface Verdict {
  readonly decision: Decision;
  readonly rule: string;
  readonly reason?: string;
}

/** The request as judged and forwarded; credential carriers are gone. */
export interface RecordedRequest {
  readonly method: string;
  /** Normalised path and query, the same bytes that go upstream. */
  readonly target: string;
  /** The Datadog host that the request is for, `api.datadoghq.com`. */
  readonly host: string;
  readonly httpVersion: string;
  readonly headers: readonly Header[];
  readonly body: BodyInfo;
}

export interface RecordedResponse {
  readonly status: number;
  readonly headers: readonly Header[];
  readonly trailers?: readonly Header[];
  readonly body: BodyInfo;
}

/** Everything known before the call is sent. The summary of an `exchange.intent` entry. */
export interface ExchangeIntent {
  /** UUIDv7; also the `x-dogwatch-exchange` header. */
  readonly exchange: string;
  /** Milliseconds since the epoch at which the request's head was received. */
  readonly receivedAt: number;
  /** Unique to one identity: two agents that name the same session have two sessions. */
  readonly session: string;
  /** Absent only when the caller could not be identified. */
  readonly identity?: Identity;
  readonly client: ClaimedClient;
  /** Address and port the request came from. */
  readonly source: string;
  readonly connection?: string;
  readonly classification: Classification;
  readonly verdict: Verdict;
  readonly request: RecordedRequest;
  /** Of a call that changes something: the images before it, which the part `before` holds. */
  readonly before?: ImagesInfo;
  /** Lists that only their beginning was kept of, because all would not fit in an entry: `queries`, `metrics`, `resources`, `chunks`. */
  readonly cut?: readonly string[];
}

/** How an exchange ended. */
export type Outcome =
  /** The response came and was passed on. */
  | 'complete'
  /** Dogwatch answered; nothing was sent to Datadog. */
  | 'refused'
  /** Datadog was asked, and gave no usable answer. */
  | 'upstream-failed'
  /** The agent went away before the response was complete. */
  | 'client-aborted'
  /** The gateway died between intent and outcome: Datadog may or may not have acted. */
  | 'unknown';

/** Everything known after the call. The summary of an `exchange.outcome` entry. */
export interface ExchangeOutcome {
  readonly exchange: string;
  readonly outcome: Outcome;
  /** A code of codes.ts when Dogwatch answered in Datadog's place. */
  readonly error?: { readonly code: string; readonly message: string };
  readonly response?: RecordedResponse;
  /** The request's body, when it was streamed and so not known at the time of the intent. */
  readonly requestBody?: BodyInfo;
  /** Resources that only the response could tell: the id of what was created. */
  readonly resources?: readonly Resource[];
  /** The images after the call, which the part `after` holds, where the response does not show what was changed. */
  readonly after?: ImagesInfo;
  /** As in the intent. */
  readonly cut?: readonly string[];
  /** Milliseconds from receivedAt. */
  readonly timing: { readonly forwarded?: number; readonly firstByte?: number; readonly completed: number };
}

/** The summary of an `exchange` entry: a read, or a refusal, recorded at once. */
export type ExchangeSummary = ExchangeIntent & ExchangeOutcome;

/** The summary of an `exchange.chunk` entry: one piece of a body too long for one entry. */
export interface ChunkSummary {
  readonly exchange: string;
  readonly direction: 'request' | 'response';
  /** 0-based position among the chunks of this direction. */
  readonly n: number;
  readonly offset: number;
  /** With the first chunk of a response: its head, since that leaves with it. */
  readonly head?: { readonly status: number; readonly headers: readonly Header[] };
}
