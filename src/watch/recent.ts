// The latest observations, so that an episode knows the exchanges that were too much before it was noticed.
import { isMember, type Members } from './members.ts';
import type { Observation } from './observation.ts';

export class Recent {
  private readonly ring: Observation[] = [];
  private readonly most: number;
  private next = 0;

  constructor(most = 16_384) {
    this.most = most;
  }

  add(o: Observation): void {
    if (this.ring.length < this.most) this.ring.push(o);
    else this.ring[this.next] = o;
    this.next = (this.next + 1) % this.most;
  }

  /** Those that belong, from a time on, oldest first. */
  members(members: Members, since: number): Observation[] {
    const { ring, most } = this;
    const start = ring.length < most ? 0 : this.next;
    const found: Observation[] = [];
    for (let step = 0; step < ring.length; step++) {
      const o = ring[(start + step) % ring.length]!;
      if (o.time >= since && isMember(members, o)) found.push(o);
    }
    return found;
  }
}
