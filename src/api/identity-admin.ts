// Service accounts and revocations, changed and audited; the same for the API and for a command that has the data directory.
import { DogwatchError } from '../exchange/error.ts';
import type { Minted, Revocation } from '../identity/grant.ts';
import type { IdentityStore } from '../identity/identity-store.ts';
import { identityKey } from '../identity/revocations.ts';
import type { ShownAccount } from '../identity/service-accounts.ts';
import type { Block, BlockKind } from '../identity/store-events.ts';
import { endOfJwt, isTokenText, revocationKeyOf } from '../identity/token-text.ts';
import type { Audit, Caller } from './audit.ts';

const DAY = 86_400;
const HOUR = 3_600;

export interface IdentityAdmin {
  accounts(): ShownAccount[];
  /** @throws DogwatchError `bad_parameter`, `too_many_tokens` */
  create(caller: Caller, name: string, groups: readonly string[], days: number): Promise<Minted>;
  /** @throws DogwatchError `not_found` */
  rotate(caller: Caller, name: string, days: number, overlapHours: number): Promise<Minted>;
  /** @throws DogwatchError `not_found` */
  remove(caller: Caller, name: string): Promise<{ ended: number }>;
  /** @throws DogwatchError `not_found` when there is no such token of Dogwatch */
  revoke(caller: Caller, what: Revocation): Promise<{ ended: number }>;
  /** @throws DogwatchError `not_found` when there is no such revocation */
  lift(caller: Caller, by: BlockKind, key: string): Promise<void>;
  revocations(): Block[];
}

export function createIdentityAdmin(store: IdentityStore, audit: Audit): IdentityAdmin {
  /** What is to be revoked, in a sentence and for the entry; a token itself stands in neither. */
  function described(what: Revocation): { sentence: string; details: Record<string, string> } {
    switch (what.by) {
      case 'id':
      case 'token': {
        const held = what.by === 'id' ? store.tokens.byId(what.id) : store.tokens.find(what.token);
        if (held !== undefined) {
          const { id, identity } = held.grant;
          return { sentence: `the token ${id} of ${identity.name}`, details: { token: id } };
        }
        if (what.by === 'id' || isTokenText(what.token)) {
          throw new DogwatchError('not_found', 'Dogwatch knows no such token', { remedy: 'it may have ended already' });
        }
        if (endOfJwt(what.token) === undefined) {
          throw new DogwatchError('bad_parameter', 'what was given is neither a token of Dogwatch nor a JWT that ends');
        }
        const key = revocationKeyOf(what.token);
        return { sentence: 'a token of an issuer', details: { key } };
      }
      case 'session':
        return { sentence: `the session ${what.session}`, details: { session: what.session } };
      case 'identity': {
        const identity = identityKey(what.issuer, what.subject);
        return { sentence: `the identity ${identity}`, details: { identity } };
      }
      case 'issuer':
        return { sentence: `the issuer ${what.issuer}`, details: { issuer: what.issuer } };
    }
  }

  return {
    accounts: () => store.accounts.list(),
    async create(caller, name, groups, days) {
      store.accounts.checkNew(name, groups);
      await audit(caller, 'admin.agent', `created the service account ${name}`, { agent: name, groups, days });
      return store.accounts.create(name, groups, caller.identity.name, days * DAY);
    },
    async rotate(caller, name, days, overlapHours) {
      store.accounts.get(name);
      await audit(caller, 'admin.agent', `rotated the token of the service account ${name}`, {
        agent: name,
        days,
        overlapHours,
      });
      return store.accounts.rotate(name, days * DAY, overlapHours * HOUR);
    },
    async remove(caller, name) {
      store.accounts.get(name);
      await audit(caller, 'admin.agent', `revoked the service account ${name}`, { agent: name });
      return { ended: await store.accounts.revoke(name) };
    },
    async revoke(caller, what) {
      const { sentence, details } = described(what);
      // Revoked first: what shall not get in any more must not have time for one more call.
      const ended = await store.revoke(what);
      await audit(caller, 'identity.revoked', `revoked ${sentence}`, { by: what.by, ...details, ended });
      return { ended };
    },
    async lift(caller, by, key) {
      if (!store.revocations.has(by, key)) {
        throw new DogwatchError('not_found', 'there is no such revocation', {
          remedy: '`dogwatch revoke list` shows them',
        });
      }
      await audit(caller, 'identity.revoked', `lifted the revocation of the ${by} ${key}`, { by, key, lifted: true });
      await store.lift(by, key);
    },
    revocations: () => store.revocations.list(),
  };
}
