// What gets in no more: tokens, sessions, identities and issuers that were revoked. Looked up on every call.
import type { Identity } from '../exchange/identity.ts';
import { RefusedCredential } from './refused.ts';
import type { Block, BlockKind } from './store-events.ts';

/** A verified credential, as far as revocation is concerned. */
export interface Revocable {
  readonly identity: Identity;
  /** What the token is known by in the list; its id in the case of Dogwatch's own, which end in their store. */
  readonly key: string;
  /** The generation of the list at which nothing of it was revoked; written by `check`. */
  cleared: number;
  /** The session it was last used in; written by `enter`. */
  entered?: string;
  /** Milliseconds since the epoch at which it ends. */
  readonly expiresAt: number;
}

const MAX_SESSIONS = 50_000;
const MAX_TOKENS_OF_SESSION = 64;

/** How an identity is named in the list. */
export const identityKey = (issuer: string, subject: string): string => `${issuer}#${subject}`;

/** The list, in memory. */
export class Revocations {
  readonly #blocks: Record<BlockKind, Map<string, Block>> = {
    token: new Map(),
    session: new Map(),
    identity: new Map(),
    issuer: new Map(),
  };
  /** Which tokens were used in a session, so that they end with it; those of the sessions that began last. */
  readonly #usedIn = new Map<string, Map<string, number>>();
  #generation = 1;
  #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  get size(): number {
    const { token, session, identity, issuer } = this.#blocks;
    return token.size + session.size + identity.size + issuer.size;
  }

  add(block: Block): void {
    this.#blocks[block.by].set(block.key, block);
    this.#generation += 1;
  }

  /** @returns whether there was such a block */
  remove(by: BlockKind, key: string): boolean {
    this.#generation += 1;
    return this.#blocks[by].delete(key);
  }

  has(by: BlockKind, key: string): boolean {
    return this.#blocks[by].has(key);
  }

  /** Those that still count, oldest first; what has ended is forgotten. */
  list(): Block[] {
    const now = this.#now();
    const all: Block[] = [];
    for (const blocks of Object.values(this.#blocks)) {
      for (const [key, block] of blocks) {
        if (block.until !== undefined && block.until <= now) blocks.delete(key);
        else all.push(block);
      }
    }
    return all.sort((a, b) => a.at - b.at);
  }

  /**
   * Passes a credential of which nothing is revoked: neither the token, nor its issuer or identity, nor an actor of its chain.
   * One comparison, as long as the list has not changed since the same credential last passed.
   *
   * @throws RefusedCredential `token_revoked`
   */
  check(credential: Revocable): void {
    if (credential.cleared === this.#generation) return;
    const { identity, key } = credential;
    const { issuer, subject, onBehalfOf } = identity;
    if (this.has('token', key)) throw revoked('the token');
    for (const party of [{ issuer, subject }, ...onBehalfOf]) {
      if (this.has('issuer', party.issuer)) throw revoked(`the issuer ${party.issuer}`);
      if (this.has('identity', identityKey(party.issuer, party.subject))) {
        throw revoked(`the identity ${identityKey(party.issuer, party.subject)}`);
      }
    }
    credential.cleared = this.#generation;
  }

  /**
   * Lets a credential into a session, and remembers that it was there.
   *
   * @throws RefusedCredential `token_revoked` when the session was revoked
   */
  enter(credential: Revocable, session: string): void {
    if (this.#blocks.session.size > 0 && this.has('session', session)) throw revoked(`the session ${session}`);
    if (credential.entered === session) return;
    credential.entered = session;
    let tokens = this.#usedIn.get(session);
    if (tokens === undefined) {
      tokens = new Map();
      this.#usedIn.set(session, tokens);
      if (this.#usedIn.size > MAX_SESSIONS) this.#usedIn.delete(this.#usedIn.keys().next().value ?? '');
    }
    if (tokens.size < MAX_TOKENS_OF_SESSION) tokens.set(credential.key, credential.expiresAt);
  }

  /** Keys of the tokens that were used in a session since the start, and when each ends by itself. */
  tokensOf(session: string): [key: string, expiresAt: number][] {
    return [...(this.#usedIn.get(session) ?? [])];
  }
}

const revoked = (what: string): RefusedCredential => new RefusedCredential('token_revoked', `${what} was revoked`);
