// What is known of a caller, or of a kind of callers: all that they ever used (novelty.ts).

export interface Known {
  /** Hashes. */
  values: Uint32Array;
  count: number;
  calls: number;
  first: number;
  /** News of the past, fading with the half-life. */
  news: number;
  newsAt: number;
}
