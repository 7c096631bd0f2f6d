// Looking for secrets where they must not be: the agent's own token in a request, the connection's credential in a response.
import type { Header } from '../exchange/exchange.ts';

/** Whether any of the secrets stands in the bytes. */
export function holdsSecret(bytes: Buffer, secrets: readonly Buffer[]): boolean {
  for (const secret of secrets) if (bytes.indexOf(secret) !== -1) return true;
  return false;
}

/** Whether any of the secrets stands in one of the texts. */
export function textsHoldSecret(texts: Iterable<string>, secrets: readonly Buffer[]): boolean {
  if (secrets.length === 0) return false;
  const wanted = asTexts(secrets);
  for (const text of texts) if (holdsAny(text, wanted)) return true;
  return false;
}

/** Whether any of the secrets stands in a header's name or value. */
export function headersHoldSecret(headers: readonly Header[], secrets: readonly Buffer[]): boolean {
  if (secrets.length === 0) return false;
  const wanted = asTexts(secrets);
  for (const [name, value] of headers) if (holdsAny(name, wanted) || holdsAny(value, wanted)) return true;
  return false;
}

const asTexts = (secrets: readonly Buffer[]): string[] => secrets.map((secret) => secret.toString('latin1'));

function holdsAny(text: string, wanted: readonly string[]): boolean {
  for (const secret of wanted) if (text.length >= secret.length && text.includes(secret)) return true;
  return false;
}

/**
 * Scans a stream piece by piece. A piece's tail that could be the start of a secret is held back until the next piece decides,
 * so that not even part of a secret leaves; ordinary tails are not delayed.
 */
export class StreamScanner {
  #secrets: readonly Buffer[];
  #heldBack: Buffer = Buffer.alloc(0);

  constructor(secrets: readonly Buffer[]) {
    this.#secrets = secrets;
  }

  /** Bytes that may leave now, or undefined when a secret was found. */
  push(piece: Buffer): Buffer | undefined {
    const bytes = this.#heldBack.length === 0 ? piece : Buffer.concat([this.#heldBack, piece]);
    if (holdsSecret(bytes, this.#secrets)) return undefined;
    const keep = this.#partialTail(bytes);
    this.#heldBack = bytes.subarray(bytes.length - keep);
    return keep === 0 ? bytes : bytes.subarray(0, bytes.length - keep);
  }

  /** What was still held back when the stream ended: it turned out to be no secret. */
  end(): Buffer {
    const rest = this.#heldBack;
    this.#heldBack = Buffer.alloc(0);
    return rest;
  }

  #partialTail(bytes: Buffer): number {
    let longest = 0;
    for (const secret of this.#secrets) {
      for (let length = Math.min(secret.length - 1, bytes.length); length > longest; length -= 1) {
        if (bytes.compare(secret, 0, length, bytes.length - length) === 0) longest = length;
      }
    }
    return longest;
  }
}
