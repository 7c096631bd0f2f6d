// The live feed of findings: what was told or decided about them, as it becomes durable, for any number of followers.
import type { ServerResponse } from 'node:http';
import type { DecidedEvent, Entry } from '../exchange/entry.ts';
import type { Finding, FindingDecision, FindingState } from '../exchange/finding.ts';
import type { FoundFinding } from '../index/findings.ts';
import type { SearchIndex } from '../index/search-index.ts';
import type { ApiJournal } from './context.ts';
import { eventStream } from './event-stream.ts';
import { summaryOf } from './read-exchange.ts';
import { Ring } from './ring.ts';
import { settled } from './settled.ts';

/** What happened to a finding. */
export type FindingChange = 'opened' | 'updated' | 'ended' | 'decided';

interface News {
  readonly change: FindingChange;
  readonly leaf: number;
  readonly id: string;
  /** As the detector says it is; absent for a decision. */
  readonly finding?: Finding;
  readonly decision?: FindingDecision;
}

/** What an event `finding` says. */
export interface FindingNews {
  readonly change: FindingChange;
  readonly finding: FoundFinding;
}

export class FindingFeed extends Ring<News> {
  readonly #unsubscribe: () => void;

  constructor(journal: Pick<ApiJournal, 'onDurable'>, capacity = 256) {
    super(capacity);
    this.#unsubscribe = journal.onDurable((entry, leaf) => {
      if (this.followers > 0 && entry.kind.startsWith('finding.')) this.push(newsOf(entry, leaf));
    });
  }

  close(): void {
    this.#unsubscribe();
    this.wake();
  }
}

function newsOf(entry: Entry, leaf: number): News {
  const change = entry.kind.slice('finding.'.length) as FindingChange;
  if (change === 'decided') {
    const { decision } = summaryOf<DecidedEvent>(entry);
    return { change, leaf, id: decision.finding, decision };
  }
  const finding = summaryOf<Finding>(entry);
  return { change, leaf, id: finding.id, finding };
}

export interface FollowOptions {
  readonly feed: FindingFeed;
  readonly index: Pick<SearchIndex, 'finding' | 'reached'>;
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
  /** Milliseconds between heartbeats. */
  readonly heartbeat?: number;
  /** Milliseconds after which it ends, so that a token is checked again. */
  readonly longest?: number;
}

/**
 * Sends `finding` events (FindingNews) until the follower goes away, falls behind (event `lagging`, then the end), or the time is up
 * (event `end`). The response's head must not have been sent.
 */
export async function followFindings(response: ServerResponse, options: FollowOptions): Promise<void> {
  const { feed, index, stopping, heartbeat = 15_000, longest = 3_600_000 } = options;
  const stream = eventStream(response);
  const until = AbortSignal.any([stream.gone, stopping, AbortSignal.timeout(longest)]);
  let position = feed.join();
  try {
    if (!(await stream.comment('following'))) return;
    while (!until.aborted) {
      const batch = await feed.after(position, 50, AbortSignal.any([until, AbortSignal.timeout(heartbeat)]));
      if (batch.lost > 0) {
        await stream.event('lagging', { missed: batch.lost });
        return;
      }
      if (batch.items.length === 0) {
        if (!until.aborted && !(await stream.comment('beat'))) return;
        continue;
      }
      await settled(index, Math.max(...batch.items.map(({ leaf }) => leaf)) + 1);
      for (const news of batch.items) {
        const finding = await asItIs(news, index);
        if (finding && !(await stream.event('finding', { change: news.change, finding } satisfies FindingNews))) return;
      }
      position = batch.next;
    }
    await stream.event('end', { why: stopping.aborted ? 'the gateway stops' : 'the time is up; connect again' });
  } finally {
    feed.leave();
    stream.end();
  }
}

/** What nobody has decided about is open until it ends. */
const UNDECIDED: Readonly<Record<FindingChange, FindingState>> = {
  opened: 'open',
  updated: 'open',
  ended: 'resolved',
  decided: 'open',
};

/** The finding as the index has it; an index that lags does not keep news waiting. */
async function asItIs(
  { change, id, leaf, finding, decision }: News,
  index: FollowOptions['index'],
): Promise<FoundFinding | undefined> {
  const known = await index.finding(id).catch(() => undefined);
  if (known && known.leaf >= leaf) return known;
  const said = finding ?? known;
  return (
    said && {
      ...said,
      state: decision?.state ?? (known && known.state !== 'open' ? known.state : UNDECIDED[change]),
      decisions: [...(known?.decisions ?? []), ...(decision ? [decision] : [])],
      leaf,
    }
  );
}
