// A long response or an event stream: piece by piece, each piece durable before it leaves, in constant memory.
import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { DogwatchError } from '../exchange/error.ts';
import type { Header } from '../exchange/exchange.ts';
import type { Ending } from './call.ts';
import { intentOf } from './call.ts';
import { headerValue } from './headers.ts';
import { StreamScanner } from './needles.ts';
import { withheldBody } from './recorder.ts';
import { afterEarlyAnswer, toDogwatchError } from './refusal.ts';
import {
  credentialEcho,
  fieldsHold,
  type ResponderOptions,
  type ResponseHead,
  responseHeaders,
} from './response-parts.ts';
import type { Flow } from './upstream.ts';

/** The most bytes of one chunk entry, and the queue length at which Datadog is asked to pause. */
const CHUNK = 256 * 1024;
const PAUSE_AT = 2 * CHUNK;

const NOTHING = Buffer.alloc(0);

export class StreamedResponse {
  #options: ResponderOptions;
  #head: ResponseHead;
  #flow: Flow;
  #scanner: StreamScanner;
  /** A secret-bearing body too long to be read as a whole is passed on but not recorded. */
  #withhold: boolean;
  /** Whether the head leaves before there is a body: an event stream may say nothing for long. */
  #headAtOnce: boolean;
  #queue: Buffer[] = [];
  #queued = 0;
  #paused = false;
  #pumping = false;
  #ended: readonly Header[] | undefined;
  #failed: DogwatchError | undefined;
  #aborted = false;
  #over = false;
  #started = false;
  #size = 0;
  #recorded = 0;
  #chunks: number[] = [];
  #next = 0;
  #headRecorded = false;
  #hash = createHash('sha256');

  constructor(
    options: ResponderOptions,
    head: ResponseHead,
    flow: Flow,
    how: { readonly withhold: boolean; readonly headAtOnce: boolean },
  ) {
    this.#options = options;
    this.#head = head;
    this.#flow = flow;
    this.#withhold = how.withhold;
    this.#headAtOnce = how.headAtOnce;
    this.#scanner = new StreamScanner(options.secrets);
    if (options.res.destroyed) this.#abort();
    else options.res.once('close', () => this.#abort());
    this.#pump();
  }

  data(chunk: Buffer): void {
    this.#queue.push(chunk);
    this.#queued += chunk.length;
    if (this.#queued >= PAUSE_AT && !this.#paused) {
      this.#paused = true;
      this.#flow.pause();
    }
    this.#pump();
  }

  end(trailers: readonly Header[]): void {
    this.#ended = trailers;
    this.#pump();
  }

  error(error: DogwatchError): void {
    this.#failed ??= error;
    this.#pump();
  }

  #abort(): void {
    if (this.#over || this.#options.res.writableFinished) return;
    this.#aborted = true;
    this.#flow.abort();
    this.#pump();
  }

  #pump(): void {
    if (this.#pumping || this.#over) return;
    this.#pumping = true;
    this.#work()
      .catch((error: unknown) => this.#finish({ outcome: 'upstream-failed', error: toDogwatchError(error) }))
      .catch(() => this.#options.res.destroy())
      .finally(() => {
        this.#pumping = false;
        // Something may have come between the last look and here.
        if (this.#queue.length > 0 || this.#ended || this.#failed || this.#aborted) this.#pump();
      });
  }

  async #work(): Promise<void> {
    if (!this.#started) await this.#start();
    while (!this.#over) {
      if (this.#aborted) return this.#finish({ outcome: 'client-aborted' });
      if (this.#queue.length > 0) {
        const piece = this.#scanner.push(this.#take());
        if (piece === undefined) throw credentialEcho();
        await this.#pass(piece);
      } else if (this.#failed) {
        return this.#finish({ outcome: 'upstream-failed', error: this.#failed });
      } else if (this.#ended) {
        await this.#pass(this.#scanner.end());
        if (fieldsHold(this.#ended, this.#options.secrets)) {
          this.#ended = [];
          throw credentialEcho();
        }
        return this.#finish({ outcome: 'complete' });
      } else {
        return;
      }
    }
  }

  /** The intent must be durable before the first chunk, also of a read, so that what follows can be attributed. */
  async #start(): Promise<void> {
    const { call, recorder, secrets, res } = this.#options;
    this.#started = true;
    if (fieldsHold(this.#head.headers, secrets)) throw this.#headless(credentialEcho());
    if (!call.intentRecorded) {
      await recorder.intent(intentOf(call), call.requestBody);
      call.intentRecorded = true;
    }
    if (!this.#headAtOnce || this.#queue.length > 0 || this.#ended || this.#failed || this.#aborted) return;
    await this.#pass(NOTHING);
    res.flushHeaders();
  }

  /** Takes the head's values out of the record, after one of them turned out to hold the credential. */
  #headless(error: DogwatchError): DogwatchError {
    this.#head = { status: this.#head.status, headers: [] };
    return error;
  }

  #take(): Buffer {
    const taken: Buffer[] = [];
    let size = 0;
    while (this.#queue.length > 0 && size < CHUNK) {
      const next = this.#queue[0]!;
      const room = CHUNK - size;
      if (next.length <= room) this.#queue.shift();
      else this.#queue[0] = next.subarray(room);
      taken.push(next.length <= room ? next : next.subarray(0, room));
      size += Math.min(next.length, room);
    }
    this.#queued -= size;
    if (this.#paused && this.#queued < CHUNK) {
      this.#paused = false;
      this.#flow.resume();
    }
    return taken.length === 1 ? taken[0]! : Buffer.concat(taken, size);
  }

  /** Records a piece, then releases it. */
  async #pass(piece: Buffer): Promise<void> {
    const { call, recorder, res } = this.#options;
    if (piece.length > 0 || !this.#headRecorded) {
      this.#hash.update(piece);
      const room = this.#withhold ? 0 : Math.max(0, recorder.cap('response') - this.#recorded);
      const kept = piece.length <= room ? piece : piece.subarray(0, room);
      if (kept.length > 0 || !this.#headRecorded) {
        const n = this.#next++;
        const head = n === 0 ? { head: { status: this.#head.status, headers: this.#head.headers } } : {};
        const leaf = await recorder.chunk(
          { exchange: call.exchange, direction: 'response', n, offset: this.#recorded, ...head },
          kept,
        );
        this.#headRecorded = true;
        if (kept.length > 0) this.#chunks.push(leaf);
        this.#recorded += kept.length;
      }
      this.#size += piece.length;
    }
    if (this.#aborted || res.destroyed) return;
    this.#sendHead();
    if (piece.length > 0 && !res.write(piece)) await drained(res);
  }

  #sendHead(): void {
    const { call, res } = this.#options;
    if (res.headersSent) return;
    const headers = responseHeaders(call, this.#head);
    const length = headerValue(this.#head.headers, 'content-length');
    if (length !== undefined) headers.push('content-length', length);
    res.sendDate = false;
    res.writeHead(this.#head.status, headers);
  }

  /** Records the end; only then may the client see that the body is complete. */
  async #finish(how: Pick<Ending, 'outcome' | 'error'>): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    const { res } = this.#options;
    this.#flow.abort();
    const info = this.#withhold
      ? withheldBody(this.#size, 'unparseable-secrets').info
      : {
          size: this.#size,
          recorded: this.#recorded,
          chunks: this.#chunks,
          sha256: this.#hash.digest('hex'),
          ...(this.#recorded < this.#size && { withheld: 'cap' as const }),
        };
    const trailers = this.#ended && this.#ended.length > 0 ? { trailers: this.#ended } : {};
    try {
      await this.#options.end(
        { ...how, response: { status: this.#head.status, headers: this.#head.headers, ...trailers, body: info } },
        { info },
      );
      if (how.outcome === 'complete') {
        this.#sendHead();
        if (this.#ended!.length > 0) res.addTrailers(this.#ended as [string, string][]);
        res.end();
        afterEarlyAnswer(res.req);
      } else if (!res.headersSent && how.error) this.#options.refuse(how.error);
      else res.destroy();
    } finally {
      this.#options.done();
    }
  }
}

/** Resolves when the client has taken what was written, or is gone. */
function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      res.off('drain', done).off('close', done);
      resolve();
    };
    res.on('drain', done).on('close', done);
    if (res.destroyed) done();
  });
}
