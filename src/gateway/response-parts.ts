// What held and streamed responses share: their options, the head that goes to the agent, the refusal of an echoed credential.
import type { ServerResponse } from 'node:http';
import { byName } from '../datadog/by-name.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { Header } from '../exchange/exchange.ts';
import type { Call, Ending } from './call.ts';
import { endToEnd, flatten } from './headers.ts';
import { textsHoldSecret } from './needles.ts';
import type { RecordableBody, Recorder } from './recorder.ts';

export interface ResponderOptions {
  readonly call: Call;
  readonly res: ServerResponse;
  readonly recorder: Recorder;
  /** The connection's own secrets, which must not come back. */
  readonly secrets: readonly Buffer[];
  /** Bytes up to which a body is held, ordinarily and for bodies that hold secrets. */
  readonly hold: number;
  readonly holdSecrets: number;
  /** Records the end of the exchange; resolves when that is durable. */
  readonly end: (ending: Ending, response: RecordableBody) => Promise<void>;
  /** Answers in Datadog's place, after the end was recorded. */
  readonly refuse: (error: unknown) => void;
  /** Called once, when everything is over. */
  readonly done: () => void;
}

export interface ResponseHead {
  readonly status: number;
  /** As received, with cookies taken out. */
  readonly headers: readonly Header[];
}

export const credentialEcho = (): DogwatchError =>
  new DogwatchError('credential_echo', "the response held the connection's own credential and was not passed on", {
    remedy: 'ask an administrator of Dogwatch; the call itself was carried out',
  });

/** Whether one of the secrets stands in the value of a header or trailer. */
export const fieldsHold = (fields: readonly Header[], secrets: readonly Buffer[]): boolean =>
  textsHoldSecret(
    fields.map(([, value]) => value),
    secrets,
  );

/** Trailers that say nothing of framing, and are no cookies (RFC 9110 section 6.5.1). */
export const passableTrailers = (trailers: readonly Header[]): Header[] =>
  trailers.length === 0 ? [] : endToEnd(trailers).filter(([name]) => !isKeptHere(name));

/** The length is set anew; cookies belong to the connection; what bears our name is ours to say. */
const KEPT_HERE = new Set(['content-length', 'set-cookie', 'x-dogwatch-exchange', 'x-dogwatch-error']);
const isKeptHere = byName((name) => KEPT_HERE.has(name.toLowerCase()));

/** End-to-end headers as a flat list, without the length, with the exchange's id. */
export function responseHeaders(call: Call, head: ResponseHead): string[] {
  const headers = flatten(endToEnd(head.headers).filter(([name]) => !isKeptHere(name)));
  headers.push('x-dogwatch-exchange', call.exchange);
  return headers;
}
