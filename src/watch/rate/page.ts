// Where keys are kept: pages of typed arrays, so that a key costs little and growing copies nothing.

/** Keys of a page. */
export const ROWS = 1024;

/**
 * A key is one row of 704 bytes, in this order: what nearly every call looks at stands in the first 48, which are one cache line; in
 * the next two what is looked at once in half a second; then what is learned by and by.
 */
const ROW = 704;

/**
 * Doubles. Milliseconds since the epoch: when the half second that is counted is over, when time was last told to the key, when calls
 * last came; and, further on, when it was first seen.
 */
export const NEXT = 0;
export const LAST = 1;
export const HEARD = 2;
export const BORN = 6;

/** Calls of this half second that no window has yet taken in, and from how many of them on some window holds too many. */
const FRESH_FROM = 24;
export const FRESH = 0;
export const SPARE = 1;

/** A byte of flags. */
export const FLAGS = 32;

/** A 16-bit number: how many keys had this row. */
const TURN_FROM = 34;

/** Integers: number of the bin that is counted, and of the peer. */
const INTS_FROM = 36;
export const BIN_NO = 0;
export const PEER = 1;

/** Floats: four of each window, and single ones. The 49th to 56th byte hold the third double. */
const FLOATS_FROM = 44;
/** Calls per second that are due at this hour. */
export const DUE = 0;
export const CUR = 3;
export const PREV = 7;
/** From so many calls within the window on it is a surge. */
export const LIMIT = 11;
/** Calls in this bin. */
export const BIN = 15;
/** Bins with calls that were learned. */
export const ACTIVE = 16;
/** Of windows with calls in them: how many, mean, variance, highest. */
export const SAMPLES = 17;
export const MEAN = 21;
export const VAR = 25;
export const PEAK = 29;
/** The same in parts of what is due at the hour. */
export const R_MEAN = 33;
export const R_VAR = 37;
export const R_PEAK = 41;
/** Calls that were due and did not come, since one came. */
export const MISSED = 45;
export const TREND_SEEN = 46;
export const TREND_DUE = 47;
/** The most calls that ever failed to come. */
export const MISSED_PEAK = 48;
/** The CUSUM of hours, the highest it was, and how many hours it has been above nothing. */
export const CLIMB = 49;
export const CLIMB_PEAK = 50;
export const CLIMB_HOURS = 51;
/** Mean deviation of an hour from what was due. */
export const DEVIATION = 52;
/** Calls in this hour's learned bins, and their number. */
export const HOUR = 53;
export const HOUR_BINS = 54;
/** Calls per hour, and hours learned. */
export const LEVEL = 55;
export const HOURS = 56;
/** As DUE, of the busiest of this hour and its neighbours: work begins a little earlier one day, and later the next. */
export const NEAR = 57;
/** As those of climbs, of hours that stay below what is due. */
export const DROP = 58;
export const DROP_PEAK = 59;
export const DROP_HOURS = 60;

/** Bytes: the hours of the week and of the day, the bins of a day, the last four minutes by five seconds. */
export const WEEK = 320;
export const DAY = 488;
export const COARSE = 512;
export const COARSE_LENGTH = 144;
export const FINE = 656;
export const FINE_LENGTH = 48;

/** Flags: heard of since the hand passed; in an episode upwards; in a silence; a surge is not learned; far below what is due. */
export const USED = 1;
export const UP = 2;
export const SILENT = 4;
export const SURGING = 8;
export const FALLEN = 16;

/** Reads a little of all that a call of the key needs, so that it is at hand (ahead.ts). @returns a number without meaning */
export function touch(page: Page, row: number): number {
  const at = row * ROW;
  return page.b[at]! + page.b[at + 64]! + page.b[at + 128]!;
}

export class Page {
  readonly b = new Uint8Array(ROWS * ROW);
  readonly f = new Float32Array(this.b.buffer);
  readonly t = new Float64Array(this.b.buffer);
  readonly n = new Int32Array(this.b.buffer);
  readonly h = new Uint16Array(this.b.buffer);
}

export const PAGE_BYTES = ROWS * ROW;

/** Where a key's floats, fresh calls, doubles, integers, turn and bytes begin. */
export const floatsOf = (row: number): number => row * (ROW / 4) + FLOATS_FROM / 4;
export const freshOf = (row: number): number => row * (ROW / 4) + FRESH_FROM / 4;
export const doublesOf = (row: number): number => row * (ROW / 8);
export const intsOf = (row: number): number => row * (ROW / 4) + INTS_FROM / 4;
export const turnOf = (row: number): number => row * (ROW / 2) + TURN_FROM / 2;
export const bytesOf = (row: number): number => row * ROW;

/** Makes room for another key. */
export function clear(page: Page, row: number): void {
  const bytes = bytesOf(row);
  const turn = page.h[turnOf(row)]!;
  page.b.fill(0, bytes, bytes + ROW);
  page.b.fill(UNKNOWN, bytes + WEEK, bytes + FINE);
  page.h[turnOf(row)] = turn + 1;
}

/** A byte that says nothing: the hour was never seen, the bin is not kept. */
export const UNKNOWN = 255;
