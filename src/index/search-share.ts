// How much of the processor searching may take while serving calls needs it: a twentieth of one, beyond what a person's few questions take.
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

/** Of one processor, while the rest of the process is busy. */
const SHARE = 0.05;
/** Milliseconds of CPU that may be taken at once after a pause: a page with its facets takes less. */
const SAVED = 100;
/** The longest rest between two searches, in milliseconds; more than that is not made up for. */
const MOST = 1_000;
/** The rest of the process is busy from this share of the machine's processors on; below it there is room for both. */
const BUSY = 0.25;
/** Milliseconds over which that is looked at, at least. */
const LOOK = 100;

/** What time it is, and what CPU was used until now by the calling thread and by the whole process: milliseconds all. */
export interface Clock {
  now(): number;
  own(): number;
  all(): number;
  wait(milliseconds: number): Promise<void>;
  /** Processors that the process may use. */
  readonly processors: number;
}

const sum = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000;

/** Of the calling thread. */
export const threadClock: Clock = {
  now: () => performance.now(),
  own: () => sum(process.threadCpuUsage()),
  all: () => sum(process.cpuUsage()),
  wait: (milliseconds) => delay(milliseconds, undefined, { ref: false }),
  processors: availableParallelism(),
};

/** Has those who search take turns: each waits until what was taken before is made up for. */
export class SearchShare {
  private readonly clock: Clock;
  /** Milliseconds of CPU that may be taken, or when negative are owed. */
  private left = SAVED;
  private last: { now: number; own: number };
  private looked: { now: number; others: number };
  private busy = false;
  private turns: Promise<unknown> = Promise.resolve();

  constructor(clock: Clock = threadClock) {
    this.clock = clock;
    const [now, own, all] = [clock.now(), clock.own(), clock.all()];
    this.last = { now, own };
    this.looked = { now, others: all - own };
  }

  /** Resolves when the next search may begin, in the order of asking. */
  turn(): Promise<void> {
    const turn = this.turns.then(async () => {
      this.settle();
      if (this.left <= 0 && this.busy) await this.clock.wait(Math.min(-this.left / SHARE, MOST));
    });
    this.turns = turn;
    return turn;
  }

  /** Takes off what was used since, and adds what the time since is good for. */
  private settle(): void {
    const [now, own, all] = [this.clock.now(), this.clock.own(), this.clock.all()];
    const since = now - this.looked.now;
    if (since >= LOOK) {
      const others = all - own;
      this.busy = (others - this.looked.others) / since > BUSY * this.clock.processors;
      this.looked = { now, others };
    }
    const used = own - this.last.own;
    const earned = (now - this.last.now) * SHARE;
    this.left = this.busy ? Math.max(Math.min(this.left + earned - used, SAVED), -MOST * SHARE) : SAVED;
    this.last = { now, own };
  }
}
