// Callers as the watch knows them: one object for each identity, and the kind of callers that it is one of.
import type { Identity } from '../exchange/identity.ts';
import type { Action } from '../exchange/operation.ts';
import type { FedIdentity } from '../index/row-feed.ts';
import { BoundedMap, type Slot } from './bounded-map.ts';
import type { Seen } from './detectors/distinct.ts';
import type { Known } from './detectors/known.ts';
import type { Facts } from './facts.ts';
import type { Gone } from './gone.ts';
import type { Level } from './levels.ts';
import type { Place } from './rate/rate-watch.ts';

/**
 * An identity that calls, and what is known of its latest calls: most calls are like the one before, and cost no more than to see that.
 * One object, for each place in memory that a call has to reach costs as much as most detectors. It is where all its calls are counted, too.
 */
export interface Caller extends Place, Routed {
  /** Number of its latest observation (recent.ts). */
  latest: number;
  /** The state of all episodes in which it had none; not below 0 (episodes.ts). */
  calm: number;
  /** The hour that was seen to be none of the unusual ones (unusual-hours.ts). */
  usualHour: number;
  /** Window of time, and reads in it (enumeration.ts). */
  readWindow: number;
  reads: number;
  /** What it said of itself and where it came from, and what that stands for (observation.ts). */
  clientText: string | undefined;
  source: string | undefined;
  client: string | undefined;
  network: string | undefined;
  /** Goes up when client or network change: routes of another number are not like the calls before. And calls not looked at yet (novelty.ts). */
  likeness: number;
  alike: number;
  own: Known | undefined;
  /** From when on no refusal counts any more; undefined until somebody looked (probing.ts). */
  refusedUntil: number | undefined;
  /** Where the bytes it reads are counted (volume.ts). */
  volume: Slot<Level> | undefined;
  /** `issuer#subject` */
  readonly key: string;
  readonly issuer: string;
  readonly subject: string;
  readonly name: string;
  readonly kind: Identity['kind'] | undefined;
  /** What callers of the same kind have in common: kind, groups, and the name without its numbers. */
  readonly peers: string;
}

/** Whose routes they are: the latest ones at hand, all of them in a list. */
export interface Routed {
  route: Route | undefined;
  /** Beside each other: to see which one it is, no other place in memory need be reached. */
  lane0: Lane | undefined;
  lane1: Lane | undefined;
  lane2: Lane | undefined;
  lane3: Lane | undefined;
  route0: Route | undefined;
  route1: Route | undefined;
  route2: Route | undefined;
  route3: Route | undefined;
  /** Which of the four makes room next. */
  oldest: number;
}

export const noRoutes = (): Routed => ({
  route: undefined,
  lane0: undefined,
  lane1: undefined,
  lane2: undefined,
  lane3: undefined,
  route0: undefined,
  route1: undefined,
  route2: undefined,
  route3: undefined,
  oldest: 0,
});

/** Calls of one operation, with one action, for one connection. */
export interface Lane {
  readonly operation: string | undefined;
  readonly action: Action | undefined;
  readonly connection: string | undefined;
  readonly facts: Facts;
  /** Where the connection's calls of the family are counted (rates.ts). */
  ofConnection: Place | undefined;
}

/** A caller's calls in one lane. It is where the caller's calls of the family are counted, too. */
export interface Route extends Place {
  readonly lane: Lane;
  /** Absent when nobody knows who calls. */
  readonly caller: Caller | undefined;
  /** Another route of the caller. */
  next: Route | undefined;
  /** The slot of time in which it was counted last, and its row in there (top.ts). */
  topSlot: number;
  topRow: number;
  /** The caller's number when its last call was looked at (novelty.ts). */
  likeness: number;
  /** What such calls read, in one window of time (enumeration.ts). */
  things: Things | undefined;
  /** The kind of thing that its last call was about (recent.ts). */
  kinds: readonly { readonly kind: string }[];
}

export interface Things {
  readonly kind: string;
  readonly key: string;
  window: number;
  seen: Seen;
  /** Where they are counted. */
  level: Slot<Level> | undefined;
}

/** Who it is, for those who tell of it. */
export type NamedCaller = Pick<Caller, 'key' | 'issuer' | 'subject' | 'name' | 'kind'> &
  Partial<Pick<Caller, 'latest'>>;

/** What is kept of a caller; the rest is found anew. */
type SavedCaller = Pick<Caller, 'key' | 'issuer' | 'subject' | 'name' | 'kind' | 'peers'>;

/** Identities that are remembered; what is known of others begins anew. */
export const CALLERS = 30_000;

/** Finds the one object of an identity. */
export class CallerBook {
  private readonly callers = new BoundedMap<Caller>(CALLERS);
  get size(): number {
    return this.callers.size;
  }

  /** Costs something: the feed asks once for each of its identities. */
  of(identity: FedIdentity): Caller {
    const key = `${identity.issuer}#${identity.subject}`;
    const peers = peersOf(identity);
    let caller = this.callers.get(key);
    if (!caller || caller.name !== identity.name || caller.peers !== peers) {
      const { issuer, subject, name, kind } = identity;
      caller = this.made({ key, issuer, subject, name, kind, peers });
      this.callers.set(key, caller);
    }
    return caller;
  }

  /** Its caller has an episode now, or has none any more. @returns whether that is known to all who call with that key */
  disturb(key: string): boolean {
    const caller = this.callers.get(key);
    if (caller) caller.calm = -1;
    // Of one that was forgotten, there may be two.
    return caller !== undefined && this.callers.size < CALLERS;
  }

  /** Who has that key; of one that is forgotten, what the key itself tells. */
  named(key: string): NamedCaller {
    const known = this.callers.get(key);
    if (known) return known;
    const at = key.indexOf('#');
    const subject = key.slice(at + 1);
    return { key, issuer: key.slice(0, Math.max(at, 0)), subject, name: subject, kind: undefined };
  }

  forget(gone: Gone): void {
    this.callers.drop((key) => gone.caller(key));
  }

  /** The kinds that there are. */
  kinds(): Set<string> {
    return new Set([...this.callers.values()].map(({ peers }) => peers));
  }

  save(): SavedCaller[] {
    return [...this.callers.values()].map(({ key, issuer, subject, name, kind, peers }) => ({
      key,
      issuer,
      subject,
      name,
      kind,
      peers,
    }));
  }

  load(callers: readonly SavedCaller[]): void {
    for (const caller of callers) this.callers.set(caller.key, this.made(caller));
  }

  private made({ key, issuer, subject, name, kind, peers }: SavedCaller): Caller {
    return {
      // All in one place in memory: what is added to a copy is kept in another.
      route: undefined,
      lane0: undefined,
      lane1: undefined,
      lane2: undefined,
      lane3: undefined,
      route0: undefined,
      route1: undefined,
      route2: undefined,
      route3: undefined,
      oldest: 0,
      slot: -1,
      turn: 0,
      latest: 0,
      calm: -1,
      usualHour: -1,
      readWindow: -1,
      reads: 0,
      clientText: undefined,
      source: undefined,
      client: undefined,
      network: undefined,
      likeness: 0,
      alike: 0,
      own: undefined,
      refusedUntil: undefined,
      volume: undefined,
      rateKey: '',
      ratePeer: '',
      key,
      issuer,
      subject,
      name,
      kind,
      peers,
    };
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
