// Where keys are kept: pages of typed arrays, so that a key costs little and growing copies nothing.

/** Keys of a page. */
export const ROWS = 1024;

/** A key is one row of 640 bytes, in this order, so that a call touches few cache lines: doubles, integers, flags, floats, bytes. */
const ROW = 640;

/** Doubles. Milliseconds since the epoch: when time was last told to the key, when calls last came, and when it was first seen. */
export const LAST = 0;
export const HEARD = 1;
export const BORN = 2;

/** Integers: number of the bin that is counted, and of the peer. */
const INTS_FROM = 24;
export const BIN_NO = 0;
export const PEER = 1;

/** A byte of flags. */
export const FLAGS = 32;

/** A 16-bit number: how many keys had this row. */
const TURN_FROM = 34;

/** Floats: four of each window, and single ones. */
const FLOATS_FROM = 36;
export const CUR = 0;
export const PREV = 4;
/** From so many calls within the window on it is a surge. */
export const LIMIT = 8;
/** Calls in this bin. */
export const BIN = 12;
/** Calls per second that are due at this hour. */
export const DUE = 13;
/** Bins with calls that were learned. */
export const ACTIVE = 14;
/** Calls that were due and did not come, since one came. */
export const MISSED = 15;
/** Of windows with calls in them: how many, mean, variance, highest. */
export const SAMPLES = 16;
export const MEAN = 20;
export const VAR = 24;
export const PEAK = 28;
/** The same in parts of what is due at the hour. */
export const R_MEAN = 32;
export const R_VAR = 36;
export const R_PEAK = 40;
export const TREND_SEEN = 44;
export const TREND_DUE = 45;
/** The most calls that ever failed to come. */
export const MISSED_PEAK = 46;
/** The CUSUM of hours, the highest it was, and how many hours it has been above nothing. */
export const CLIMB = 47;
export const CLIMB_PEAK = 48;
export const CLIMB_HOURS = 49;
/** Mean deviation of an hour from what was due. */
export const DEVIATION = 50;
/** Calls in this hour's learned bins, and their number. */
export const HOUR = 51;
export const HOUR_BINS = 52;
/** Calls per hour, and hours learned. */
export const LEVEL = 53;
export const HOURS = 54;

/** Bytes: the hours of the week and of the day, the bins of a day, the last four minutes by five seconds. */
export const WEEK = 256;
export const DAY = 424;
export const COARSE = 448;
export const COARSE_LENGTH = 144;
export const FINE = 592;
export const FINE_LENGTH = 48;

/** Flags: heard of since the hand passed; in an episode upwards; in a silence; a surge is not learned. */
export const USED = 1;
export const UP = 2;
export const SILENT = 4;
export const SURGING = 8;

export class Page {
  readonly b = new Uint8Array(ROWS * ROW);
  readonly f = new Float32Array(this.b.buffer);
  readonly t = new Float64Array(this.b.buffer);
  readonly n = new Int32Array(this.b.buffer);
  readonly h = new Uint16Array(this.b.buffer);
}

export const PAGE_BYTES = ROWS * ROW;

/** Where a key's floats, doubles, integers, turn and bytes begin. */
export const floatsOf = (row: number): number => row * (ROW / 4) + FLOATS_FROM / 4;
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
