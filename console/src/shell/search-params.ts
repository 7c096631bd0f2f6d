// What the URL of a search holds.

/** What the search page keeps in its URL. Absent is what is usual. */
export interface SearchParams {
  readonly q?: string;
  readonly order?: 'oldest' | 'slowest' | 'largest' | 'riskiest';
  /** Columns, comma-separated. */
  readonly columns?: string;
  readonly live?: boolean;
  /** The exchange in the side panel. */
  readonly open?: string;
}
