// A recorded session as plain data: what a replay is made of. Whoever hands it over has verified it against the log.
import type { Outcome } from '../exchange/exchange.ts';
import type { ResourceImage } from '../exchange/image.ts';
import type { Action, Resource, RiskLevel, RiskTag } from '../exchange/operation.ts';

/** One recorded call. Bodies are without content-encoding. */
export interface RecordedCall {
  /** Exchange id. */
  readonly exchange: string;
  /** Milliseconds since the epoch at which it was received. */
  readonly time: number;
  readonly connection: string;
  /** `v1.UpdateMonitor` */
  readonly operation: string;
  readonly action: Action;
  readonly risk: RiskLevel;
  readonly tags: readonly RiskTag[];
  /** What it touched, the request's and the response's. */
  readonly resources: readonly Resource[];
  readonly method: string;
  /** Path and query as recorded. */
  readonly target: string;
  readonly contentType?: string;
  readonly request?: Uint8Array;
  readonly outcome: Outcome | 'pending';
  readonly status?: number;
  readonly response?: Uint8Array;
  /** Images of what it was made to, where they were recorded. */
  readonly before?: readonly ResourceImage[];
  readonly after?: readonly ResourceImage[];
  /** Why it cannot be sent again as it was: its body was erased, capped, or held secrets. One sentence. */
  readonly cannotSend?: string;
  /** Secrets of the request stand as fingerprints in the record. */
  readonly redacted?: boolean;
  /** Its response was not recorded in full. One sentence. */
  readonly responseMissing?: string;
}

/** A call of which only that it took place is known. */
export interface ErasedCall {
  readonly exchange: string;
  readonly time: number;
  readonly erased: true;
}

/** A session, and what the record shows of the organisation before it. */
export interface Recording {
  readonly session: string;
  /** In the order in which they were received. */
  readonly calls: readonly (RecordedCall | ErasedCall)[];
  /** Earlier calls on the same connections, oldest first. */
  readonly earlier: readonly RecordedCall[];
  /** What the verification said: how many entries, under which checkpoint. */
  readonly verified: { readonly entries: number; readonly size: number; readonly origin: string };
}

export const isErased = (call: RecordedCall | ErasedCall): call is ErasedCall => 'erased' in call;

/** The JSON of a recorded body; undefined for none, and for what is no JSON. */
export function jsonOf(body: Uint8Array | undefined): unknown {
  if (body === undefined || body.length === 0) return undefined;
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8'));
  } catch {
    return undefined;
  }
}

export const succeeded = (status: number | undefined): boolean => status !== undefined && status >= 200 && status < 300;
