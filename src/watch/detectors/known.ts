// What is known of a caller, or of a kind of callers: all that they ever used, and what the latest calls had in common (novelty.ts).

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

/** What the latest calls of a caller had in common, so that those alike cost nothing; routes that were looked at name it. */
export interface Memo {
  readonly own: Known;
  readonly connection: string | undefined;
  readonly network: string | undefined;
  readonly client: string | undefined;
  /** Calls that were not looked at yet. */
  calls: number;
}
