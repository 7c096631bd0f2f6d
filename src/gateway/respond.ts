// Receives Datadog's answer, records it, and only then lets it go to the agent.
import type { ServerResponse } from 'node:http';
import { byName } from '../datadog/by-name.ts';
import { createdResources } from '../datadog/classify.ts';
import { hasSecrets } from '../datadog/secrets.ts';
import type { DogwatchError } from '../exchange/error.ts';
import type { Header } from '../exchange/exchange.ts';
import type { Call, Ending } from './call.ts';
import { codingsOf, decodeContent } from './content-coding.ts';
import { headerList, headerValue } from './headers.ts';
import { holdsSecret } from './needles.ts';
import { NO_BODY, type RecordableBody, withheldBody } from './recorder.ts';
import { afterEarlyAnswer, toDogwatchError } from './refusal.ts';
import {
  credentialEcho,
  fieldsHold,
  passableTrailers,
  type ResponderOptions,
  type ResponseHead,
  responseHeaders,
} from './response-parts.ts';
import { StreamedResponse } from './streamed-response.ts';
import type { Flow, ResponseSink } from './upstream.ts';

/** Whether a response to this method and status has no body whatever its headers say (RFC 9112 section 6.3). */
export const bodiless = (method: string, status: number): boolean =>
  method === 'HEAD' || status === 204 || status === 304;

/** A sink that holds the response until it is whole, or hands over to a StreamedResponse when it is long or an event stream. */
export function responder(options: ResponderOptions): ResponseSink {
  const { call } = options;
  let head: ResponseHead = { status: 502, headers: [] };
  let flow: Flow | undefined;
  let streamed: StreamedResponse | undefined;
  const secretBearing = hasSecrets(call.classification.operation, 'response');
  const limit = secretBearing ? options.holdSecrets : options.hold;
  let chunks: Buffer[] = [];
  let size = 0;

  let roomTaken = false;
  let noRoom: DogwatchError | undefined;

  /** A read that finds no room is given up. What a change was answered is held all the same: it must be told. */
  const takeRoom = (): void => {
    roomTaken = true;
    try {
      call.held.take(limit);
    } catch (error) {
      if (call.classification.action !== 'read') return;
      noRoom = toDogwatchError(error);
      flow?.abort();
    }
  };
  const stream = (): void => {
    streamed = new StreamedResponse(options, head, flow!, { withhold: secretBearing, headAtOnce: chunks.length === 0 });
    for (const chunk of chunks) streamed.data(chunk);
    chunks = [];
  };

  return {
    head(status, headers, upstreamFlow) {
      call.firstByteAt = performance.now();
      flow = upstreamFlow;
      head = { status, headers: withoutCookies(headers) };
      const type = headerValue(headers, 'content-type')?.toLowerCase();
      if (type?.startsWith('text/event-stream') && !bodiless(call.head.method, status)) stream();
    },
    data(chunk) {
      if (streamed) return streamed.data(chunk);
      chunks.push(chunk);
      size += chunk.length;
      if (size > limit) stream();
      else if (size > options.hold && !roomTaken) takeRoom();
    },
    end(received) {
      const trailers = passableTrailers(received);
      if (streamed) return streamed.end(trailers);
      const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size);
      void finishHeld(options, head, body, trailers);
    },
    error(told) {
      const error = noRoom ?? told;
      if (streamed) return streamed.error(error);
      options
        .end({ outcome: 'upstream-failed', error }, NO_BODY)
        .then(() => options.refuse(error), options.refuse)
        .finally(options.done);
    },
  };
}

/** Records a held response, then releases it. Never rejects. */
async function finishHeld(
  options: ResponderOptions,
  head: ResponseHead,
  body: Buffer,
  trailers: Header[],
): Promise<void> {
  try {
    await recordAndRelease(options, head, body, trailers);
  } catch (error) {
    options.refuse(error);
  } finally {
    options.done();
  }
}

/** A response that cannot be examined is recorded as a failure, and not released. */
async function recordAndRelease(
  options: ResponderOptions,
  head: ResponseHead,
  body: Buffer,
  trailers: Header[],
): Promise<void> {
  const { call, res } = options;
  const { ending, recorded } = await examine(options, head, body, trailers).catch((thrown: unknown): Examined => {
    return { ending: { outcome: 'upstream-failed', error: toDogwatchError(thrown) }, recorded: NO_BODY };
  });
  const gone = res.destroyed;
  await options.end(gone && !ending.error ? { ...ending, outcome: 'client-aborted' } : ending, recorded);
  if (ending.error) options.refuse(ending.error);
  else if (!gone) release(call, res, head, body, trailers);
}

interface Examined {
  readonly ending: Ending;
  readonly recorded: RecordableBody;
}

async function examine(
  { call, recorder, secrets, holdSecrets }: ResponderOptions,
  head: ResponseHead,
  body: Buffer,
  trailers: Header[],
): Promise<Examined> {
  const { operation } = call.classification;
  const encoding = headerList(head.headers, 'content-encoding');
  const readable =
    encoding === undefined || body.length === 0 ? body : await readableBytes(body, encoding, holdSecrets);
  if (holdsSecret(readable, secrets) || fieldsHold(head.headers, secrets) || fieldsHold(trailers, secrets)) {
    const withheld = withheldBody(body.length, 'holds-credential').info;
    const response = { status: head.status, headers: [], body: withheld };
    return { ending: { outcome: 'upstream-failed', error: credentialEcho(), response }, recorded: NO_BODY };
  }
  const made = recorder.recordable(operation, 'response', body, headerValue(head.headers, 'content-type'), encoding);
  const recorded = made instanceof Promise ? await made : made;
  const resources =
    call.classification.action === 'read'
      ? []
      : createdResources(operation, head.status, readable, recorder.fingerprint);
  const response = {
    status: head.status,
    headers: head.headers,
    ...(trailers.length > 0 && { trailers }),
    body: recorded.info,
  };
  return { ending: { outcome: 'complete', response, resources }, recorded };
}

async function readableBytes(body: Buffer, encoding: string, limit: number): Promise<Buffer> {
  try {
    const decoded = await decodeContent(body, codingsOf(encoding), limit);
    return Buffer.from(decoded.buffer, decoded.byteOffset, decoded.byteLength);
  } catch {
    return body; // Passed on as it is: it is the client's to make sense of.
  }
}

function release(call: Call, res: ServerResponse, head: ResponseHead, body: Buffer, trailers: readonly Header[]): void {
  const headers = responseHeaders(call, head);
  // Trailers need the chunked coding, which HTTP/1.0 has not (RFC 9112 section 7.1).
  const withTrailers = trailers.length > 0 && call.httpVersion === '1.1' && !bodiless(call.head.method, head.status);
  if (withTrailers) headers.push('trailer', trailers.map(([name]) => name).join(', '));
  else if (!bodiless(call.head.method, head.status)) headers.push('content-length', String(body.length));
  else if (call.head.method === 'HEAD') {
    const length = headerValue(head.headers, 'content-length');
    if (length !== undefined) headers.push('content-length', length);
  }
  res.sendDate = false;
  res.writeHead(head.status, headers);
  if (withTrailers) {
    res.write(body);
    res.addTrailers(trailers as [string, string][]);
    res.end();
  } else {
    res.end(body);
  }
  afterEarlyAnswer(res.req);
}

/** Datadog's cookies belong to the connection, not to the agent; their values are credentials and are not kept. */
function withoutCookies(headers: Header[]): Header[] {
  return headers.map((header) => (isCookie(header[0]) ? [header[0], '(withheld)'] : header));
}
const isCookie = byName((name) => name.toLowerCase() === 'set-cookie');
