// What the watch noticed and what it counts, as routes: findings, suppressions, current rates.
import type { SearchIndex } from '../index/search-index.ts';
import type { Watch } from '../watch/watch.ts';
import type { Audit } from './audit.ts';
import type { ApiJournal } from './context.ts';
import { FindingFeed } from './finding-feed.ts';
import { findingRoutes } from './finding-routes.ts';
import { createFindings } from './findings.ts';
import type { EntryReader } from './read-exchange.ts';
import type { Route } from './route.ts';
import { topRoutes } from './top-routes.ts';

export function watchRoutes(parts: {
  readonly journal: Pick<ApiJournal, 'onDurable'>;
  readonly index: SearchIndex;
  readonly reader: EntryReader;
  readonly audit: Audit;
  readonly size: () => number;
  /** Absent where nothing watches. */
  readonly watch: Pick<Watch, 'top' | 'decided' | 'suppressions'> | undefined;
  readonly stopping: AbortSignal;
}): Route[] {
  const { watch, stopping, ...rest } = parts;
  const feed = new FindingFeed(parts.journal);
  stopping.addEventListener('abort', () => feed.close(), { once: true });
  const findings = createFindings({ ...rest, ...(watch && { watch }) });
  return [...findingRoutes({ ...rest, findings, feed, stopping }), ...topRoutes({ ...rest, watch, stopping })];
}
