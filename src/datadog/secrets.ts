// Takes secrets out of what is recorded: fields of JSON bodies, path segments, query parameters. Never out of what is sent.
import type { Fingerprint } from '../exchange/keys.ts';
import { compilePaths, intoField, intoItem, isSecretName, type PathEnd, type Walk } from './body-paths.ts';
import { operations } from './catalogue.ts';
import { type JsonVisitor, scanJson, stringAt } from './json-scan.ts';
import type { Match } from './matcher.ts';
import { type Target, targetText } from './target.ts';

type Direction = 'request' | 'response';

const PREFIX = 'redacted:';
/** What redaction makes; recognised so that redacting twice changes nothing. */
const REDACTED = /^redacted:[A-Za-z0-9%._~!'()*-]{1,512}$/;
const REDACTED_URL = /^https?:\/\/[^/?#@\s]+\/redacted:[A-Za-z0-9%._~!'()*-]{1,512}$/;

/** What stands in a secret's place wherever one is recorded: in a body, a path, a resource's id. Safe in a URL and in JSON. */
export const redactedValue = (secret: string, fingerprint: Fingerprint): string =>
  REDACTED.test(secret) ? secret : `${PREFIX}${encodeURIComponent(fingerprint(secret))}`;

const compiled: Readonly<Record<Direction, ReadonlyMap<string, Walk>>> = {
  request: compiledFor('request'),
  response: compiledFor('response'),
};
/** Nobody has reviewed the shape of what the catalogue does not know, so the names alone tell. */
const UNKNOWN = compilePaths(['**.{secret}']);
const isUnknown = (operationKey: string): boolean => operationKey.startsWith('unknown.');

function compiledFor(direction: Direction): ReadonlyMap<string, Walk> {
  const walks = new Map<string, Walk>();
  for (const { key, secrets } of operations()) {
    const paths = secrets?.[direction];
    if (paths !== undefined) walks.set(key, compilePaths(paths));
  }
  return walks;
}

/** Whether a body of this operation may hold secrets and must go through redactBody before it is recorded. */
export const hasSecrets = (operationKey: string, direction: Direction): boolean =>
  compiled[direction].has(operationKey) || isUnknown(operationKey);

/**
 * The body with every secret value replaced by its fingerprint; all other bytes stay. `redacted` names the paths at which
 * something was replaced. `'unparseable'` when the operation has secrets and the body is not strict JSON: it must not be
 * recorded. Bodies of unknown operations that are no JSON are let through, since nothing says that they hold secrets.
 *
 * @param bytes the body without content-encoding
 */
export function redactBody(
  operationKey: string,
  direction: Direction,
  bytes: Uint8Array,
  contentType: string | undefined,
  fingerprint: Fingerprint,
): { bytes: Uint8Array; redacted: string[] } | 'unparseable' {
  const paths = compiled[direction].get(operationKey) ?? (isUnknown(operationKey) ? UNKNOWN : undefined);
  if (paths === undefined || bytes.length === 0) return { bytes, redacted: [] };
  const jsonByType = contentType === undefined || /\bjson\b/i.test(contentType);
  if (
    isUnknown(operationKey) &&
    !jsonByType &&
    !/^\s*[[{]/.test(Buffer.from(bytes.subarray(0, 64)).toString('latin1'))
  ) {
    return { bytes, redacted: [] };
  }
  const redactor = new Redactor(bytes, paths, fingerprint);
  if (!scanJson(bytes, redactor)) return 'unparseable';
  return { bytes: redactor.result(), redacted: [...redactor.redacted] };
}

/** Follows a scan along the secret paths and notes what to replace. */
class Redactor implements JsonVisitor {
  readonly redacted = new Set<string>();
  readonly #bytes: Buffer;
  readonly #fingerprint: Fingerprint;
  readonly #pieces: Uint8Array[] = [];
  #copied = 0;
  readonly #walks: Walk[];
  /** The secrets that the scan is inside of: everything below is secret. */
  readonly #inside: (PathEnd | undefined)[];

  constructor(bytes: Uint8Array, paths: Walk, fingerprint: Fingerprint) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#fingerprint = fingerprint;
    this.#walks = [paths];
    this.#inside = [paths.end];
  }

  field(name: string): void {
    this.#enter(intoField(this.#walks.at(-1)!, name));
  }

  item(): void {
    this.#enter(intoItem(this.#walks.at(-1)!));
  }

  #enter(walk: Walk): void {
    const outer = this.#inside.at(-1);
    const here = walk.end;
    this.#walks.push(walk);
    this.#inside.push(outer?.hiding === 'all' ? outer : (here ?? outer));
  }

  leave(): void {
    this.#walks.pop();
    this.#inside.pop();
  }

  scalar(start: number, end: number, isString: boolean): void {
    const secret = this.#inside.at(-1);
    if (secret === undefined) return;
    const text = isString ? stringAt(this.#bytes, start, end) : this.#bytes.toString('latin1', start, end);
    const hidden =
      secret.hiding === 'origin' ? hiddenUrl(text, this.#fingerprint) : redactedValue(text, this.#fingerprint);
    if (text === '' || hidden === text) return;
    this.redacted.add(secret.path);
    this.#pieces.push(this.#bytes.subarray(this.#copied, start), Buffer.from(JSON.stringify(hidden)));
    this.#copied = end;
  }

  result(): Uint8Array {
    if (this.#pieces.length === 0) return this.#bytes;
    return Buffer.concat([...this.#pieces, this.#bytes.subarray(this.#copied)]);
  }
}

/** Scheme and host tell where data goes; path, query and user information may let one in. */
function hiddenUrl(text: string, fingerprint: Fingerprint): string {
  if (REDACTED_URL.test(text)) return text;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return redactedValue(text, fingerprint);
  if (text === url.origin || text === `${url.origin}/`) return text;
  return `${url.origin}/${redactedValue(text, fingerprint)}`;
}

/**
 * The target as it may be recorded: path parameters that are secrets, and query parameters that are called like one, are
 * replaced by their fingerprints.
 */
export function redactTarget(of: { readonly match?: Match }, target: Target, fingerprint: Fingerprint): string {
  const secretParams = of.match?.operation.secrets?.pathParams;
  let { path, query } = target;
  if (secretParams !== undefined) {
    const template = of.match!.operation.path.split('/').slice(1);
    const segments = path.split('/').slice(1);
    path = segments
      .map((segment, i) => {
        const secret = secretParams.some((name) => template[i] === `{${name}}`);
        return `/${secret ? redactedValue(target.segments[i] ?? segment, fingerprint) : segment}`;
      })
      .join('');
  }
  if (query !== '')
    query = query
      .split('&')
      .map((pair) => redactedPair(pair, fingerprint))
      .join('&');
  return targetText({ path, query });
}

function redactedPair(pair: string, fingerprint: Fingerprint): string {
  const equals = pair.indexOf('=');
  if (equals < 0 || equals === pair.length - 1) return pair;
  const value = pair.slice(equals + 1);
  return isSecretName(decoded(pair.slice(0, equals)))
    ? `${pair.slice(0, equals)}=${redactedValue(decoded(value), fingerprint)}`
    : pair;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
