// Ids and times in the forms that Datadog gives them, from a seeded sequence: the same requests give the same ids.
import { createHash } from 'node:crypto';

const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';

/** A sequence of ids. `from` is where it stands, so that a state can be saved and taken up again. */
export class IdSequence {
  next: number;
  constructor(from = 0) {
    this.next = from;
  }

  #bytes(): Buffer {
    return createHash('sha256')
      .update(`dogwatch sandbox ${this.next++}`)
      .digest();
  }

  /** RFC 9562 version 4 in form. */
  uuid(): string {
    return uuidFrom(this.#bytes());
  }

  /** `abc-def-ghi`, as of dashboards and synthetic tests. */
  short(): string {
    const text = this.letters(9);
    return `${text.slice(0, 3)}-${text.slice(3, 6)}-${text.slice(6)}`;
  }

  letters(length: number): string {
    return Array.from(this.#bytes().subarray(0, length), (byte) => LETTERS[byte % LETTERS.length]).join('');
  }

  /** Hexadecimal digits, at most 64. */
  hex(length: number): string {
    return this.#bytes().toString('hex').slice(0, length);
  }

  /** 22 characters of base64url, as of log pipelines and security filters. */
  hash(): string {
    return this.#bytes().toString('base64url').replaceAll(/[-_]/g, 'x').slice(0, 22);
  }

  /** A growing integer. */
  integer(base = 10_000_000): number {
    return base + this.next++ * 7;
  }
}

/** The uuid that belongs to a text: of what has the same id in every organisation. */
export const uuidOf = (text: string): string => uuidFrom(createHash('sha256').update(text).digest());

function uuidFrom(bytes: Buffer): string {
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
