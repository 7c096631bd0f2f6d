// Where keys are kept: pages of typed arrays, so that a key costs little and growing copies nothing.

/** Keys of a page. */
export const ROWS = 1024;

/** Floats of a key: four of each window, then single ones. */
export const CUR = 0;
export const PREV = 4;
/** From so many calls within the window on it is a surge. */
export const LIMIT = 8;
/** Of windows with calls in them: mean, variance, highest, how many. */
export const MEAN = 12;
export const VAR = 16;
export const PEAK = 20;
export const SAMPLES = 24;
/** The same in parts of what is due at the hour. */
export const R_MEAN = 28;
export const R_VAR = 32;
export const R_PEAK = 36;
/** Calls per second that are due at this hour. */
export const DUE = 40;
export const TREND_SEEN = 41;
export const TREND_DUE = 42;
/** Calls that were due and did not come, since one came; and the most there ever were. */
export const MISSED = 43;
export const MISSED_PEAK = 44;
/** The CUSUM of hours, the highest it was, and how many hours it has been above nothing. */
export const CLIMB = 45;
export const CLIMB_PEAK = 46;
export const CLIMB_HOURS = 47;
/** Mean deviation of an hour from what was due. */
export const DEVIATION = 48;
/** Bins with calls that were learned. */
export const ACTIVE = 49;
/** Calls in this bin, in this hour's learned bins, and their number. */
export const BIN = 50;
export const HOUR = 51;
export const HOUR_BINS = 52;
/** Calls per hour, and hours learned. */
export const LEVEL = 53;
export const HOURS = 54;
const FLOATS = 56;

/** Milliseconds since the epoch: when time was last told to the key, when calls last came, and when it was first seen. */
export const LAST = 0;
export const HEARD = 1;
export const BORN = 2;
const DOUBLES = 3;

/** Number of the bin that is counted, and of the peer. */
export const BIN_NO = 0;
export const PEER = 1;
const INTS = 2;

/** Bytes of a key: the hours of the week and of the day, the bins of a day, the last four minutes by five seconds, flags. */
export const WEEK = 0;
export const DAY = 168;
export const COARSE = 192;
export const COARSE_LENGTH = 144;
export const FINE = 336;
export const FINE_LENGTH = 48;
export const FLAGS = 384;
const BYTES = 385;

/** Flags: heard of since the hand passed; in an episode upwards; in a silence; a surge is not learned. */
export const USED = 1;
export const UP = 2;
export const SILENT = 4;
export const SURGING = 8;

export class Page {
  readonly f = new Float32Array(ROWS * FLOATS);
  readonly t = new Float64Array(ROWS * DOUBLES);
  readonly n = new Int32Array(ROWS * INTS);
  readonly b = new Uint8Array(ROWS * BYTES);

  /** Everything, for a snapshot. */
  get parts(): Uint8Array[] {
    return [this.f, this.t, this.n, this.b].map(
      ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
    );
  }
}

export const PAGE_BYTES = ROWS * (FLOATS * 4 + DOUBLES * 8 + INTS * 4 + BYTES);

export const floatsOf = (row: number): number => row * FLOATS;
export const doublesOf = (row: number): number => row * DOUBLES;
export const intsOf = (row: number): number => row * INTS;
export const bytesOf = (row: number): number => row * BYTES;

/** Makes room for another key. */
export function clear(page: Page, row: number): void {
  page.f.fill(0, floatsOf(row), floatsOf(row + 1));
  page.t.fill(0, doublesOf(row), doublesOf(row + 1));
  page.n.fill(0, intsOf(row), intsOf(row + 1));
  const bytes = bytesOf(row);
  page.b.fill(0, bytes, bytes + BYTES);
  page.b.fill(UNKNOWN, bytes + WEEK, bytes + FINE);
}

/** A byte that says nothing: the hour was never seen, the bin is not kept. */
export const UNKNOWN = 255;
