// Dogwatch's own tokens in memory: minted, found by hash, renewed, revoked. Each change is an event, written before it is acknowledged.
import { newId } from '../exchange/canonical.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { Identity } from '../exchange/identity.ts';
import type { Grant, Minted, MintRequest } from './grant.ts';
import type { Revocable } from './revocations.ts';
import type { StoreEvent } from './store-events.ts';
import { hashOfToken, isWholeTokenText, LEASE_PREFIX, newTokenText, TOKEN_PREFIX } from './token-text.ts';

type MintEvent = Extract<StoreEvent, { e: 'mint' }>;

/** Tokens alive at once. */
const MAX_TOKENS = 200_000;
/** Of one identity, so that none can take the room of all others. */
const MAX_TOKENS_OF_ONE = 10_000;
/** How long a token that ended is still known as such, for a clear answer. */
const REMEMBERED = 10 * 60_000;

/** A token as it is held: the one object that every call with it meets. */
export class HeldToken implements Revocable {
  readonly key: string;
  readonly lease: MintEvent['lease'];
  grant: Grant;
  revoked = false;
  cleared = 0;
  entered?: string;
  /** Milliseconds since the epoch; 0 when it was never used. */
  lastUsed: number;

  constructor({ hash, grant, lease, used = 0 }: MintEvent) {
    this.key = hash;
    this.grant = grant;
    this.lease = lease;
    this.lastUsed = used;
  }

  get identity(): Identity {
    return this.grant.identity;
  }

  get expiresAt(): number {
    return this.grant.expiresAt;
  }
}

export interface GatewayTokensOptions {
  /** Makes an event durable. */
  readonly append: (event: StoreEvent) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** All tokens. */
export class GatewayTokens {
  readonly #append: (event: StoreEvent) => Promise<void>;
  readonly #now: () => number;
  readonly #byHash = new Map<string, HeldToken>();
  readonly #byId = new Map<string, HeldToken>();
  readonly #byLease = new Map<string, HeldToken>();
  readonly #children = new Map<string, Set<string>>();
  readonly #countOf = new Map<string, number>();
  #sweptAt = 0;

  constructor({ append, now }: GatewayTokensOptions) {
    this.#append = append;
    this.#now = now;
  }

  get size(): number {
    return this.#byHash.size;
  }

  /** Takes an event of the file into the state. */
  replay(event: Extract<StoreEvent, { e: 'mint' | 'until' | 'revoke' | 'used' }>): void {
    if (event.e === 'mint') {
      this.#hold(new HeldToken(frozen(event)));
      return;
    }
    const held = this.#byId.get(event.id);
    if (held === undefined) return;
    if (event.e === 'until') held.grant = { ...held.grant, expiresAt: event.at };
    else if (event.e === 'used') held.lastUsed = event.at;
    else held.revoked = true;
  }

  *snapshot(): Generator<StoreEvent> {
    this.#sweep(0);
    for (const held of this.#byId.values()) {
      const { key: hash, grant, lease, lastUsed, revoked } = held;
      yield { e: 'mint', hash, grant, ...(lease && { lease }), ...(lastUsed > 0 && { used: lastUsed }) };
      if (revoked) yield { e: 'revoke', id: grant.id };
    }
  }

  /** @throws DogwatchError `too_many_tokens`, `identity_store_failed` */
  async mint(request: MintRequest): Promise<Minted> {
    const now = this.#now();
    this.#sweep(this.size >= MAX_TOKENS ? 0 : 60_000);
    const { identity, session, ttlSeconds, renewableSeconds, parent, ...rest } = request;
    const owner = ownerOf(identity);
    if (this.size >= MAX_TOKENS || (this.#countOf.get(owner) ?? 0) >= MAX_TOKENS_OF_ONE) {
      throw new DogwatchError('too_many_tokens', 'too many tokens of Dogwatch are alive', {
        remedy: 'use the tokens there are, or revoke some; they also end by themselves',
      });
    }
    // A token never outlives the one it was made from.
    const end = parent === undefined ? Number.POSITIVE_INFINITY : (this.#byId.get(parent)?.grant.expiresAt ?? 0);
    const last = Math.min(end, now + (renewableSeconds ?? ttlSeconds) * 1000);
    const token = newTokenText(TOKEN_PREFIX);
    const lease = renewableSeconds === undefined ? undefined : newTokenText(LEASE_PREFIX);
    const event: MintEvent = frozen({
      e: 'mint',
      hash: hashOfToken(token),
      grant: {
        id: newId(),
        ...rest,
        identity: session === undefined ? identity : { ...identity, session },
        ...(parent !== undefined && { parent }),
        issuedAt: now,
        expiresAt: Math.min(last, now + ttlSeconds * 1000),
      },
      ...(lease !== undefined && { lease: { hash: hashOfToken(lease), step: ttlSeconds * 1000, last } }),
    });
    await this.#append(event);
    const held = new HeldToken(event);
    // Its parent may have been revoked while this was being written.
    held.revoked = parent !== undefined && this.#isOver(this.#byId.get(parent), now);
    this.#hold(held);
    if (held.revoked) await this.#append({ e: 'revoke', id: held.grant.id });
    const { id, expiresAt } = event.grant;
    return { token, id, expiresAt, ...(lease !== undefined && { lease }) };
  }

  /** The token, also one that ended a short while ago; undefined when there is none. */
  find(token: string): HeldToken | undefined {
    return isWholeTokenText(token) ? this.#byHash.get(hashOfToken(token)) : undefined;
  }

  byHash(hash: string): HeldToken | undefined {
    return this.#byHash.get(hash);
  }

  byId(id: string): HeldToken | undefined {
    return this.#byId.get(id);
  }

  byLease(lease: string): HeldToken | undefined {
    return isWholeTokenText(lease) ? this.#byLease.get(hashOfToken(lease)) : undefined;
  }

  isAlive(held: HeldToken): boolean {
    return !this.#isOver(held, this.#now());
  }

  /** Those that are alive. */
  *alive(): Generator<HeldToken> {
    const now = this.#now();
    for (const held of this.#byId.values()) if (!this.#isOver(held, now)) yield held;
  }

  /** Moves the end of a leased token on by its step. @returns its new end; undefined when it has ended or can go no further */
  async renew(held: HeldToken): Promise<number | undefined> {
    const now = this.#now();
    const { lease, grant } = held;
    if (lease === undefined || this.#isOver(held, now) || lease.last <= now) return undefined;
    const at = Math.min(lease.last, now + lease.step);
    if (at > grant.expiresAt) await this.#moveEnd(held, at);
    return held.revoked ? undefined : held.grant.expiresAt;
  }

  /** Lets a token end at a time, in milliseconds since the epoch, if it would not end earlier anyway. */
  async endBy(held: HeldToken, at: number): Promise<void> {
    if (at < held.grant.expiresAt) await this.#moveEnd(held, at);
  }

  async #moveEnd(held: HeldToken, at: number): Promise<void> {
    await this.#append({ e: 'until', id: held.grant.id, at });
    held.grant = Object.freeze({ ...held.grant, expiresAt: at });
  }

  /** Ends a token, and all that were made from it: at once, even where the disk then fails. @returns how many ended */
  async revoke(held: HeldToken): Promise<number> {
    const ended: HeldToken[] = [];
    const now = this.#now();
    const end = (each: HeldToken) => {
      if (!this.#isOver(each, now)) ended.push(each);
      each.revoked = true;
      for (const child of this.#children.get(each.grant.id) ?? []) {
        const found = this.#byId.get(child);
        if (found !== undefined) end(found);
      }
    };
    end(held);
    await Promise.all(ended.map(({ grant: { id } }) => this.#append({ e: 'revoke', id })));
    return ended.length;
  }

  /** Writes down when a token was last used. */
  async noteUsed(held: HeldToken): Promise<void> {
    await this.#append({ e: 'used', id: held.grant.id, at: held.lastUsed });
  }

  #isOver(held: HeldToken | undefined, now: number): boolean {
    return held === undefined || held.revoked || held.grant.expiresAt <= now;
  }

  #hold(held: HeldToken): void {
    const { id, parent, identity } = held.grant;
    this.#byHash.set(held.key, held);
    this.#byId.set(id, held);
    if (held.lease !== undefined) this.#byLease.set(held.lease.hash, held);
    const owner = ownerOf(identity);
    this.#countOf.set(owner, (this.#countOf.get(owner) ?? 0) + 1);
    if (parent === undefined) return;
    const siblings = this.#children.get(parent);
    if (siblings === undefined) this.#children.set(parent, new Set([id]));
    else siblings.add(id);
  }

  /** Forgets what ended a while ago; not more often than every so many milliseconds, since it looks at all. */
  #sweep(every: number): void {
    const now = this.#now();
    if (now - this.#sweptAt < every) return;
    this.#sweptAt = now;
    for (const held of this.#byId.values()) if (held.grant.expiresAt + REMEMBERED <= now) this.#forget(held);
  }

  #forget(held: HeldToken): void {
    const { id, parent, identity } = held.grant;
    this.#byHash.delete(held.key);
    this.#byId.delete(id);
    if (held.lease !== undefined) this.#byLease.delete(held.lease.hash);
    this.#children.delete(id);
    if (parent !== undefined) this.#children.get(parent)?.delete(id);
    const owner = ownerOf(identity);
    const left = (this.#countOf.get(owner) ?? 1) - 1;
    if (left <= 0) this.#countOf.delete(owner);
    else this.#countOf.set(owner, left);
  }
}

const ownerOf = ({ issuer, subject }: Identity): string => `${issuer}#${subject}`;

/** Nobody changes what a token grants in passing. */
function frozen(event: MintEvent): MintEvent {
  const { identity } = event.grant;
  Object.freeze(identity.groups);
  Object.freeze(identity.onBehalfOf);
  Object.freeze(identity.claims);
  Object.freeze(identity);
  Object.freeze(event.grant);
  return event;
}
