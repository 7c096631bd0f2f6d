// A recorded body as people read it: content codings undone, within a bound, and text told from bytes.
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';

export interface DecodedBody {
  readonly bytes: Uint8Array;
  /** The codings that were undone, as in the header. */
  readonly undone?: string;
  /** Why the bytes are still as they came. */
  readonly failed?: string;
}

/**
 * Undoes the content codings of a body (RFC 9110 section 8.4.1).
 * @param coding value of Content-Encoding
 * @param limit bytes that the result may have; past it the body stays as it is
 */
export function decodedBody(bytes: Uint8Array, coding: string | undefined, limit = 16 << 20): DecodedBody {
  const codings = (coding ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  if (codings.length === 0 || bytes.length === 0) return { bytes };
  if (codings.length > 4) return { bytes, failed: 'more codings than four' };
  let result = bytes;
  for (const name of codings.toReversed()) {
    try {
      const undone = undo(name, result, { maxOutputLength: limit });
      if (!undone) return { bytes, failed: `unknown coding ${name}` };
      result = undone;
    } catch {
      return { bytes, failed: `the bytes are not ${name}, are incomplete, or decode to more than ${limit} bytes` };
    }
  }
  return { bytes: result, undone: codings.join(', ') };
}

function undo(name: string, bytes: Uint8Array, options: { maxOutputLength: number }): Uint8Array | undefined {
  switch (name) {
    case 'gzip':
    case 'x-gzip':
      return gunzipSync(bytes, options);
    case 'deflate':
      // Both the zlib form that RFC 9110 means and the raw one that some clients send.
      return ((bytes[0] ?? 0) & 0x0f) === 8 ? inflateSync(bytes, options) : inflateRawSync(bytes, options);
    case 'br':
      return brotliDecompressSync(bytes, options);
    case 'zstd':
      return zstdDecompressSync(bytes, options);
    default:
      return undefined;
  }
}

/** The bytes as text, when they are UTF-8. `cut` says that they may end within a character, which is then left out. */
export function asText(bytes: Uint8Array, options: { cut?: boolean } = {}): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: options.cut === true });
  } catch {
    return undefined;
  }
}
