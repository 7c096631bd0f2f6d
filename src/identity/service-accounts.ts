// Service accounts: named agents with groups and a long-lived token, for those who have no issuer of their own.
import { DogwatchError } from '../exchange/error.ts';
import type { Identity } from '../exchange/identity.ts';
import type { GatewayTokens, HeldToken } from './gateway-tokens.ts';
import type { Minted } from './grant.ts';
import type { ServiceAccount, StoreEvent } from './store-events.ts';

/** The issuer under which service accounts appear in the record. */
export const SERVICE_ACCOUNT_ISSUER = 'dogwatch:agents';

const MAX_ACCOUNTS = 10_000;
const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const GROUP = /^[^\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]{1,512}$/u;
const MAX_GROUPS = 64;
const DAY = 86_400;
/** The longest that a token of a service account lives. */
export const MAX_LIFE_SECONDS = 366 * DAY;

/** A service account as it is shown. */
export interface ShownAccount extends ServiceAccount {
  readonly tokens: readonly {
    readonly id: string;
    readonly issuedAt: number;
    readonly expiresAt: number;
    /** Milliseconds since the epoch; absent when it was never used. */
    readonly lastUsed?: number;
  }[];
}

interface Options {
  readonly append: (event: StoreEvent) => Promise<void>;
  readonly tokens: GatewayTokens;
  readonly now: () => number;
}

export class ServiceAccounts {
  readonly #options: Options;
  readonly #accounts = new Map<string, ServiceAccount>();

  constructor(options: Options) {
    this.#options = options;
  }

  get size(): number {
    return this.#accounts.size;
  }

  replay(event: Extract<StoreEvent, { e: 'account' | 'account-end' }>): void {
    if (event.e === 'account-end') this.#accounts.delete(event.name);
    else {
      const { e: _e, ...account } = event;
      this.#accounts.set(event.name, account);
    }
  }

  *snapshot(): Generator<StoreEvent> {
    for (const account of this.#accounts.values()) yield { e: 'account', ...account };
  }

  /** What is wrong with a new account, before anything of it is recorded. @throws DogwatchError `bad_parameter` */
  checkNew(name: string, groups: readonly string[]): void {
    if (!NAME.test(name)) {
      throw new DogwatchError(
        'bad_parameter',
        'the name of a service account is 1 to 63 of a-z, 0-9, ".", "_" and "-"',
      );
    }
    if (groups.length > MAX_GROUPS || !groups.every((group) => GROUP.test(group))) {
      throw new DogwatchError(
        'bad_parameter',
        `a service account has at most ${MAX_GROUPS} groups, of 1 to 512 characters`,
      );
    }
    if (this.#accounts.has(name)) {
      throw new DogwatchError('bad_parameter', `there is a service account ${name} already`, {
        remedy: 'rotate its token with `dogwatch agent rotate`, or choose another name',
      });
    }
    if (this.#accounts.size >= MAX_ACCOUNTS) {
      throw new DogwatchError('bad_parameter', `there are ${MAX_ACCOUNTS} service accounts; no more are kept`, {
        remedy: 'revoke those that nobody uses',
      });
    }
  }

  /** @throws DogwatchError `bad_parameter`, `too_many_tokens`, `identity_store_failed` */
  async create(name: string, groups: readonly string[], by: string, ttlSeconds: number): Promise<Minted> {
    this.checkNew(name, groups);
    const account: ServiceAccount = { name, groups: [...new Set(groups)], created: this.#options.now(), by };
    this.#accounts.set(name, account);
    try {
      await this.#options.append({ e: 'account', ...account });
      return await this.#mint(account, ttlSeconds);
    } catch (error) {
      this.#accounts.delete(name);
      throw error;
    }
  }

  /** A new token; those there are end after the overlap. @throws DogwatchError `not_found`, `too_many_tokens`, `identity_store_failed` */
  async rotate(name: string, ttlSeconds: number, overlapSeconds: number): Promise<Minted> {
    const { now, tokens } = this.#options;
    const account = this.get(name);
    const old = this.#tokensOf(name);
    const minted = await this.#mint(account, ttlSeconds);
    for (const held of old) {
      if (overlapSeconds === 0) await tokens.revoke(held);
      else await tokens.endBy(held, now() + overlapSeconds * 1000);
    }
    return minted;
  }

  /** Ends the account and all its tokens. @returns how many tokens ended. @throws DogwatchError `not_found`, `identity_store_failed` */
  async revoke(name: string): Promise<number> {
    this.get(name);
    this.#accounts.delete(name);
    let ended = 0;
    for (const held of this.#tokensOf(name)) ended += await this.#options.tokens.revoke(held);
    await this.#options.append({ e: 'account-end', name });
    return ended;
  }

  list(): ShownAccount[] {
    const tokens = Map.groupBy(
      [...this.#options.tokens.alive()].filter(({ grant }) => isOfAccount(grant.identity)),
      ({ grant }) => grant.identity.subject,
    );
    return [...this.#accounts.values()]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((account) => ({
        ...account,
        tokens: (tokens.get(account.name) ?? []).map(({ grant: { id, issuedAt, expiresAt }, lastUsed }) => ({
          id,
          issuedAt,
          expiresAt,
          ...(lastUsed > 0 && { lastUsed }),
        })),
      }));
  }

  /** @throws DogwatchError `not_found` */
  get(name: string): ServiceAccount {
    const account = this.#accounts.get(name);
    if (account === undefined) {
      throw new DogwatchError('not_found', `there is no service account ${JSON.stringify(name.slice(0, 64))}`, {
        remedy: '`dogwatch agent list` names them',
      });
    }
    return account;
  }

  #tokensOf(name: string): HeldToken[] {
    return [...this.#options.tokens.alive()].filter(
      ({ grant }) => grant.kind === 'agent' && isOfAccount(grant.identity) && grant.identity.subject === name,
    );
  }

  #mint({ name, groups }: ServiceAccount, ttlSeconds: number): Promise<Minted> {
    const identity: Identity = {
      issuer: SERVICE_ACCOUNT_ISSUER,
      subject: name,
      kind: 'agent',
      name,
      groups: [...groups],
      onBehalfOf: [],
      claims: {},
    };
    return this.#options.tokens.mint({ kind: 'agent', identity, ttlSeconds: Math.min(ttlSeconds, MAX_LIFE_SECONDS) });
  }
}

const isOfAccount = ({ issuer }: Identity): boolean => issuer === SERVICE_ACCOUNT_ISSUER;
