// How busy the thread is that takes the entries.

/** Milliseconds between two looks. */
const SAMPLE = 100;

/** Tells which share of the time the calling thread is at work. */
export class Load {
  #last = performance.eventLoopUtilization();
  #at = performance.now();
  #share = 0;

  /** Between 0 and 1, over the last tenth of a second or so. @param now `performance.now()` */
  share(now: number): number {
    if (now - this.#at < SAMPLE) return this.#share;
    const total = performance.eventLoopUtilization();
    this.#share = performance.eventLoopUtilization(total, this.#last).utilization;
    this.#last = total;
    this.#at = now;
    return this.#share;
  }
}
