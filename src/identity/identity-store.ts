// What Dogwatch itself knows of identities: tokens, revocations, service accounts, containments and approvals, in one sealed file of the data directory.
import { join } from 'node:path';
import { DogwatchError } from '../exchange/error.ts';
import type { Containment } from '../exchange/finding.ts';
import type { Memory } from '../exchange/memory.ts';
import { Approvals } from './approvals.ts';
import { Containments } from './containments.ts';
import { GatewayTokens, type HeldToken } from './gateway-tokens.ts';
import type { Grant, Minted, MintRequest, Revocation, TokenStore } from './grant.ts';
import { identityKey, Revocations } from './revocations.ts';
import { openSealedLog } from './sealed-log.ts';
import { ServiceAccounts } from './service-accounts.ts';
import type { Block, BlockKind, StoreEvent } from './store-events.ts';
import { endOfJwt, isTokenText, revocationKeyOf } from './token-text.ts';

const MINUTE = 60_000;
const MAX_BLOCKS = 100_000;
const MAX_CONTAINMENTS = 10_000;
/** How often the time of last use is written down, in milliseconds. */
const NOTE_USE_EVERY = 5 * MINUTE;

export interface IdentityStoreOptions {
  /** The data directory; the caller holds its lock. */
  readonly dir: string;
  /** 32 bytes, `keyring.secret('tokens')`. */
  readonly key: Uint8Array;
  /** Milliseconds since the epoch. Default Date.now. */
  readonly now?: () => number;
}

export interface IdentityStore extends TokenStore, Memory {
  readonly tokens: GatewayTokens;
  readonly revocations: Revocations;
  readonly accounts: ServiceAccounts;
  readonly containments: Containments;
  readonly approvals: Approvals;
  /**
   * Contains an identity or a session: in effect at once, on disk when it resolves. What there is of the same level on the same
   * place ends. @throws DogwatchError `bad_parameter`, `identity_store_failed`
   */
  contain(containment: Containment): Promise<void>;
  /** Ends a containment; on disk when it resolves. @returns whether it was in force */
  release(id: string): Promise<boolean>;
  /** @returns whether there was such a revocation */
  lift(by: BlockKind, key: string): Promise<boolean>;
  /** Moves a leased token's end on. @returns its new end in milliseconds since the epoch; undefined when it has ended */
  renew(lease: string): Promise<number | undefined>;
  close(): Promise<void>;
}

/** @throws DogwatchError `identity_store_damaged` */
export async function openIdentityStore({ dir, key, now = Date.now }: IdentityStoreOptions): Promise<IdentityStore> {
  const append = (event: StoreEvent): Promise<void> => log.append(event);
  const tokens = new GatewayTokens({ append, now });
  const revocations = new Revocations(now);
  const accounts = new ServiceAccounts({ append, tokens, now });
  const containments = new Containments(now);
  const approvals = new Approvals({ append, now });
  const log = await openSealedLog<StoreEvent>({
    file: join(dir, 'identity.log'),
    key,
    replay(event) {
      switch (event.e) {
        case 'block': {
          const { e: _e, ...block } = event;
          return revocations.add(block);
        }
        case 'lift':
          return void revocations.remove(event.by, event.key);
        case 'account':
        case 'account-end':
          return accounts.replay(event);
        case 'contain':
          return containments.add(event.containment);
        case 'release':
          return void containments.remove(event.id);
        case 'approval':
          return approvals.replay(event);
        default:
          return tokens.replay(event);
      }
    },
    *snapshot() {
      yield* accounts.snapshot();
      yield* tokens.snapshot();
      for (const block of revocations.list()) yield { e: 'block', ...block };
      for (const containment of containments.list().reverse()) yield { e: 'contain', containment };
      yield* approvals.snapshot();
    },
    live: () => tokens.size + revocations.size + accounts.size + containments.size + approvals.size,
  });

  const noted = new WeakMap<HeldToken, number>();
  /** Off the data path: a call only sets a number. */
  const noteUses = async (): Promise<void> => {
    for (const held of tokens.alive()) {
      if (held.grant.kind !== 'agent' || held.lastUsed === (noted.get(held) ?? 0)) continue;
      noted.set(held, held.lastUsed);
      await tokens.noteUsed(held);
    }
  };
  for (const held of tokens.alive()) noted.set(held, held.lastUsed);
  const timer = setInterval(() => void noteUses().catch(() => undefined), NOTE_USE_EVERY).unref();

  async function block(by: BlockKind, blocked: string, until?: number): Promise<void> {
    if (revocations.size >= MAX_BLOCKS && revocations.list().length >= MAX_BLOCKS) {
      throw new DogwatchError('too_many_tokens', `${MAX_BLOCKS} revocations are in force, and no more are kept`, {
        remedy: 'lift some that are no longer needed, or take the issuer out of the configuration',
      });
    }
    const added: Block = { by, key: blocked, at: now(), ...(until !== undefined && { until }) };
    // In effect before it is on disk: what is revoked shall not get in, whatever the disk does.
    revocations.add(added);
    await append({ e: 'block', ...added });
  }

  async function revokeAll(of: (grant: Grant) => boolean): Promise<number> {
    let ended = 0;
    for (const held of [...tokens.alive()].filter(({ grant }) => of(grant))) ended += await tokens.revoke(held);
    return ended;
  }

  /** The session, and the tokens that were used in it: whoever holds one shall not go on under another session's name. */
  async function revokeSession(session: string): Promise<number> {
    await block('session', session);
    let ended = 0;
    for (const [used, expiresAt] of revocations.tokensOf(session)) {
      const held = tokens.byHash(used);
      if (held === undefined) await block('token', used, expiresAt + MINUTE);
      else ended += await tokens.revoke(held);
    }
    return ended;
  }

  async function revoke(what: Revocation): Promise<number> {
    switch (what.by) {
      case 'id': {
        const held = tokens.byId(what.id);
        return held === undefined ? 0 : tokens.revoke(held);
      }
      case 'token': {
        if (isTokenText(what.token)) {
          const held = tokens.find(what.token);
          return held === undefined ? 0 : tokens.revoke(held);
        }
        const known = revocationKeyOf(what.token);
        await block('token', known, endOfJwt(what.token));
        return revokeAll(({ origin }) => origin === known);
      }
      case 'session':
        return revokeSession(what.session);
      case 'identity': {
        const { issuer, subject } = what;
        await block('identity', identityKey(issuer, subject));
        return revokeAll(({ identity }) => identity.issuer === issuer && identity.subject === subject);
      }
      case 'issuer':
        await block('issuer', what.issuer);
        return revokeAll(({ identity }) => identity.issuer === what.issuer);
    }
  }

  return {
    tokens,
    revocations,
    accounts,
    containments,
    approvals,
    async contain(containment) {
      if (containments.size >= MAX_CONTAINMENTS && containments.list().length >= MAX_CONTAINMENTS) {
        throw new DogwatchError(
          'bad_parameter',
          `${MAX_CONTAINMENTS} containments are in force, and no more are kept`,
          {
            remedy: 'release some, or revoke the issuer',
          },
        );
      }
      const before = containments.like(containment).filter(({ level }) => level === containment.level);
      // In effect before it is on disk, as a revocation; and never for a moment without the one that it replaces.
      containments.add(containment);
      await append({ e: 'contain', containment });
      for (const { id } of before) {
        containments.remove(id);
        await append({ e: 'release', id });
      }
    },
    async release(id) {
      if (containments.get(id) === undefined) return false;
      await append({ e: 'release', id });
      return containments.remove(id);
    },
    mint: (request: MintRequest): Promise<Minted> => tokens.mint(request),
    lookup(token) {
      const held = tokens.find(token);
      return held !== undefined && tokens.isAlive(held) ? held.grant : undefined;
    },
    revoke,
    async lift(by, key) {
      if (!revocations.has(by, key)) return false;
      await append({ e: 'lift', by, key });
      return revocations.remove(by, key);
    },
    async renew(lease) {
      const held = tokens.byLease(lease);
      return held === undefined ? undefined : tokens.renew(held);
    },
    async forget(remains) {
      approvals.drop(await remains.strangers(approvals.past()));
      await log.rewrite();
    },
    async close() {
      clearInterval(timer);
      await noteUses().catch(() => undefined);
      await log.close();
    },
  };
}
