// The key set of an issuer as it is published: OpenID Connect discovery, the JWK Set, and which of its keys fit a token.
import {
  type CryptoKey,
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  type JWK,
  type JWSHeaderParameters,
} from 'jose';
import type { IssuerConfig } from './config.ts';
import { type FetchedJson, fetchJson } from './fetch-json.ts';
import { isLoopbackHost } from './loopback.ts';
import { quoted } from './refused.ts';

const SECOND = 1000;
/** How long fetched keys are fresh: what Cache-Control says, within bounds. */
const FRESH = { default: 600 * SECOND, min: 60 * SECOND, max: 3600 * SECOND };
const MAX_KEYS = 256;
/** When a token names no key id, so many of the keys that fit are tried. */
const MAX_CANDIDATES = 4;
/** A modulus of 8,192 bits in base64url. Longer ones only cost time. */
const MAX_MODULUS = 1366;

/** The usable keys of an issuer, as fetched once. */
export interface KeySet {
  readonly find: ReturnType<typeof createLocalJWKSet>;
  readonly count: number;
  readonly url: string;
  /** Milliseconds since the epoch. */
  readonly fetchedAt: number;
  readonly freshUntil: number;
}

/**
 * Finds and fetches an issuer's keys. `now` and `timeout` (of each of the two requests) are in milliseconds.
 *
 * @throws Error whose message says which document failed and how, for the operator.
 */
export async function fetchKeySet(config: IssuerConfig, now: () => number, timeout: number): Promise<KeySet> {
  const url = config.jwks ?? (await discover(config, timeout));
  return keySetOf(url, await fetchJson(url, timeout), now());
}

/** The key set's URL, by OpenID Connect Discovery 1.0 section 4. */
async function discover(config: IssuerConfig, timeout: number): Promise<string> {
  const url = `${config.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const { value } = await fetchJson(url, timeout);
  if (!isRecord(value)) throw new Error(`${url}: not a JSON object`);
  if (value.issuer !== config.issuer) {
    // Section 4.3: they must be identical, also in a trailing slash.
    throw new Error(`${url}: it says it is ${quoted(value.issuer)}, not ${quoted(config.issuer)}`);
  }
  const raw = value.jwks_uri;
  const jwks = typeof raw === 'string' ? URL.parse(raw) : null;
  if (jwks === null) throw new Error(`${url}: jwks_uri is ${quoted(raw)}, not a URL`);
  const plainAllowed = config.issuer.startsWith('http:') && (config.insecure || isLoopbackHost(jwks.hostname));
  if (jwks.protocol !== 'https:' && !(jwks.protocol === 'http:' && plainAllowed)) {
    throw new Error(`${url}: jwks_uri is ${quoted(raw)}, not an https URL`);
  }
  return jwks.href;
}

/** Reads a JWK Set (RFC 7517 section 5). Keys that cannot verify a signature are left out. */
function keySetOf(url: string, { value, cacheControl }: FetchedJson, now: number): KeySet {
  const keys = isRecord(value) ? value.keys : undefined;
  if (!Array.isArray(keys)) throw new Error(`${url}: not a JWK Set`);
  if (keys.length > MAX_KEYS) throw new Error(`${url}: ${keys.length} keys; more than ${MAX_KEYS} are not accepted`);
  const usable = keys.map(forSignatures).filter(isSignatureKey);
  if (usable.length === 0) throw new Error(`${url}: none of the ${keys.length} keys can verify a signature`);
  const set: JSONWebKeySet = { keys: usable };
  return {
    find: createLocalJWKSet(set),
    count: usable.length,
    url,
    fetchedAt: now,
    freshUntil: now + freshFor(cacheControl),
  };
}

/** A SPIFFE bundle says `jwt-svid` where RFC 7517 has `sig` (SPIFFE trust domain and bundle, section 4.2.2). */
const forSignatures = (key: unknown): unknown =>
  isRecord(key) && key.use === 'jwt-svid' ? { ...key, use: 'sig' } : key;

function isSignatureKey(key: unknown): key is JWK {
  if (!isRecord(key)) return false;
  const { kty, use, n, d } = key;
  if (kty !== 'RSA' && kty !== 'EC' && kty !== 'OKP') return false;
  if (typeof n === 'string' && n.length > MAX_MODULUS) return false;
  // A private key that was published is nobody's key any more.
  return d === undefined && (use === undefined || use === 'sig');
}

/** How long an answer is fresh (RFC 9111 section 5.2.2), within our bounds. */
function freshFor(cacheControl: string): number {
  if (/\bno-(?:store|cache)\b/i.test(cacheControl)) return FRESH.min;
  const age = /\bmax-age=(\d{1,9})\b/i.exec(cacheControl)?.[1];
  if (age === undefined) return FRESH.default;
  return Math.min(FRESH.max, Math.max(FRESH.min, Number(age) * SECOND));
}

/** The keys of the set that may have signed a token with this header: by key id, type, curve, use and algorithm. */
export async function keysThatFit(set: KeySet, header: JWSHeaderParameters): Promise<readonly CryptoKey[]> {
  try {
    return [await set.find(header)];
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return [];
    const keys: CryptoKey[] = [];
    for await (const key of error) {
      keys.push(key);
      if (keys.length === MAX_CANDIDATES) break;
    }
    return keys;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
