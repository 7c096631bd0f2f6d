// Watches the rate of many keys at once, call by call, in constant memory for each. docs/detection.md describes the method.
import { bandOf, extend, type Trace, traceOf } from './band.ts';
import { settle } from './bins.ts';
import type { RateContext } from './context.ts';
import { Gaps } from './gaps.ts';
import {
  BIN_NO,
  bytesOf,
  doublesOf,
  FLAGS,
  FRESH,
  freshOf,
  HEARD,
  intsOf,
  LAST,
  NEXT,
  ROWS,
  SPARE,
  touch,
  turnOf,
  USED,
} from './page.ts';
import type { RateAlarm, RateBand, RateEnd } from './rate.ts';
import { pack, type RateState, unpack } from './snapshot.ts';
import { BIN_LENGTH, binOf, Store, type StoreState } from './store.ts';
import { surge, surgeGoesOn, type Upward } from './upward.ts';
import { fullOf, setLimits, slide, takeIn } from './windows.ts';

export interface RateWatchOptions {
  /** How many keys are kept at most; beyond that, the key unheard of for longest makes room. */
  readonly maxKeys?: number;
  /** Peers whose keys count many callers: a new one of them is expected to be busy. */
  readonly crowds?: readonly string[];
}

const MOST_KEYS = 100_000;
/** Milliseconds within which the bins of all keys are closed, a part with each tick. */
const SWEEP = 300_000;
/** Milliseconds for which the fine counts of an episode are kept after its end. */
const KEPT = 900_000;
const NARROWEST = 500;

interface Head {
  readonly store: StoreState;
  readonly gaps: ReturnType<Gaps['save']>;
  readonly ups: readonly [number, Upward][];
  readonly traces: readonly [number, Trace][];
  readonly events: readonly (RateAlarm | RateEnd)[];
  readonly sweep: { readonly bin: number; readonly next: number };
}

/** Where a key is counted: looked up once, and again when the key had to make room. Good for one RateWatch. */
export interface Place {
  rateKey: string;
  ratePeer: string;
  slot: number;
  /** Which of the keys that the slot ever had this one is. */
  turn: number;
}

/** The place of a key that was not looked up yet. */
export const placeOf = (rateKey: string, ratePeer: string): Place => ({ rateKey, ratePeer, slot: -1, turn: 0 });

export class RateWatch {
  private readonly store: Store;
  private readonly gaps = new Gaps();
  /** Episodes upwards, by slot. */
  private readonly ups = new Map<number, Upward>();
  private readonly traces = new Map<number, Trace>();
  /** To be told by the next tick. */
  private events: (RateAlarm | RateEnd)[] = [];
  /** The bin that is closed for all keys, and the next key. */
  private sweep = { bin: 0, next: 0 };

  constructor(options: RateWatchOptions = {}, state?: StoreState) {
    this.store = new Store(options.maxKeys ?? MOST_KEYS, options.crowds ?? [], state);
  }

  /** How many keys are kept. */
  get size(): number {
    return this.store.slots.size;
  }

  /**
   * Counts a call. Returns an alarm at once when this very call makes a surge evident.
   * @param key an opaque string such as identity x family
   * @param peer the population whose habits a key without history is judged by, such as the operation family
   * @param time milliseconds since the epoch; a call older than the latest one of its key counts as if it came now
   */
  observe(key: string, peer: string, time: number, count = 1): RateAlarm | undefined {
    return this.count(this.slotOf(key, peer, time), time, count);
  }

  /** Counts a call of the key at that place. */
  observeAt(place: Place, time: number): RateAlarm | undefined {
    const { slot } = place;
    if (slot < 0 || this.turnAt(slot) !== place.turn) {
      place.slot = this.slotOf(place.rateKey, place.ratePeer, time);
      place.turn = this.turnAt(place.slot);
    }
    return this.count(place.slot, time, 1);
  }

  /** Has at hand what a call at that place needs. @returns a number without meaning */
  touch({ slot }: Place): number {
    return slot < 0 ? 0 : touch(this.store.pageOf(slot), slot & (ROWS - 1));
  }

  private turnAt(slot: number): number {
    return this.store.pageOf(slot).h[turnOf(slot & (ROWS - 1))]!;
  }

  private slotOf(key: string, peer: string, time: number): number {
    return this.store.slots.get(key) ?? this.begin(key, peer, time);
  }

  private count(slot: number, time: number, count: number): RateAlarm | undefined {
    if (time > this.gaps.clock) this.gaps.pass(time);
    const page = this.store.pageOf(slot);
    const row = slot & (ROWS - 1);
    const { t, f } = page;
    const times = doublesOf(row);
    if (time >= t[times + NEXT]!) this.advance(slot, time);
    else if (time > t[times + LAST]!) t[times + LAST] = time;
    t[times + HEARD] = t[times + LAST]!;
    page.b[bytesOf(row) + FLAGS]! |= USED;
    const fresh = freshOf(row);
    const counted = f[fresh + FRESH]! + count;
    f[fresh + FRESH] = counted;
    if (counted < f[fresh + SPARE]!) return undefined;
    takeIn(page, row);
    const over = fullOf(page, row);
    return over < 0 ? undefined : this.surge(slot, over, t[times + LAST]!);
  }

  /** A half second is over for the key. */
  private advance(slot: number, time: number): void {
    const page = this.store.pageOf(slot);
    const row = slot & (ROWS - 1);
    const times = doublesOf(row);
    takeIn(page, row);
    const now = Math.max(time, page.t[times + LAST]!);
    if (page.n[intsOf(row) + BIN_NO]! < Math.floor(now / BIN_LENGTH)) settle(this.context, slot, now);
    slide(page, row, now);
    page.t[times + NEXT] = (Math.floor(now / NARROWEST) + 1) * NARROWEST;
  }

  /**
   * Lets time pass: ramps, shifts, silences and ends come from here. Called about once a second. Time in which it was not called
   * for minutes (the gateway was down) is a gap: nobody is silent in it, and nothing is learned from it.
   */
  tick(now: number): readonly (RateAlarm | RateEnd)[] {
    this.gaps.pass(now);
    this.sweepOn(this.gaps.clock);
    for (const [slot, up] of this.ups)
      if (up.kind === 'surge') this.events.push(...surgeGoesOn(this.store, this.ups, slot, up, this.gaps.clock));
    for (const [slot, trace] of this.traces) {
      extend(trace, this.store.pageOf(slot), slot & (ROWS - 1));
      if (this.ups.has(slot)) trace.until = undefined;
      else if (trace.until === undefined) trace.until = this.gaps.clock + KEPT;
      else if (this.gaps.clock >= trace.until) this.traces.delete(slot);
    }
    const { events } = this;
    if (events.length > 0) this.events = [];
    return events;
  }

  /** What was counted and what was expected between two times (milliseconds), as far as it is still kept (24 hours). */
  band(key: string, from: number, to: number): RateBand | undefined {
    const slot = this.store.slots.get(key);
    return slot === undefined ? undefined : bandOf(this.store, slot, this.traces.get(slot), from, to);
  }

  /** Forgets these keys; nothing more is told of them. */
  forget(isGone: (key: string) => boolean): void {
    for (const [key, slot] of this.store.slots) {
      if (!isGone(key)) continue;
      this.store.forget(key, this.gaps.clock);
      this.ups.delete(slot);
      this.traces.delete(slot);
    }
    this.events = this.events.filter(({ key }) => !isGone(key));
  }

  /** Everything that is known; `restore` goes on as if nothing had happened. It is this watch's own memory: to be serialized at once. */
  snapshot(): RateState {
    const head: Head = {
      store: this.store.save(),
      gaps: this.gaps.save(),
      ups: [...this.ups],
      traces: [...this.traces],
      events: this.events,
      sweep: this.sweep,
    };
    return pack(head, this.store.pages);
  }

  /**
   * Goes on with what a snapshot holds, of which it takes a copy.
   * @throws DogwatchError `internal` when it is of another version or torn
   */
  static restore(state: Partial<RateState>, options: RateWatchOptions = {}): RateWatch {
    const { head, pages } = unpack(state);
    const { store, gaps, ups, traces, events, sweep } = head as Head;
    const watch = new RateWatch(options, store);
    watch.store.pages.push(...pages);
    watch.gaps.load(gaps);
    for (const [slot, up] of ups) watch.ups.set(slot, up);
    for (const [slot, trace] of traces) watch.traces.set(slot, trace);
    watch.events = [...events];
    watch.sweep = { ...sweep };
    return watch;
  }

  private get context(): RateContext {
    return { store: this.store, gaps: this.gaps, ups: this.ups, events: this.events };
  }

  private begin(key: string, peer: string, time: number): number {
    const slot = this.store.add(key, peer, time, (evicted) => {
      const up = this.ups.get(evicted);
      if (up) this.events.push({ key: this.store.keys[evicted]!, kind: up.kind, ended: up.latest });
      this.ups.delete(evicted);
    });
    this.traces.delete(slot);
    setLimits(this.store.pageOf(slot), slot & (ROWS - 1), this.store.peers);
    return slot;
  }

  private surge(slot: number, w: number, now: number): RateAlarm {
    if (!this.traces.has(slot)) this.traces.set(slot, traceOf(this.store.pageOf(slot), slot & (ROWS - 1)));
    return surge(this.store, this.ups, slot, w, now);
  }

  /** Closes the bins that are over, of some keys with each tick. */
  private sweepOn(now: number): void {
    const bin = binOf(now);
    if (this.sweep.bin === 0) this.sweep.bin = bin;
    const { context } = this;
    if (bin > this.sweep.bin) {
      this.settleTo(context, this.store.keys.length, now);
      this.sweep = { bin, next: 0 };
    }
    this.settleTo(context, Math.ceil((this.store.keys.length * Math.min(now - bin * BIN_LENGTH, SWEEP)) / SWEEP), now);
  }

  private settleTo(context: RateContext, end: number, now: number): void {
    for (; this.sweep.next < end; this.sweep.next++) settle(context, this.sweep.next, now);
  }
}
