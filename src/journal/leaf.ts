// The leaf of an entry: what the tree commits to. RFC 8785 JSON that tells nothing but id, time and kind.
import { hash } from 'node:crypto';
import type { PartName } from '../exchange/entry.ts';

/** What each part is called in leaves and records. */
export const PART_LETTERS: Readonly<Record<PartName, string>> = {
  after: 'a',
  before: 'b',
  request: 'q',
  response: 'r',
  summary: 's',
};
/** The parts in the order of their letters, which is the order RFC 8785 gives the members. */
export const PARTS: readonly PartName[] = ['after', 'before', 'request', 'response', 'summary'];
const BY_LETTER = new Map<string, PartName>(PARTS.map((part) => [PART_LETTERS[part], part]));
/** The part of a letter. */
export const partOf = (letter: string): PartName | undefined => BY_LETTER.get(letter);

export const SALT = 16;
export const COMMITMENT = 32;
/** Kinds are plain ASCII, so that no JSON string of a leaf ever needs an escape. */
export const KIND = /^[a-z][a-z0-9.-]{0,63}$/;

/**
 * The commitment to one part: SHA-256 over its 16-byte salt followed by its bytes.
 *
 * @param salted salt and bytes, side by side
 * @returns base64url, 43 characters
 */
export const commitment = (salted: Uint8Array): string => hash('sha256', salted, 'base64url');

/**
 * The leaf's text: `{"c":{"a":…,"b":…,"q":…,"r":…,"s":…},"i":…,"k":…,"t":…,"v":1}` with commitments (c) by part, id (i), kind (k),
 * milliseconds since the epoch (t) and version (v). Members stand in RFC 8785's order and nothing in it needs an escape,
 * so this is its canonical encoding; a test compares.
 *
 * @param commitments the members of `c` as JSON text, in order, `"q":"…","s":"…"`
 */
export const leafText = (commitments: string, id: string, kind: string, time: number): string =>
  `{"c":{${commitments}},"i":"${id}","k":"${kind}","t":${time},"v":1}`;
