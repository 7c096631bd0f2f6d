// What identities and sessions may still do: containments in force, in memory. Looked up on every call, next to revocations.
import type { Containment } from '../exchange/finding.ts';
import type { Identity } from '../exchange/identity.ts';
import { identityKey } from './revocations.ts';

/** What holds for one call. Of several at the same level the one that was made last is named. */
export interface Restraint {
  readonly quarantine?: Containment;
  readonly readOnly?: Containment;
  readonly approval?: Containment;
  readonly throttles: readonly Containment[];
}

interface Bucket {
  left: number;
  /** Milliseconds. */
  at: number;
}

/** A throttle lets so many seconds' worth of calls through at once, and one call at least. */
const BURST_SECONDS = 10;

/** What a containment is put upon, as one key: no session id begins like that. */
const placeOf = ({ identity, session }: Pick<Containment, 'identity' | 'session'>): string =>
  identity === undefined ? `s ${session}` : `i ${identity}`;

export class Containments {
  readonly #all = new Map<string, Containment>();
  readonly #byPlace = new Map<string, Containment[]>();
  readonly #buckets = new Map<string, Bucket>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  get size(): number {
    return this.#all.size;
  }

  add(containment: Containment): void {
    const place = placeOf(containment);
    this.#all.set(containment.id, containment);
    this.#byPlace.set(place, [containment, ...(this.#byPlace.get(place) ?? [])]);
  }

  /** @returns whether it was in force */
  remove(id: string): boolean {
    const containment = this.#all.get(id);
    if (containment === undefined) return false;
    const place = placeOf(containment);
    const left = (this.#byPlace.get(place) ?? []).filter((each) => each.id !== id);
    if (left.length === 0) this.#byPlace.delete(place);
    else this.#byPlace.set(place, left);
    this.#all.delete(id);
    this.#buckets.delete(id);
    return this.#inForce(containment);
  }

  get(id: string): Containment | undefined {
    const containment = this.#all.get(id);
    return containment !== undefined && this.#inForce(containment) ? containment : undefined;
  }

  /** Those in force, newest first; what has ended is forgotten. */
  list(): Containment[] {
    for (const containment of [...this.#all.values()]) if (!this.#inForce(containment)) this.remove(containment.id);
    return [...this.#all.values()].reverse();
  }

  /** Those in force on the same identity or session. */
  like(containment: Pick<Containment, 'identity' | 'session'>): Containment[] {
    return (this.#byPlace.get(placeOf(containment)) ?? []).filter((each) => this.#inForce(each));
  }

  /**
   * What holds for a call: of its session, its identity, and whoever acts for that identity. Undefined as long as nothing does.
   *
   * @param exempt whether rules cannot contain this identity, since it is one of the operators. A rule's containment of whoever
   *   acts for an operator holds all the same: it is somebody else.
   */
  of(identity: Identity, session: string, exempt: () => boolean): Restraint | undefined {
    if (this.#all.size === 0) return undefined;
    const own = [
      ...(this.#byPlace.get(`s ${session}`) ?? []),
      ...(this.#byPlace.get(`i ${identityKey(identity.issuer, identity.subject)}`) ?? []),
    ].filter((each) => !('rule' in each.by) || !exempt());
    const actors = identity.onBehalfOf.flatMap(
      ({ issuer, subject }) => this.#byPlace.get(`i ${identityKey(issuer, subject)}`) ?? [],
    );
    const found = [...own, ...actors].filter((each) => this.#inForce(each));
    if (found.length === 0) return undefined;
    const first = (level: Containment['level']): Containment | undefined => found.find((each) => each.level === level);
    const [quarantine, readOnly, approval] = [first('quarantine'), first('read-only'), first('approval')];
    return {
      ...(quarantine && { quarantine }),
      ...(readOnly && { readOnly }),
      ...(approval && { approval }),
      throttles: found.filter((each) => each.level === 'throttle'),
    };
  }

  /** Takes one call from a throttle's bucket. @returns 0, or how many seconds it will take until there is one */
  take({ id, rate = 1 }: Containment): number {
    const now = this.#now();
    const burst = Math.max(1, (rate / 60) * BURST_SECONDS);
    let bucket = this.#buckets.get(id);
    if (bucket === undefined) {
      bucket = { left: burst, at: now };
      this.#buckets.set(id, bucket);
    }
    bucket.left = Math.min(burst, bucket.left + (Math.max(0, now - bucket.at) / 60_000) * rate);
    bucket.at = now;
    if (bucket.left < 1) return Math.max(1, Math.ceil(((1 - bucket.left) * 60) / rate));
    bucket.left -= 1;
    return 0;
  }

  #inForce({ expires }: Containment): boolean {
    return expires === undefined || expires > this.#now();
  }
}
