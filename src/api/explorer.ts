// What there is besides reading one thing at a time: counts, known values, saved queries, exports. The API and commands share it.

import type { SearchIndex } from '../index/search-index.ts';
import type { ProofSource } from '../journal/prove.ts';
import type { Audit } from './audit.ts';
import { type Counts, createCounts } from './counts.ts';
import { createExports, type Exports } from './exports.ts';
import type { EntryReader } from './read-exchange.ts';
import { createSavedQueries, type SavedQueries } from './saved-queries.ts';
import { settled } from './settled.ts';

export interface Explorer {
  readonly counts: Counts;
  readonly queries: SavedQueries;
  readonly exports: Exports;
}

export function createExplorer(parts: {
  readonly index: SearchIndex;
  readonly reader: EntryReader;
  readonly audit: Audit;
  readonly proofs: ProofSource;
  readonly version: string;
  /** Durable leaves of the journal. */
  readonly size: () => number;
}): Explorer {
  const { index, size } = parts;
  const queries = createSavedQueries(parts);
  const shared = { ...parts, queries, settled: () => settled(index, size()) };
  return { queries, counts: createCounts(shared), exports: createExports(shared) };
}
