// Images: reads what a call is about to change, and again afterwards where its answer does not show it. A call never fails for it.
import { afterOf, imageIn, type NoRead, type Read, readOf } from '../datadog/before.ts';
import { operationByKey } from '../datadog/catalogue.ts';
import { isJson } from '../datadog/json-scan.ts';
import { redactedValue } from '../datadog/secrets.ts';
import { normaliseTarget, targetText } from '../datadog/target.ts';
import type { SkippedImage } from '../exchange/image.ts';
import type { Fingerprint } from '../exchange/keys.ts';
import type { Connection, Credential, Vault } from '../vault/vault.ts';
import type { Call, Ending } from './call.ts';
import { codingsOf, decodeContent } from './content-coding.ts';
import { headerList, headerValue } from './headers.ts';
import type { Imaged, RecordableImages } from './image-parts.ts';
import { holdsSecret } from './needles.ts';
import { type KnownLimit, RateShare } from './rate-share.ts';
import { readOwn } from './read-image.ts';
import type { Recorder } from './recorder.ts';
import type { Upstreams } from './upstream.ts';

export interface ImageLimits {
  /** Milliseconds for all reads of one call before it, and as many after it. */
  readonly timeout: number;
  /** Bytes of one image. */
  readonly size: number;
  /** Of the connection's rate limits, 0 to 1. */
  readonly share: number;
}

/** Reads of one call that are under way at once. */
const AT_ONCE = 4;
/** Bytes that the images of one call take together: a part of an entry has no room for more. */
const TOGETHER = 1000 * 1024;
const OPEN = Buffer.from('[');
const COMMA = Buffer.from(',\n');
const CLOSE = Buffer.from(']\n');

interface Context {
  readonly upstreams: Upstreams;
  readonly vault: Vault;
  readonly recorder: Recorder;
  readonly fingerprint: Fingerprint;
}

export class Images {
  readonly #context: Context;
  readonly #limits: ImageLimits;
  readonly #rates: RateShare;

  constructor(context: Context, limits: ImageLimits) {
    this.#context = context;
    this.#limits = limits;
    this.#rates = new RateShare(limits.share);
  }

  /**
   * The images before a call. Undefined for calls that change nothing that was there.
   * @param body of the request, without content-encoding, as far as it was read
   */
  before(call: Call, connection: Connection, body: Uint8Array): Promise<Imaged> | undefined {
    const { action, operation } = call.classification;
    if (action === 'read') return undefined;
    const reads = readsOf(call, body);
    if ('none' in reads) {
      // Of what is created, sent or run nothing is missing.
      if (action === 'create' || action === 'execute' || operationByKey(operation) === undefined) return undefined;
      return Promise.resolve({ connection, reads: [], before: skippedAll(reads.none) });
    }
    if (!connection.images) {
      return Promise.resolve({ connection, reads: [], before: skippedAll('switched off for the connection') });
    }
    return this.#read(call, connection, reads).then((before) => ({ connection, reads, before }));
  }

  /** Datadog's rate limits, as the answers to these reads told of them. */
  limitsOf(connection: string): KnownLimit[] {
    return this.#rates.limitsOf(connection, performance.now());
  }

  /** The images after a call, where its own answer does not show what it changed. */
  after(call: Call, { connection, reads }: Imaged, ending: Ending): Promise<RecordableImages> | undefined {
    if (reads.length === 0 || ending.outcome === 'refused') return undefined;
    const shown = afterOf(call.classification.operation);
    if (shown === 'gone' || shown === 'unknown') return undefined;
    const status = ending.response?.status;
    // Without an answer nobody knows whether Datadog acted; what there is now tells.
    const wanted =
      status === undefined
        ? ending.outcome === 'upstream-failed' && ending.error?.code !== 'upstream_unreachable'
        : status < 300 && (shown === 'read' || ending.outcome !== 'complete');
    return wanted ? this.#read(call, connection, reads) : undefined;
  }

  async #read(call: Call, connection: Connection, reads: readonly Read[]): Promise<RecordableImages> {
    const began = performance.now();
    const pieces: Buffer[] = [];
    const redacted = new Set<string>();
    const skipped: SkippedImage[] = [];
    let room = TOGETHER;
    let credential: Credential;
    try {
      credential = this.#context.vault.credentialNow(connection.name);
    } catch {
      return skippedAll("the connection's credential cannot be read");
    }
    const readOne = async (read: Read): Promise<void> => {
      const { kind } = read;
      const id = recordedId(read, call, this.#context.fingerprint);
      const left = this.#limits.timeout - (performance.now() - began);
      const made = await this.#image(call, connection, credential, read, id, left).catch(() => ({
        why: 'it could not be read',
      }));
      if ('why' in made) skipped.push({ kind, id, why: made.why });
      else if (made.bytes.length + COMMA.length > room)
        skipped.push({ kind, id, why: 'all images together are too long' });
      else {
        room -= made.bytes.length + COMMA.length;
        pieces.push(pieces.length === 0 ? OPEN : COMMA, made.bytes);
        for (const path of made.redacted) redacted.add(path);
      }
    };
    const waiting = reads.values();
    const work = async (): Promise<void> => {
      for (const read of waiting) await readOne(read);
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, reads.length) }, work));
    const bytes = pieces.length === 0 ? undefined : Buffer.concat([...pieces, CLOSE]);
    return {
      info: {
        images: pieces.length / 2,
        recorded: bytes?.length ?? 0,
        took: Math.round((performance.now() - began) * 10) / 10,
        ...(redacted.size > 0 && { redacted: [...redacted] }),
        ...(skipped.length > 0 && { skipped }),
      },
      ...(bytes && { bytes }),
    };
  }

  async #image(
    call: Call,
    connection: Connection,
    credential: Credential,
    read: Read,
    id: string,
    time: number,
  ): Promise<{ bytes: Buffer; redacted: readonly string[] } | { why: string }> {
    const { kind, operation, pick } = read;
    if (time <= 0) return { why: `there was no time left of ${this.#limits.timeout} ms` };
    if (!this.#rates.take(connection.name, operation, performance.now())) {
      return { why: "the gateway's share of the rate limit is used up" };
    }
    const answer = await readOwn(this.#context.upstreams, {
      connection,
      credential,
      host: operationByKey(operation)?.host ?? 'api',
      target: targetText(normaliseTarget(read.target)),
      exchange: call.exchange,
      time: Math.ceil(time),
      size: this.#limits.size,
      room: (bytes) => call.held.take(bytes),
    });
    if ('why' in answer) return answer;
    const { status, headers } = answer;
    this.#rates.learn(connection.name, operation, status, headers, performance.now());
    const about = { kind, id, operation };
    if (status === 404) return { bytes: Buffer.from(JSON.stringify(about)), redacted: [] };
    if (status !== 200) return { why: `Datadog answered ${status}` };
    const codings = codingsOf(headerList(headers, 'content-encoding'));
    const plain = await decodeContent(answer.body, codings, this.#limits.size);
    if (holdsSecret(Buffer.from(plain), this.#context.vault.secretsOf(connection.name))) {
      return { why: "it holds the connection's own credential" };
    }
    // What is read holds what the reading operation shows: its secrets, not those of the change.
    const type = headerValue(headers, 'content-type');
    const { info, bytes } = await this.#context.recorder.recordable(operation, 'response', plain, type, undefined);
    if (bytes === undefined || info.withheld !== undefined) {
      return { why: info.withheld === 'cap' ? 'it is longer than what is recorded of a response' : 'it is no JSON' };
    }
    const redacted = info.redacted ?? [];
    const head = JSON.stringify(about).slice(0, -1);
    if (pick === undefined) {
      if (!isJson(Buffer.from(bytes))) return { why: 'it is no JSON' };
      return { bytes: Buffer.concat([Buffer.from(`${head},"answer":`), bytes, Buffer.from('}')]), redacted };
    }
    // The one that is wanted is known by its real value, which may be a secret; the record has the redacted one.
    const item = imageIn(JSON.parse(Buffer.from(bytes).toString('utf8')), {
      ...pick,
      value: id === read.id ? pick.value : id,
    });
    if (item === undefined) return { why: 'the first page of the list does not have it' };
    return { bytes: Buffer.from(`${head},"answer":${JSON.stringify(item)},"picked":true}`), redacted };
  }
}

function readsOf(call: Call, body: Uint8Array): readonly Read[] | NoRead {
  try {
    return readOf(call.classification.operation, targetText(call.head.target), body);
  } catch {
    return { none: 'the request does not tell what it changes' };
  }
}

/** The id as the classification has it: a fingerprint where the id is a secret itself. */
function recordedId({ kind, id }: Read, call: Call, fingerprint: Fingerprint): string {
  const { resources } = call.classification;
  const has = (wanted: string): boolean => resources.some((each) => each.kind === kind && each.id === wanted);
  // What the classification does not tell of may be a secret.
  return id === '-' || has(id) ? id : redactedValue(id, fingerprint);
}

const skippedAll = (why: string): RecordableImages => ({
  info: { images: 0, recorded: 0, took: 0, skipped: [{ why }] },
});
