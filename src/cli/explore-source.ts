// Counts, saved queries and exports for a command: from a gateway's API, or with the data directory to itself.
import type { IncomingMessage } from 'node:http';
import type { Caller } from '../api/audit.ts';
import type { CountedFacets, CountedTime } from '../api/counts.ts';
import type { Explorer } from '../api/explorer.ts';
import type { ExportFormat } from '../api/exports.ts';
import type { SavedQuery } from '../api/saved-queries.ts';
import type { PartName } from '../exchange/entry.ts';

interface Asked {
  readonly query: string;
  readonly timeZone?: string | undefined;
}

/** As the API's routes of the same names; all of it is audited. */
export interface ExploreSource {
  facets(request: Asked & { readonly fields: readonly string[]; readonly limit?: number }): Promise<CountedFacets>;
  /** @param request.width milliseconds of a bucket; a round one when absent */
  histogram(request: Asked & { readonly width?: number | undefined }): Promise<CountedTime>;
  queries(): Promise<readonly SavedQuery[]>;
  saveQuery(wanted: { name: string; query: string; shared: boolean }): Promise<SavedQuery>;
  removeQuery(name: string): Promise<SavedQuery>;
  export(
    request: Asked & { readonly format: ExportFormat; readonly order: 'newest' | 'oldest' },
  ): Promise<AsyncIterable<string | Uint8Array>>;
  evidence(request: Asked & { readonly without: readonly PartName[] }): Promise<AsyncIterable<string | Uint8Array>>;
}

/** How the API is asked. */
export interface ExploreClient {
  ask(
    path: string,
    query?: Readonly<Record<string, string | number | undefined>>,
    options?: { method?: 'GET' | 'POST'; patience?: number; body?: object },
  ): Promise<IncomingMessage>;
  text(response: IncomingMessage): Promise<string>;
}

/** What the API answers. Exports take as long as they take. */
export function apiExplore({ ask, text }: ExploreClient): ExploreSource {
  const json = async <T>(...asked: Parameters<ExploreClient['ask']>): Promise<T> =>
    JSON.parse(await text(await ask(...asked))) as T;
  return {
    facets: ({ query, timeZone, fields, limit }) =>
      json('/api/v1/search/facets', { q: query, tz: timeZone, field: fields.join(), limit }),
    histogram: ({ query, timeZone, width }) => json('/api/v1/search/histogram', { q: query, tz: timeZone, width }),
    queries: async () => (await json<{ queries: readonly SavedQuery[] }>('/api/v1/queries')).queries,
    saveQuery: (body) => json('/api/v1/queries', {}, { method: 'POST', body }),
    removeQuery: (name) => json('/api/v1/queries/remove', {}, { method: 'POST', body: { name } }),
    export: ({ query, timeZone, format, order }) =>
      ask('/api/v1/export', { q: query, tz: timeZone, format, order }, { patience: 0 }),
    evidence: ({ query, timeZone, without }) =>
      ask(
        '/api/v1/evidence',
        { q: query, tz: timeZone, ...(without.length > 0 && { without: without.join() }) },
        { patience: 0 },
      ),
  };
}

/** What the data directory has. */
export function dataExplore({ counts, queries, exports }: Explorer, caller: Caller): ExploreSource {
  return {
    facets: (request) => counts.facets(caller, request),
    histogram: (request) => counts.histogram(caller, request),
    queries: () => queries.list(caller),
    saveQuery: (wanted) => queries.save(caller, wanted),
    removeQuery: (name) => queries.remove(caller, name),
    export: (request) => exports.export(caller, request),
    evidence: (request) => exports.evidence(caller, request),
  };
}
