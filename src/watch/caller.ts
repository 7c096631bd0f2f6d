// Callers as the watch knows them: one object for each identity, and the kind of callers that it is one of.
import type { Identity } from '../exchange/identity.ts';
import type { FedIdentity } from '../index/row-feed.ts';
import { BoundedMap, type Slot } from './bounded-map.ts';
import type { Memo } from './detectors/known.ts';
import type { Level } from './levels.ts';
import type { Place } from './rate/rate-watch.ts';
import type { Route } from './route.ts';

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
  readonly notes: CallerNotes;
}

/** What is known of a caller's latest calls: most calls are like the one before, and cost no more than to see that. Not kept. */
export interface CallerNotes {
  /** The route taken last (route.ts). */
  route: Route | undefined;
  /** Where all its calls are counted (rates.ts). */
  rate: Place | undefined;
  /** What it said of itself and where it came from, and what that stands for (observation.ts). */
  clientText: string | undefined;
  client: string | undefined;
  source: string | undefined;
  network: string | undefined;
  /** Number of its latest observation (recent.ts). */
  latest: number;
  /** The state of all episodes in which it had none (episodes.ts). */
  calm: number;
  /** The hour that was seen to be none of the unusual ones (unusual-hours.ts). */
  usualHour: number;
  /** Window of time, and reads in it (enumeration.ts). */
  readWindow: number;
  reads: number;
  /** From when on no refusal counts any more; undefined until somebody looked (probing.ts). */
  refusedUntil: number | undefined;
  /** Where the bytes it reads are counted (volume.ts). */
  volume: Slot<Level> | undefined;
  /** What its latest calls had in common (novelty.ts). */
  memo: Memo | undefined;
}

const noNotes = (): CallerNotes => ({
  route: undefined,
  rate: undefined,
  clientText: undefined,
  client: undefined,
  source: undefined,
  network: undefined,
  latest: 0,
  calm: -1,
  usualHour: -1,
  readWindow: -1,
  reads: 0,
  refusedUntil: undefined,
  volume: undefined,
  memo: undefined,
});

/** Who it is, for those who tell of it. */
export type NamedCaller = Pick<Caller, 'key' | 'issuer' | 'subject' | 'name' | 'kind'> & Partial<Pick<Caller, 'notes'>>;

type SavedCaller = Omit<Caller, 'notes'>;

/** Identities that are remembered; what is known of others begins anew. */
export const CALLERS = 30_000;

/** Finds the one object of an identity. */
export class CallerBook {
  private readonly callers = new BoundedMap<Caller>(CALLERS);
  /** By the object that the feed has of an identity. */
  private readonly fed = new Map<FedIdentity, Caller>();

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
      caller = { key, issuer, subject, name, kind, peers, notes: noNotes() };
      this.callers.set(key, caller);
    }
    if (this.fed.size >= 2 * CALLERS) this.fed.clear();
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
    for (const caller of callers) this.callers.set(caller.key, { ...caller, notes: noNotes() });
    this.fed.clear();
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
