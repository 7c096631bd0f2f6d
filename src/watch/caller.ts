// Callers as the watch knows them: one object for each identity, and the kind of callers that it is one of.
import type { Identity } from '../exchange/identity.ts';
import type { FedIdentity } from '../index/row-feed.ts';
import { BoundedMap } from './bounded-map.ts';

/** An identity that calls. */
export interface Caller {
  /** `issuer#subject` */
  readonly key: string;
  readonly issuer: string;
  readonly subject: string;
  readonly name: string;
  readonly kind: Identity['kind'] | undefined;
  /** What callers of the same kind have in common: kind, groups, and the name without its numbers. */
  readonly peers: string;
  /** A number of this run, as names for counters. */
  readonly number: number;
}

/** Who it is, for those who tell of it. */
export type NamedCaller = Pick<Caller, 'key' | 'issuer' | 'subject' | 'name' | 'kind'>;

/** Identities that are remembered; what is known of others begins anew. */
export const CALLERS = 30_000;

/** Finds the one object of an identity. */
export class CallerBook {
  private readonly callers = new BoundedMap<Caller>(CALLERS);
  /** By the object that the feed has of an identity. */
  private fed = new WeakMap<FedIdentity, Caller>();
  private made = 0;

  get size(): number {
    return this.callers.size;
  }

  of(identity: FedIdentity): Caller {
    const known = this.fed.get(identity);
    if (known) return known;
    const key = `${identity.issuer}#${identity.subject}`;
    const peers = peersOf(identity);
    let caller = this.callers.get(key);
    if (!caller || caller.name !== identity.name || caller.peers !== peers) {
      const { issuer, subject, name, kind } = identity;
      caller = { key, issuer, subject, name, kind, peers, number: ++this.made };
      this.callers.set(key, caller);
    }
    this.fed.set(identity, caller);
    return caller;
  }

  /** Who has that key; of one that is forgotten, what the key itself tells. */
  named(key: string): NamedCaller {
    const known = this.callers.get(key);
    if (known) return known;
    const at = key.lastIndexOf('#');
    const subject = key.slice(at + 1);
    return { key, issuer: key.slice(0, Math.max(at, 0)), subject, name: subject, kind: undefined };
  }

  save(): Caller[] {
    return [...this.callers.values()];
  }

  load(callers: readonly Caller[]): void {
    for (const caller of callers) this.callers.set(caller.key, { ...caller, number: ++this.made });
    this.fed = new WeakMap();
  }
}

/** `agent|ci,sre|ci/agent-#`: digits and long hexadecimal pieces of a name tell one caller from the next, not one kind from another. */
export function peersOf({ kind, groups, name }: Pick<FedIdentity, 'kind' | 'groups' | 'name'>): string {
  const pattern = name
    .slice(0, 200)
    .toLowerCase()
    .replace(/[0-9a-f]{8,}(-[0-9a-f]{4,})*/g, '#')
    .replace(/\d+/g, '#');
  return `${kind ?? ''}|${groups.toSorted().join(',')}|${pattern}`;
}
