// Which identities are known to hold the role operator or admin: no rule may contain them, or they could be locked out.
import type { Identity } from '../exchange/identity.ts';
import type { RolesConfig } from './config.ts';
import { identityKey } from './revocations.ts';
import { rolesOf } from './roles.ts';

/** Those that were seen last are remembered. */
const MAX_KNOWN = 20_000;

export class Operators {
  readonly #roles: RolesConfig;
  /** The verifier gives one object for one token again and again. */
  readonly #judged = new WeakMap<Identity, boolean>();
  readonly #known = new Set<string>();

  constructor(roles: RolesConfig) {
    this.#roles = roles;
  }

  /** Whether an identity that was just verified is one of them; remembers it if so. */
  note(identity: Identity): boolean {
    const judged = this.#judged.get(identity);
    if (judged !== undefined) return judged;
    const holds = rolesOf(identity, this.#roles).has('operator');
    this.#judged.set(identity, holds);
    if (!holds) return false;
    const key = identityKey(identity.issuer, identity.subject);
    this.#known.delete(key);
    this.#known.add(key);
    if (this.#known.size > MAX_KNOWN) this.#known.delete(this.#known.values().next().value ?? '');
    return true;
  }

  /** Whether one of that name was seen with such a role. */
  has({ issuer, subject }: Pick<Identity, 'issuer' | 'subject'>): boolean {
    return this.#known.has(identityKey(issuer, subject));
  }
}
