// A readable account of one run: what it read, changed, was refused, what failed, what cost or blinded, and how long it took.
import type { RiskTag } from '../exchange/operation.ts';
import type { Row, SessionRow } from '../index/search-index.ts';
import { type ChangeItem, readChange } from './change-items.ts';
import type { HistorySource } from './history.ts';

/** Calls of one operation. */
export interface Tally {
  readonly operation: string;
  readonly calls: number;
  /** Milliseconds, of all together. */
  readonly took: number;
}

/** One call in short. */
export interface Brief {
  readonly exchange: string;
  readonly time: number;
  readonly operation: string;
  readonly status?: number;
  readonly outcome: string;
  /** Dogwatch's code, or the rule that refused. */
  readonly why?: string;
  readonly tags: readonly RiskTag[];
  readonly took?: number;
}

export interface SessionAccount {
  readonly session: SessionRow;
  /** Milliseconds from the first call to the end of the last, and of all calls together. */
  readonly lasted: number;
  readonly inCalls: number;
  readonly reads: readonly Tally[];
  readonly metrics: readonly string[];
  readonly changes: readonly ChangeItem[];
  readonly refusals: readonly Brief[];
  readonly errors: readonly Brief[];
  /** Calls that cost money, blind somebody, or show secrets, whatever became of them. */
  readonly flagged: readonly Brief[];
  /** Calls that were not looked at: the account is of the first ones. */
  readonly beyond: number;
}

/** Names of metrics that are listed. */
const METRICS = 200;

export async function accountOf(
  { reader }: HistorySource,
  session: SessionRow,
  rows: readonly Row[],
): Promise<SessionAccount> {
  const reads = new Map<string, { calls: number; took: number }>();
  const metrics = new Set<string>();
  const changes: ChangeItem[] = [];
  let inCalls = 0;
  let end = session.last;
  for (const row of rows) {
    const took = row.latency ?? 0;
    inCalls += took;
    end = Math.max(end, row.time + took);
    if (row.action === 'read') {
      const tally = reads.get(row.operation ?? '') ?? { calls: 0, took: 0 };
      reads.set(row.operation ?? '', { calls: tally.calls + 1, took: tally.took + took });
      for (const metric of row.asked.metrics ?? []) if (metrics.size < METRICS) metrics.add(metric);
    } else if (row.outcome !== 'refused') {
      const read = await readChange(reader, row);
      changes.push(...(read?.items.filter(({ made }) => made !== 'no') ?? []));
    }
  }
  const briefs = (wanted: (row: Row) => boolean): Brief[] => rows.filter(wanted).map(briefOf);
  return {
    session,
    lasted: Math.round(end - session.first),
    inCalls: Math.round(inCalls),
    reads: [...reads].map(([operation, tally]) => ({ operation, ...tally })).sort((a, b) => b.calls - a.calls),
    metrics: [...metrics],
    changes,
    refusals: briefs(({ outcome }) => outcome === 'refused'),
    errors: briefs(
      ({ outcome, status }) =>
        outcome !== 'refused' && ((status ?? 0) >= 400 || (outcome !== 'complete' && outcome !== 'pending')),
    ),
    flagged: briefs(({ tags }) => tags.length > 0),
    beyond: Math.max(0, session.calls - rows.length),
  };
}

const briefOf = (row: Row): Brief => ({
  exchange: row.id,
  time: row.time,
  operation: row.operation ?? '',
  ...(row.status !== undefined && { status: row.status }),
  outcome: row.outcome ?? 'pending',
  ...(row.outcome === 'refused' && { why: row.error ?? row.verdict?.rule ?? '' }),
  tags: row.tags,
  ...(row.latency !== undefined && { took: row.latency }),
});
