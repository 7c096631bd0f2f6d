// Canonical encoding: RFC 8785 JSON as bytes, UUIDv7 ids.
import canonicalize from 'canonicalize';
import { v7 } from 'uuid';

/** The RFC 8785 (JCS) encoding of a JSON value, as UTF-8. @throws TypeError when the value has no JSON form. */
export function canonicalJson(value: unknown): Buffer {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('value has no JSON form');
  return Buffer.from(text, 'utf8');
}

/** A new UUIDv7 (RFC 9562 section 5.7): sorts by time of creation. */
export const newId = (): string => v7();
