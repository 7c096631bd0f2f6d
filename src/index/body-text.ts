// The text of a recorded body: content-encodings undone, within bounds, and JSON escapes resolved.
import { type Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';
import type { BodyInfo, Header } from '../exchange/exchange.ts';

/** Bytes of one body that are searchable, counted after decompression. */
export const SEARCHABLE_BYTES = 1 << 20;

/** A body ready to be cut into words. */
export interface BodyText {
  readonly bytes: Uint8Array;
  /** Backslashes are escapes: the body is JSON, or events that hold JSON. */
  readonly escaped: boolean;
}

const NO_TEXT = /^(image|audio|video|font)\/|protobuf|octet-stream|application\/(zip|gzip|wasm)/i;

/** The searchable text of a body, or undefined when it has none (images, what cannot be decoded). */
export async function bodyText(
  bytes: Uint8Array,
  headers: readonly Header[],
  info: BodyInfo,
): Promise<BodyText | undefined> {
  const type = headerOf(headers, 'content-type') ?? '';
  if (NO_TEXT.test(type)) return undefined;
  const coding = info.decoded === undefined ? headerOf(headers, 'content-encoding') : undefined;
  let plain = bytes;
  if (coding !== undefined && coding !== '') {
    const decoded = await decode(bytes, coding);
    if (!decoded) return undefined;
    plain = decoded;
  }
  if (plain.length > SEARCHABLE_BYTES) plain = plain.subarray(0, SEARCHABLE_BYTES);
  return { bytes: plain, escaped: beginsAsJson(plain) || /json|event-stream/i.test(type) };
}

/** A body whose backslashes are escapes, with them resolved. */
export const resolveEscapes = (bytes: Uint8Array): BodyText => ({
  bytes: Buffer.from(unescapeJson(decoder.decode(bytes))),
  escaped: false,
});
const decoder = new TextDecoder();

/** The text with JSON escapes resolved; those of control characters, quotation marks and slashes become spaces. */
export const unescapeJson = (text: string): string =>
  text.replace(/\\(?:u([0-9a-fA-F]{4})|[\s\S])/g, (_, hex: string | undefined) =>
    hex === undefined ? ' ' : String.fromCharCode(Number.parseInt(hex, 16)),
  );

function beginsAsJson(bytes: Uint8Array): boolean {
  let at = 0;
  while (at < 16 && (bytes[at] ?? 0) <= 0x20 && at < bytes.length) at++;
  const first = bytes[at];
  return first === 0x7b || first === 0x5b || first === 0x22;
}

function headerOf(headers: readonly Header[], name: string): string | undefined {
  for (const [key, value] of headers) if (key.length === name.length && key.toLowerCase() === name) return value;
  return undefined;
}

/** Undoes content codings (RFC 9110 section 8.4), at most three, each up to the bound; undefined when that fails. */
async function decode(bytes: Uint8Array, coding: string): Promise<Uint8Array | undefined> {
  const codings = coding
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
  if (codings.length > 3) return undefined;
  let plain = bytes;
  for (const name of codings.reverse()) {
    const one = CODINGS[name];
    if (!one) return undefined;
    try {
      plain = one.sync(plain, { maxOutputLength: SEARCHABLE_BYTES });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') return undefined;
      const beginning = await decodeBeginning(plain, one.stream());
      if (!beginning) return undefined;
      plain = beginning;
    }
  }
  return plain;
}

const gzip = { sync: zlib.unzipSync, stream: (): Transform => zlib.createUnzip() };
type Sync = (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;
const CODINGS: Readonly<Record<string, { sync: Sync; stream: () => Transform }>> = {
  gzip,
  'x-gzip': gzip,
  deflate: gzip,
  br: { sync: zlib.brotliDecompressSync, stream: () => zlib.createBrotliDecompress() },
  zstd: { sync: zlib.zstdDecompressSync, stream: () => zlib.createZstdDecompress() },
};

/** The first bytes, up to the bound, of what decompresses to more. */
async function decodeBeginning(bytes: Uint8Array, decoder: Transform): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  const enough = new Error('enough');
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      size += chunk.length;
      done(size >= SEARCHABLE_BYTES ? enough : null);
    },
  });
  try {
    await pipeline([Buffer.from(bytes)], decoder, sink);
  } catch (error) {
    if (error !== enough) return undefined;
  }
  return Buffer.concat(chunks).subarray(0, SEARCHABLE_BYTES);
}
