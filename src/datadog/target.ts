// The request target, normalised once: what is judged is what is recorded is what goes upstream.
import { DogwatchError } from '../exchange/error.ts';

/** An origin-form request target (RFC 9112 section 3.2.1) after the one strict normalisation. */
export interface Target {
  /** Begins with `/`; percent-encoding is minimal and upper-case; no trailing slash. Goes upstream as it is. */
  readonly path: string;
  /** Without the question mark, otherwise as received; empty when there is none. Goes upstream as it is. */
  readonly query: string;
  /** The path's segments, percent-decoded; `/` has none. */
  readonly segments: readonly string[];
}

const MAX_TARGET = 65_536;
/** Letters, digits and marks that need no second look; a dot, a percent sign and the rarer marks do. */
const PLAIN_PATH = /^(?:\/[A-Za-z0-9_~-]+)+$/;
/** RFC 3986 section 3.3 `pchar` and the slash, without `;`: path parameters are read differently by different servers. */
const PATH_CHARACTERS = /^[A-Za-z0-9\-._~!$&'()*+,=:@%/]*$/;
const QUERY_CHARACTERS = /^[\x21\x22\x24-\x7e]*$/;
const BAD_ESCAPE = /%(?![0-9A-Fa-f]{2})/;
/** What would be a delimiter or a control byte once decoded; and `%25xx`, which is one after a second decoding. */
const SMUGGLED = /%(?:2F|5C|[01][0-9A-F]|7F|25[0-9A-Fa-f]{2})/;
const DOT_SEGMENT = /(?:^|\/)\.{1,2}(?:\/|$)/;
const UNRESERVED = /[A-Za-z0-9\-._~]/;

const badPath = (why: string): DogwatchError =>
  new DogwatchError('bad_path', `the path ${why}`, {
    remedy: 'Send the plain path: no dot segments, one slash between segments, other characters percent-encoded once.',
  });
const badTarget = (why: string): DogwatchError =>
  new DogwatchError('bad_target', `the request target ${why}`, {
    remedy: 'Send an origin-form target, such as /api/v1/monitor?page=0.',
  });

/**
 * Reads a request target as received and normalises it once (RFC 3986 section 6.2.2, stricter): escapes of unreserved
 * characters are undone, other escapes upper-cased, one trailing slash dropped. Everything that two servers might read
 * differently is refused. Idempotent: the result's own path and query normalise to themselves.
 *
 * @throws DogwatchError `bad_target` when it is not origin-form or the query is malformed, `bad_path` for path tricks.
 */
export function normaliseTarget(raw: string): Target {
  if (raw.charCodeAt(0) !== 0x2f) throw badTarget('is not in origin form');
  if (raw.length > MAX_TARGET) throw badTarget(`is longer than ${MAX_TARGET} bytes`);
  const mark = raw.indexOf('?');
  const rawPath = mark < 0 ? raw : raw.slice(0, mark);
  const query = mark < 0 ? '' : raw.slice(mark + 1);
  if (query !== '' && (!QUERY_CHARACTERS.test(query) || BAD_ESCAPE.test(query))) {
    throw badTarget('has a query with raw or badly escaped bytes');
  }
  if (PLAIN_PATH.test(rawPath)) return { path: rawPath, query, segments: rawPath.slice(1).split('/') };
  return { ...normalisePath(rawPath), query };
}

/** The target as text: path, and the query behind a question mark if there is one. */
export const targetText = (target: Pick<Target, 'path' | 'query'>): string =>
  target.query === '' ? target.path : `${target.path}?${target.query}`;

function normalisePath(raw: string): { path: string; segments: readonly string[] } {
  if (!PATH_CHARACTERS.test(raw)) throw badPath('holds characters that must be percent-encoded');
  if (BAD_ESCAPE.test(raw)) throw badPath('has a percent sign that begins no escape');
  const path = raw.replace(/%[0-9A-Fa-f]{2}/g, minimalEscape);
  if (SMUGGLED.test(path)) throw badPath('has an escaped slash, backslash, percent escape or control byte');
  if (path.includes('//')) throw badPath('has a doubled slash');
  if (DOT_SEGMENT.test(path)) throw badPath('has a dot segment');
  const trimmed = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  if (trimmed === '/') return { path: trimmed, segments: [] };
  try {
    return { path: trimmed, segments: trimmed.slice(1).split('/').map(decodeURIComponent) };
  } catch {
    throw badPath('has escapes that are not UTF-8');
  }
}

function minimalEscape(triplet: string): string {
  const character = String.fromCharCode(Number.parseInt(triplet.slice(1), 16));
  return UNRESERVED.test(character) ? character : triplet.toUpperCase();
}
