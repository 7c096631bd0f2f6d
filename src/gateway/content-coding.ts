// Undoing content codings within a bound, so that what is judged and redacted is what the body says.
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import { DogwatchError } from '../exchange/error.ts';

/** `info` makes it tell how many bytes of the input it took. */
type Decoder = (
  bytes: Uint8Array,
  options: { maxOutputLength: number; info: true },
) => Promise<{ readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } }>;

const DECODERS: Readonly<Record<string, Decoder>> = {
  gzip: promisify(gunzip) as unknown as Decoder,
  'x-gzip': promisify(gunzip) as unknown as Decoder,
  deflate: promisify(inflate) as unknown as Decoder,
  br: promisify(brotliDecompress) as unknown as Decoder,
  zstd: promisify(zstdDecompress) as unknown as Decoder,
};
const MAX_CODINGS = 3;

/** The codings of a Content-Encoding value, outermost first, `identity` left out. */
export function codingsOf(value: string | undefined): string[] {
  if (value === undefined) return [];
  const codings = value
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  return codings.reverse();
}

/**
 * The bytes behind the content codings (RFC 9110 section 8.4), at most `limit` of them at every step.
 * @throws DogwatchError bad_encoding, decompression_bomb.
 */
export async function decodeContent(bytes: Uint8Array, codings: readonly string[], limit: number): Promise<Uint8Array> {
  if (codings.length > MAX_CODINGS)
    throw new DogwatchError('bad_encoding', `more than ${MAX_CODINGS} content codings on one body`);
  let decoded = bytes;
  for (const coding of codings) {
    const decoder = DECODERS[coding];
    if (!decoder)
      throw new DogwatchError('bad_encoding', `content-encoding ${JSON.stringify(coding.slice(0, 20))} is not known`, {
        remedy: 'use gzip, deflate, br, zstd or none',
      });
    try {
      const { buffer, engine } = await decoder(decoded, { maxOutputLength: limit, info: true });
      // Another decoder may read on where this one stopped: a second zstd frame, say (RFC 8878 section 3).
      if (engine.bytesWritten !== decoded.length) throw new Error('bytes behind the end');
      decoded = buffer;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
        throw new DogwatchError('decompression_bomb', `the body decompresses to more than ${limit} bytes`, {
          remedy: 'send it in smaller pieces',
        });
      }
      throw new DogwatchError('bad_encoding', `the body is not valid ${coding}`);
    }
  }
  return decoded;
}

/** What of a client's Accept-Encoding may be asked of Datadog: only what can be undone here for judging and search. */
export function acceptableCodings(value: string | undefined): string {
  if (value === undefined) return 'identity';
  const kept = value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => {
      const coding = item.split(';')[0]!.trim().toLowerCase();
      return coding === 'identity' || DECODERS[coding] !== undefined;
    });
  return kept.length > 0 ? kept.join(', ') : 'identity';
}
