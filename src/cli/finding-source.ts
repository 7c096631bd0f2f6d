// Findings for a command: from a gateway's API, or with the data directory to itself.
import type { IncomingMessage } from 'node:http';
import type { Caller } from '../api/audit.ts';
import type { Decided, DecisionWanted, Findings, FindingView } from '../api/findings.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { Suppression } from '../exchange/finding.ts';
import type { FindingsPage, FoundFinding } from '../index/findings.ts';
import type { Page } from '../index/search-index.ts';
import type { TopOptions, TopRates } from '../watch/watch.ts';

/** As the API's routes of the same names; all of it is audited. */
export interface FindingSource {
  list(page: FindingsPage): Promise<Page<FoundFinding>>;
  one(id: string): Promise<FindingView>;
  decide(id: string, wanted: DecisionWanted): Promise<Decided>;
  suppressions(): Promise<readonly Suppression[]>;
  revoke(id: string, reason: string | undefined): Promise<Suppression>;
  /** @throws DogwatchError `watch_unavailable` when no gateway runs, or nothing watches */
  top(options: TopOptions): Promise<TopRates>;
  /** Every second; a text is why there are none now. Ends when the gateway ends it, or the signal aborts. */
  followTop(options: TopOptions, signal: AbortSignal): AsyncIterable<TopRates | string>;
}

/** How the API is asked. */
export interface FindingClient {
  ask(
    path: string,
    query?: Readonly<Record<string, string | number | undefined>>,
    options?: { method?: 'GET' | 'POST'; body?: object },
  ): Promise<IncomingMessage>;
  text(response: IncomingMessage): Promise<string>;
  events(stream: AsyncIterable<Uint8Array>): AsyncIterable<{ event: string; data: string }>;
}

/** What the API answers. */
export function apiFindings({ ask, text, events }: FindingClient): FindingSource {
  const json = async <T>(...asked: Parameters<FindingClient['ask']>): Promise<T> =>
    JSON.parse(await text(await ask(...asked))) as T;
  const post = <T>(path: string, body: object) => json<T>(path, {}, { method: 'POST', body });
  const at = (id: string, what = '') => `/api/v1/findings/${encodeURIComponent(id)}${what}`;
  return {
    list: ({ states, severities, detectors, ...rest }) =>
      json('/api/v1/findings', {
        ...rest,
        state: states?.join(),
        severity: severities?.join(),
        detector: detectors?.join(),
      }),
    one: (id) => json(at(id)),
    decide: (id, wanted) => post(at(id, '/decide'), wanted),
    suppressions: async () => (await json<{ items: readonly Suppression[] }>('/api/v1/suppressions')).items,
    revoke: (id, reason) => post(`/api/v1/suppressions/${encodeURIComponent(id)}/revoke`, { reason }),
    top: (options) => json('/api/v1/top', { ...options }),
    async *followTop(options, signal) {
      const response = await ask('/api/v1/top/tail', { ...options });
      const leave = (): unknown => response.destroy();
      signal.addEventListener('abort', leave, { once: true });
      try {
        for await (const { event, data } of events(response)) {
          if (event === 'top') yield JSON.parse(data) as TopRates;
          if (event === 'unavailable') yield (JSON.parse(data) as { why: string }).why;
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        signal.removeEventListener('abort', leave);
      }
    },
  };
}

/** What the data directory has; nothing goes on there while no gateway runs. */
export function dataFindings(findings: Findings, caller: Caller): FindingSource {
  const nothing = (): DogwatchError =>
    new DogwatchError('watch_unavailable', 'no gateway runs here, so nothing goes on', {
      remedy: 'start it with `dogwatch serve`, or name another with $DOGWATCH_API',
    });
  return {
    list: (page) => findings.list(caller, page),
    one: (id) => findings.one(caller, id),
    decide: (id, wanted) => findings.decide(caller, id, wanted),
    suppressions: () => findings.suppressions(caller),
    revoke: (id, reason) => findings.revoke(caller, id, reason),
    top: async () => {
      throw nothing();
    },
    // biome-ignore lint/correctness/useYield: there is nothing to follow
    async *followTop() {
      throw nothing();
    },
  };
}
