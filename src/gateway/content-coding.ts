// Undoing content codings within a bound, so that what is judged and redacted is what the body says.
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import { DogwatchError } from '../exchange/error.ts';

type Decoder = (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>;

const DECODERS: Readonly<Record<string, Decoder>> = {
  gzip: promisify(gunzip) as Decoder,
  'x-gzip': promisify(gunzip) as Decoder,
  deflate: promisify(inflate) as Decoder,
  br: promisify(brotliDecompress) as Decoder,
  zstd: promisify(zstdDecompress) as Decoder,
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
      decoded = await decoder(decoded, { maxOutputLength: limit });
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
