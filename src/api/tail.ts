// One live tail: events of rows that match a query, as they are recorded.
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Node, Query } from '../index/query.ts';
import type { Row, SearchIndex } from '../index/search-index.ts';
import { eventStream } from './event-stream.ts';
import type { Feed } from './feed.ts';

export interface TailOptions {
  readonly feed: Feed;
  readonly index: Pick<SearchIndex, 'search' | 'reached'>;
  readonly query: Query;
  /** How many of the latest matching rows to begin with. */
  readonly last: number;
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
  /** Milliseconds between heartbeats. */
  readonly heartbeat?: number;
  /** Milliseconds that a follower may take to read what was sent. */
  readonly patience?: number;
  /** Milliseconds after which the tail ends, so that a token is checked again. */
  readonly longest?: number;
}

const BATCH = 200;
/** Rows arrive in bursts of a group commit: waiting this long makes one query of many. */
const GATHER = 50;

/**
 * Sends `row` events until the follower goes away, falls behind (event `lagging`, then the end), or the time is up (event `end`).
 * The response's head must not have been sent.
 */
export async function tail(response: ServerResponse, options: TailOptions): Promise<void> {
  const { feed, index, query, heartbeat = 15_000, patience = 10_000, longest = 3_600_000 } = options;
  const stream = eventStream(response, patience);
  const until = AbortSignal.any([stream.gone, options.stopping, AbortSignal.timeout(longest)]);
  let position = feed.join();
  try {
    const begun = new Set<string>();
    if (options.last > 0) {
      const { items } = await index.search(query, { limit: options.last, order: 'newest' });
      for (const row of items.toReversed()) {
        if (row.outcome !== 'pending') begun.add(row.id);
        if (!(await stream.event('row', row))) return;
      }
    }
    if (!(await stream.comment('following'))) return;
    while (!until.aborted) {
      const batch = await feed.after(position, BATCH, AbortSignal.any([until, AbortSignal.timeout(heartbeat)]));
      if (batch.lost > 0) {
        await stream.event('lagging', { missed: batch.lost });
        return;
      }
      if (batch.items.length === 0) {
        if (!until.aborted && !(await stream.comment('beat'))) return;
        continue;
      }
      for (const row of await rowsOf(batch.items, index, query)) {
        if (begun.delete(row.id)) continue;
        if (!(await stream.event('row', row))) return;
      }
      position = batch.next;
      await sleep(GATHER, undefined, { signal: until }).catch(() => undefined);
    }
    await stream.event('end', {
      why: options.stopping.aborted ? 'the gateway stops' : 'the time is up; connect again',
    });
  } finally {
    feed.leave();
    stream.end();
  }
}

/** Those of the items that match, oldest first. */
async function rowsOf(
  items: readonly { id: string; leaf: number }[],
  index: TailOptions['index'],
  query: Query,
): Promise<readonly Row[]> {
  await index.reached(Math.max(...items.map((item) => item.leaf)) + 1);
  const ids = [...new Set(items.map((item) => item.id))].map(
    (id): Node => ({ type: 'field', field: 'id', match: { type: 'is', value: id.replaceAll('-', '') }, at: 0 }),
  );
  const [only] = ids;
  const wanted: Node = ids.length === 1 && only ? only : { type: 'or', items: ids };
  const root: Node =
    query.root.type === 'all'
      ? wanted
      : { type: 'and', items: [wanted, ...(query.root.type === 'and' ? query.root.items : [query.root])] };
  const rows: Row[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await index.search(
      { source: query.source, root },
      { order: 'oldest', limit: BATCH, ...(cursor !== undefined && { cursor }) },
    );
    rows.push(...page.items);
    cursor = page.next;
    if (cursor === undefined) return rows;
  }
}
