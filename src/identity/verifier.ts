// Credential in, Identity out: the one door for every kind of token, with a cache that makes the second check cheap.
import { hash } from 'node:crypto';
import type { Identity } from '../exchange/identity.ts';
import type { IssuerConfig } from './config.ts';
import type { Credential } from './credential.ts';
import type { GatewayTokens } from './gateway-tokens.ts';
import { IssuerKeys, type IssuerProbe, type IssuerStatus } from './issuer-keys.ts';
import { claimedBy, type Issuer, verifyJwt } from './jwt.ts';
import { type RefusalCode, RefusedCredential } from './refused.ts';
import type { Revocations } from './revocations.ts';
import { TokenCache } from './token-cache.ts';
import { isTokenText, revocationKeyOf } from './token-text.ts';

/** Longest token accepted, in characters. */
export const MAX_TOKEN = 8192;

const MINUTE = 60_000;
/** A cached token is checked anew after this long, so that a key which the issuer withdrew stops serving. */
const RECHECK = 10 * MINUTE;
/** A refusal is remembered shortly, so that a client in a loop does not cost a signature check each time. */
const REMEMBER_REFUSAL = 5000;
/** Which may come right without the token changing. */
const PASSING: ReadonlySet<RefusalCode> = new Set(['issuer_unavailable', 'token_not_yet_valid', 'token_revoked']);

export interface VerifierOptions {
  /** Milliseconds since the epoch. Default Date.now. */
  readonly now?: () => number;
  /** Milliseconds that each document of an issuer may take in all. Default 5,000. */
  readonly timeout?: number;
  /** Milliseconds for which the last good keys serve while the issuer is down. Default 24 hours. */
  readonly maxStale?: number;
  /** Tokens remembered at most; the half of it that was used last always is. Default 200,000. */
  readonly maxCached?: number;
  /** Dogwatch's own tokens. Without them none is accepted. */
  readonly tokens?: GatewayTokens;
  /** What gets in no more. */
  readonly revocations?: Revocations;
}

/** Verifies credentials. */
export interface Verifier {
  /**
   * The identity that a token proves: at once when the token is known, else after its signature was checked.
   *
   * @throws RefusedCredential (or rejects with it) `token_*` or `issuer_unavailable`.
   */
  verify(token: string): Identity | Promise<Identity>;
  /**
   * The same with all that is known of the token. It gives one object for one token again and again, as long as it is remembered.
   *
   * @throws RefusedCredential (or rejects with it) `token_*` or `issuer_unavailable`.
   */
  check(token: string): Credential | Promise<Credential>;
  /** What a token claims of itself, unverified; for the record of a refusal. */
  claimed(token: string): { issuer?: string; subject?: string };
  /** How each issuer's keys stand. */
  status(): readonly IssuerStatus[];
  /**
   * Fetches the keys of the issuer with this configured name, or issuer URL.
   *
   * @throws RefusedCredential `issuer_unavailable`, or `token_unknown_issuer` when none is configured so.
   */
  probe(issuer: string): Promise<IssuerProbe>;
}

/** A verifier for these issuers. It fetches nothing before it is asked. */
export function createVerifier(configs: readonly IssuerConfig[], options: VerifierOptions = {}): Verifier {
  const { now = Date.now, timeout = 5000, maxStale = 24 * 60 * MINUTE, maxCached = 200_000 } = options;
  const { tokens, revocations } = options;
  const issuers = new Map<string, Issuer>();
  for (const config of configs) {
    issuers.set(config.issuer, { config, keys: new IssuerKeys(config, { now, timeout, maxStale }) });
  }
  const accepted = new TokenCache<Credential>(maxCached, maxCached * 1024);
  const refused = new TokenCache<{ code: RefusalCode; reason: string }>(10_000, Number.MAX_SAFE_INTEGER);
  const checking = new Map<string, Promise<Credential>>();

  async function checkAndRemember(token: string, key: string): Promise<Credential> {
    try {
      const { identity, expiresAt } = await verifyJwt(token, issuers, now());
      const credential: Credential = { identity, expiresAt, key: revocationKeyOf(token), cleared: 0 };
      accepted.set(key, credential, Math.min(expiresAt, now() + RECHECK), token.length);
      revocations?.check(credential);
      return credential;
    } catch (error) {
      if (error instanceof RefusedCredential && !PASSING.has(error.code)) {
        refused.set(key, { code: error.code, reason: error.reason }, now() + REMEMBER_REFUSAL, 1);
      }
      throw error;
    } finally {
      checking.delete(key);
    }
  }

  function checkOwn(token: string): Credential {
    const held = tokens?.find(token);
    if (held === undefined) throw new RefusedCredential('token_unknown', 'Dogwatch knows no such token');
    const { id, expiresAt } = held.grant;
    if (held.revoked) throw new RefusedCredential('token_revoked', `the token ${id} was revoked`);
    const time = now();
    if (expiresAt <= time) throw new RefusedCredential('token_expired', `the token ${id} has ended`);
    revocations?.check(held);
    held.lastUsed = time;
    return held;
  }

  /** Every kind of token has its prefix and its check. A JWT has no prefix of its own, and comes last. */
  function check(token: string): Credential | Promise<Credential> {
    if (token.length > MAX_TOKEN) {
      throw new RefusedCredential('token_too_large', `it has ${token.length} characters; the limit is ${MAX_TOKEN}`);
    }
    if (isTokenText(token)) return checkOwn(token);
    // By hash: the cache holds no token, and how long a look-up takes says nothing about one.
    const key = hash('sha256', token, 'base64url');
    const time = now();
    const known = accepted.get(key, time);
    if (known !== undefined) {
      revocations?.check(known);
      return known;
    }
    const refusal = refused.get(key, time);
    if (refusal !== undefined) throw new RefusedCredential(refusal.code, refusal.reason);
    const pending = checking.get(key);
    if (pending !== undefined) return pending;
    const begun = checkAndRemember(token, key);
    checking.set(key, begun);
    return begun;
  }

  function verify(token: string): Identity | Promise<Identity> {
    const credential = check(token);
    return credential instanceof Promise ? credential.then(({ identity }) => identity) : credential.identity;
  }

  return {
    verify,
    check,
    claimed: (token) => (token.length > MAX_TOKEN ? {} : claimedBy(token)),
    status: () => [...issuers.values()].map(({ keys }) => keys.status()),
    probe: async (name) => {
      const found = issuers.get(name) ?? [...issuers.values()].find(({ config }) => config.name === name);
      if (found === undefined)
        throw new RefusedCredential('token_unknown_issuer', `no issuer is configured as ${name}`);
      return found.keys.probe();
    },
  };
}
