// Counting what a search finds: by value, and over time; and what there is to search for. Counting is audited as searching is.
import { DogwatchError } from '../exchange/error.ts';
import type { Query } from '../index/query.ts';
import { spanOf } from '../index/query-span.ts';
import { offsetAt } from '../index/query-values.ts';
import type { Facet, Histogram, SearchIndex } from '../index/search-index.ts';
import type { Audit, Caller } from './audit.ts';
import type { SavedQueries } from './saved-queries.ts';
import { type Usual, unusualIn } from './unusual.ts';

interface CountRequest {
  /** One line of the query language; empty for everything. */
  readonly query: string;
  readonly timeZone?: string | undefined;
}

export interface Counts {
  /** The most frequent values of fields. @throws DogwatchError `bad_query`, `bad_parameter` */
  facets(
    caller: Caller,
    request: CountRequest & { readonly fields: readonly string[]; readonly limit?: number | undefined },
  ): Promise<CountedFacets>;
  /** Over the time that the query names, else from the first match until now. `width` in milliseconds. */
  histogram(
    caller: Caller,
    request: CountRequest & { readonly width?: number | undefined; readonly buckets?: number | undefined },
  ): Promise<CountedTime>;
  /** Values of a field that begin so, in order; empty for fields whose values the index does not hold. */
  values(caller: Caller, field: string, prefix: string, limit?: number): Promise<readonly string[]>;
}

export interface CountedFacets {
  readonly facets: readonly Facet[];
}

export interface CountedTime extends Histogram {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly buckets: readonly (Histogram['buckets'][number] & { readonly usual?: Usual })[];
}

/** The most fields of one question. */
export const MOST_FACETS = 12;

export function createCounts(parts: {
  readonly index: SearchIndex;
  readonly audit: Audit;
  readonly queries: SavedQueries;
  /** Waits until what was recorded before is searchable. */
  readonly settled: () => Promise<void>;
}): Counts {
  const { index, audit, queries, settled } = parts;

  /** From when to when: what the query says, else the first match and now. */
  async function spanFor(query: Query): Promise<{ from: number; to: number }> {
    const now = Date.now();
    const span = spanOf(query.root, now);
    const to = Math.min(span.to, now);
    if (span.from > 0) return { from: span.from, to: Math.max(span.from, to) };
    const { items } = await index.search(query, { order: 'oldest', limit: 1, details: false });
    const from = items[0]?.time ?? to;
    return { from, to: Math.max(from, to) };
  }

  return {
    async facets(caller, { fields, limit, ...request }) {
      if (fields.length === 0 || fields.length > MOST_FACETS)
        throw new DogwatchError('bad_parameter', `1 to ${MOST_FACETS} fields can be counted at once`);
      const query = await queries.parse(caller, request);
      await settled();
      await audit(caller, 'audit.search', 'counted by value', { query: request.query, fields });
      return { facets: await index.facets(query, [...new Set(fields)], limit) };
    },

    async histogram(caller, { width, buckets, ...request }) {
      const query = await queries.parse(caller, request);
      await settled();
      await audit(caller, 'audit.search', 'counted over time', { query: request.query });
      const span = await spanFor(query);
      const histogram = await index.histogram(query, {
        ...span,
        offset: request.timeZone === undefined ? 0 : offsetAt(span.from, request.timeZone),
        ...(width !== undefined && { width }),
        ...(buckets !== undefined && { buckets }),
      });
      return { ...span, ...histogram, buckets: withUsual(span, histogram) };
    },

    async values(caller, field, prefix, limit) {
      await audit(caller, 'audit.search', 'listed known values', { field, prefix });
      return index.values(field, prefix, limit);
    },
  };
}

/** The buckets; those that stand out, with what would have been usual. */
function withUsual(span: { from: number; to: number }, histogram: Histogram): CountedTime['buckets'] {
  const unusual = unusualIn({ from: histogram.since ?? span.from, to: span.to }, histogram);
  return histogram.buckets.map((bucket) => {
    const usual = unusual.get(bucket.time);
    return usual ? { ...bucket, usual } : bucket;
  });
}
