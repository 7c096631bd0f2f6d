// Times in which nothing was counted: the gateway was down, or nobody told the time.
import { RATE } from './parameters.ts';
import { BIN_LENGTH } from './store.ts';

interface Gap {
  readonly from: number;
  readonly to: number;
}

/** So many of the last ones are remembered. */
const MOST = 16;

export class Gaps {
  /** The latest moment that was told. */
  clock = 0;
  private list: Gap[] = [];

  /** Time goes on. */
  pass(time: number): void {
    if (time <= this.clock) return;
    if (this.clock > 0 && time - this.clock > RATE.gap) {
      this.list.push({ from: this.clock, to: time });
      if (this.list.length > MOST) this.list.shift();
    }
    this.clock = time;
  }

  /** The end of the gap that some of that bin lies in. */
  endOf(bin: number): number | undefined {
    const from = bin * BIN_LENGTH;
    const to = from + BIN_LENGTH;
    for (const gap of this.list) if (gap.from < to && gap.to > from) return gap.to;
    return undefined;
  }

  save(): { clock: number; list: readonly Gap[] } {
    return { clock: this.clock, list: this.list };
  }

  load({ clock, list }: ReturnType<Gaps['save']>): void {
    this.clock = clock;
    this.list = [...list];
  }
}
