// Canonical encoding: RFC 8785 JSON as bytes, UUIDv7 ids.
import { randomFillSync } from 'node:crypto';
import canonicalize from 'canonicalize';
import { v7 } from 'uuid';

/** The RFC 8785 (JCS) encoding of a JSON value, as UTF-8. @throws TypeError when the value has no JSON form. */
export function canonicalJson(value: unknown): Buffer {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('value has no JSON form');
  return Buffer.from(text, 'utf8');
}

/** Random bytes by the page: asking the generator for 16 at a time costs more than the rest of an id. */
const pool = new Uint8Array(4096);
let used = pool.length;

/** A new UUIDv7 (RFC 9562 section 5.7): sorts by time of creation. */
export function newId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += 16;
  return v7({ random: pool.subarray(used - 16, used) });
}
