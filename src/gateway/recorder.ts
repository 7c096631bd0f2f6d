// Turns the steps of an exchange into journal entries. Every function resolves once the entry is durable.
import { createHash } from 'node:crypto';
import { hasSecrets, redactBody } from '../datadog/secrets.ts';
import { newId } from '../exchange/canonical.ts';
import type { Entry, RefusedToken } from '../exchange/entry.ts';
import type { BodyInfo, ChunkSummary, ExchangeIntent, ExchangeOutcome, ExchangeSummary } from '../exchange/exchange.ts';
import type { Fingerprint } from '../exchange/keys.ts';
import type { Journal } from '../journal/journal.ts';
import { MAX_PART } from '../journal/record.ts';
import { codingsOf, decodeContent } from './content-coding.ts';
import type { RecordableImages } from './image-parts.ts';
import { shortened } from './summary-bounds.ts';

/** A body as the journal takes it. */
export interface RecordableBody {
  readonly info: BodyInfo;
  readonly bytes?: Uint8Array;
}

export interface RecorderOptions {
  readonly journal: Pick<Journal, 'append'>;
  readonly fingerprint: Fingerprint;
  readonly caps: { readonly request: number | undefined; readonly response: number | undefined };
  /** The most bytes that a compressed body may decompress to. */
  readonly decompressed: number;
}

/** Bytes of a chunk entry, where a held body is recorded in chunks. */
const PIECE = 256 * 1024;

export const NO_BODY: RecordableBody = { info: { size: 0, recorded: 0 } };

/** A body of which nothing is kept, and why. */
export const withheldBody = (size: number, withheld: NonNullable<BodyInfo['withheld']>): RecordableBody => ({
  info: { size, recorded: 0, withheld },
});

export class Recorder {
  #options: RecorderOptions;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  get fingerprint(): Fingerprint {
    return this.#options.fingerprint;
  }

  /** How much of a body may be recorded, in bytes. */
  cap(direction: 'request' | 'response'): number {
    return this.#options.caps[direction] ?? Number.POSITIVE_INFINITY;
  }

  /**
   * The recordable form of a body that is at hand: secrets that the catalogue knows are replaced by fingerprints, and a configured
   * cap is applied, visibly. Synchronous unless the body is both secret-bearing and compressed.
   */
  recordable(
    operation: string,
    direction: 'request' | 'response',
    bytes: Uint8Array,
    contentType: string | undefined,
    contentEncoding: string | undefined,
  ): RecordableBody | Promise<RecordableBody> {
    if (bytes.length === 0) return NO_BODY;
    if (!hasSecrets(operation, direction)) return this.#capped(direction, bytes, bytes.length, {});
    const codings = codingsOf(contentEncoding);
    if (codings.length === 0) return this.#redacted(operation, direction, bytes, bytes.length, contentType, {});
    return decodeContent(bytes, codings, this.#options.decompressed).then(
      (decoded) =>
        this.#redacted(operation, direction, decoded, bytes.length, contentType, { decoded: codings.join(', ') }),
      () => withheldBody(bytes.length, 'unparseable-secrets'),
    );
  }

  /** A whole exchange at once. */
  async whole(summary: ExchangeSummary, request: RecordableBody, response: RecordableBody): Promise<number> {
    if (fits(request) && fits(response)) {
      return this.#append(summary.exchange, 'exchange', summary, request.bytes, response.bytes);
    }
    const asked = await this.#inPieces(summary.exchange, 'request', request);
    const answered = await this.#inPieces(summary.exchange, 'response', response);
    const placed = withResponseBody(withRequestBody(summary, asked.info), answered.info);
    return this.#append(summary.exchange, 'exchange', placed, asked.bytes, answered.bytes);
  }

  /** @param before the images, of which `summary.before` tells */
  async intent(summary: ExchangeIntent, request: RecordableBody, before?: RecordableImages): Promise<number> {
    const images = before?.bytes;
    if (fits(request))
      return this.#append(summary.exchange, 'exchange.intent', summary, request.bytes, undefined, { before: images });
    const asked = await this.#inPieces(summary.exchange, 'request', request);
    const placed = withRequestBody(summary, asked.info);
    return this.#append(summary.exchange, 'exchange.intent', placed, asked.bytes, undefined, { before: images });
  }

  /** @param after the images, of which `summary.after` tells */
  async outcome(summary: ExchangeOutcome, response: RecordableBody, after?: RecordableImages): Promise<number> {
    const images = after?.bytes;
    if (fits(response))
      return this.#append(newId(), 'exchange.outcome', summary, undefined, response.bytes, { after: images });
    const answered = await this.#inPieces(summary.exchange, 'response', response);
    const placed = withResponseBody(summary, answered.info);
    return this.#append(newId(), 'exchange.outcome', placed, undefined, answered.bytes, { after: images });
  }

  chunk(summary: ChunkSummary, bytes: Uint8Array): Promise<number> {
    const [request, response] = summary.direction === 'request' ? [bytes, undefined] : [undefined, bytes];
    return this.#append(newId(), 'exchange.chunk', summary, request, response);
  }

  refusedToken(summary: RefusedToken): Promise<number> {
    return this.#append(newId(), 'identity.refused', summary, undefined, undefined);
  }

  /** A body that is too long for one entry goes into chunk entries; what is left is its description. */
  async #inPieces(exchange: string, direction: 'request' | 'response', body: RecordableBody): Promise<RecordableBody> {
    const { bytes, info } = body;
    if (bytes === undefined || fits(body)) return body;
    const chunks: number[] = [];
    for (let offset = 0; offset < bytes.length; offset += PIECE) {
      const piece = bytes.subarray(offset, offset + PIECE);
      chunks.push(await this.chunk({ exchange, direction, n: chunks.length, offset }, piece));
    }
    const sha256 = info.sha256 ?? createHash('sha256').update(bytes).digest('hex');
    return { info: { ...info, chunks, sha256 } };
  }

  #append(
    id: string,
    kind: Entry['kind'],
    summary: object,
    request: Uint8Array | undefined,
    response: Uint8Array | undefined,
    images?: { readonly before?: Uint8Array | undefined; readonly after?: Uint8Array | undefined },
  ): Promise<number> {
    const parts: { -readonly [Part in keyof Entry['parts']]: Entry['parts'][Part] } = {
      summary: Buffer.from(JSON.stringify(summary)),
    };
    if (parts.summary.length > MAX_PART) parts.summary = Buffer.from(JSON.stringify(shortened(summary)));
    if (request !== undefined && request.length > 0) parts.request = request;
    if (response !== undefined && response.length > 0) parts.response = response;
    if (images?.before !== undefined) parts.before = images.before;
    if (images?.after !== undefined) parts.after = images.after;
    return this.#options.journal.append({ id, time: Date.now(), kind, parts });
  }

  #redacted(
    operation: string,
    direction: 'request' | 'response',
    bytes: Uint8Array,
    size: number,
    contentType: string | undefined,
    extra: Partial<BodyInfo>,
  ): RecordableBody {
    const result = redactBody(operation, direction, bytes, contentType, this.#options.fingerprint);
    if (result === 'unparseable') return withheldBody(size, 'unparseable-secrets');
    const redacted = result.redacted.length > 0 ? { redacted: result.redacted } : {};
    return this.#capped(direction, result.bytes, size, { ...extra, ...redacted });
  }

  #capped(
    direction: 'request' | 'response',
    bytes: Uint8Array,
    size: number,
    extra: Partial<BodyInfo>,
  ): RecordableBody {
    const cap = this.cap(direction);
    if (bytes.length <= cap) return { info: { size, recorded: bytes.length, ...extra }, bytes };
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { info: { size, recorded: cap, sha256, withheld: 'cap', ...extra }, bytes: bytes.subarray(0, cap) };
  }
}

const fits = (body: RecordableBody): boolean => body.bytes === undefined || body.bytes.length <= MAX_PART;

function withRequestBody<T extends ExchangeIntent>(summary: T, body: BodyInfo): T {
  return { ...summary, request: { ...summary.request, body } };
}

function withResponseBody<T extends ExchangeOutcome>(summary: T, body: BodyInfo): T {
  return summary.response === undefined ? summary : { ...summary, response: { ...summary.response, body } };
}
