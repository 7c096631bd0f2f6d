// The public keys of one issuer: cached, refreshed when stale or when a token names a new one, and kept for a while when the issuer is down.
import type { CryptoKey, JWSHeaderParameters } from 'jose';
import type { IssuerConfig } from './config.ts';
import { fetchKeySet, type KeySet, keysThatFit } from './key-set.ts';
import { quoted, RefusedCredential } from './refused.ts';

const SECOND = 1000;
/** A token with an unknown key id makes Dogwatch look for new keys, but not more often than this. */
const MISS_COOLDOWN = 30 * SECOND;
const MAX_BACKOFF = 30 * SECOND;

export interface IssuerKeysOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds that each document of the issuer may take in all. */
  readonly timeout: number;
  /** Milliseconds after a successful fetch in which the keys still serve while the issuer cannot be reached. */
  readonly maxStale: number;
}

/** How an issuer's keys stand. */
export interface IssuerStatus {
  readonly name: string;
  readonly issuer: string;
  /** `idle`: not asked for yet; `stale`: the issuer does not answer and the last good keys serve. */
  readonly state: 'idle' | 'ready' | 'stale' | 'unavailable';
  readonly keys: number;
  /** Milliseconds since the epoch of the last successful fetch. */
  readonly fetchedAt?: number;
  readonly lastError?: string;
}

/** What a probe of an issuer found. */
export interface IssuerProbe {
  readonly issuer: string;
  readonly jwks: string;
  readonly keys: number;
}

/** The keys of one issuer. At most one fetch is in flight at any time. */
export class IssuerKeys {
  readonly #issuer: IssuerConfig;
  readonly #options: IssuerKeysOptions;
  #set: KeySet | undefined;
  #fetching: Promise<KeySet> | undefined;
  #missFetching: Promise<KeySet> | undefined;
  #missAllowedAt = 0;
  #failures = 0;
  #retryAt = 0;
  #lastError: string | undefined;

  constructor(issuer: IssuerConfig, options: IssuerKeysOptions) {
    this.#issuer = issuer;
    this.#options = options;
  }

  /**
   * The keys that may have signed a token with this header: one, or a few when it names no key id.
   *
   * @throws RefusedCredential `token_bad_signature` when the issuer has no such key, `issuer_unavailable` when that cannot be known.
   */
  async keysFor(header: JWSHeaderParameters): Promise<readonly CryptoKey[]> {
    const set = await this.#current();
    const keys = await keysThatFit(set, header);
    if (keys.length > 0) return keys;
    const newer = await this.#lookForNewKeys();
    const newerKeys = newer === undefined || newer === set ? [] : await keysThatFit(newer, header);
    if (newerKeys.length > 0) return newerKeys;
    const reason = `${this.#issuer.name} publishes no ${quoted(header.alg)} key with the id ${quoted(header.kid)}`;
    // While the issuer is down nobody can say that it has no such key.
    if (this.#lastError !== undefined) throw this.#unavailable();
    throw new RefusedCredential('token_bad_signature', reason);
  }

  status(): IssuerStatus {
    const { name, issuer } = this.#issuer;
    const set = this.#usable();
    const now = this.#options.now();
    const failing = this.#lastError !== undefined;
    const state =
      set === undefined ? (failing ? 'unavailable' : 'idle') : failing && now >= set.freshUntil ? 'stale' : 'ready';
    return {
      name,
      issuer,
      state,
      keys: set?.count ?? 0,
      ...(set !== undefined && { fetchedAt: set.fetchedAt }),
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
    };
  }

  /** Fetches now, whatever is cached. @throws RefusedCredential `issuer_unavailable`, its reason saying what failed. */
  async probe(): Promise<IssuerProbe> {
    try {
      const set = await this.#fetch();
      return { issuer: this.#issuer.issuer, jwks: set.url, keys: set.count };
    } catch {
      throw this.#unavailable();
    }
  }

  #unavailable(): RefusedCredential {
    return new RefusedCredential('issuer_unavailable', `${this.#issuer.name}: ${this.#lastError ?? 'no keys yet'}`);
  }

  /** The cached keys, unless the issuer has been away for longer than they may serve. */
  #usable(): KeySet | undefined {
    const set = this.#set;
    return set !== undefined && this.#options.now() < set.fetchedAt + this.#options.maxStale ? set : undefined;
  }

  async #current(): Promise<KeySet> {
    const now = this.#options.now();
    const set = this.#usable();
    if (set !== undefined && now < set.freshUntil) return set;
    if (now >= this.#retryAt || this.#fetching !== undefined) {
      try {
        return await this.#fetch();
      } catch {
        // The last good keys serve, if there are any.
      }
    }
    const rest = this.#usable();
    if (rest === undefined) throw this.#unavailable();
    return rest;
  }

  /** One fetch for all tokens whose key is unknown, then a cooldown. Undefined when it is no time to fetch, or the fetch failed. */
  async #lookForNewKeys(): Promise<KeySet | undefined> {
    const now = this.#options.now();
    if (this.#missFetching === undefined && now >= this.#missAllowedAt && now >= this.#retryAt) {
      this.#missAllowedAt = now + MISS_COOLDOWN;
      this.#missFetching = this.#fetch().finally(() => {
        this.#missFetching = undefined;
      });
    }
    try {
      return (await this.#missFetching) ?? this.#usable();
    } catch {
      return undefined;
    }
  }

  #fetch(): Promise<KeySet> {
    this.#fetching ??= this.#load().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #load(): Promise<KeySet> {
    const { now, timeout } = this.#options;
    try {
      const set = await fetchKeySet(this.#issuer, now, timeout);
      this.#set = set;
      this.#failures = 0;
      this.#retryAt = 0;
      this.#lastError = undefined;
      return set;
    } catch (error) {
      this.#lastError = error instanceof Error ? error.message : String(error);
      this.#retryAt = now() + Math.min(MAX_BACKOFF, SECOND * 2 ** Math.min(this.#failures, 10));
      this.#failures += 1;
      throw error;
    }
  }
}
