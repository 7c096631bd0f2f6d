// After a crash: exchanges with an intent and no outcome get the outcome `unknown`, with whatever of a long answer had been recorded.
import { newId } from '../exchange/canonical.ts';
import type { Entry } from '../exchange/entry.ts';
import type { BodyInfo, ChunkSummary, ExchangeOutcome } from '../exchange/exchange.ts';
import type { PendingExchange } from '../index/search-index.ts';

/** What is needed of the journal's reader. */
interface Entries {
  entries(
    from: number,
    to: number,
  ): AsyncIterable<{
    readonly leaf: number;
    readonly kind: string;
    readonly parts: { readonly summary?: Uint8Array; readonly request?: Uint8Array; readonly response?: Uint8Array };
  }>;
}

interface Pieces {
  readonly chunks: number[];
  recorded: number;
  head?: ChunkSummary['head'];
}

/**
 * Appends an outcome for each pending exchange.
 * @param size leaves of the journal at the start, before this run appended any
 * @returns how many
 */
export async function recoverPending(
  pending: readonly PendingExchange[],
  reader: Entries,
  size: number,
  append: (entry: Entry) => Promise<number>,
): Promise<number> {
  if (pending.length === 0) return 0;
  const found = await chunksOf(
    new Set(pending.map(({ exchange }) => exchange)),
    reader,
    Math.min(...pending.map(({ leaf }) => leaf)),
    size,
  );
  await Promise.all(
    pending.map(({ exchange }) => {
      const outcome = unknownOutcome(exchange, found.get(`request ${exchange}`), found.get(`response ${exchange}`));
      return append({
        id: newId(),
        time: Date.now(),
        kind: 'exchange.outcome',
        parts: { summary: Buffer.from(JSON.stringify(outcome)) },
      });
    }),
  );
  return pending.length;
}

function unknownOutcome(exchange: string, request: Pieces | undefined, response: Pieces | undefined): ExchangeOutcome {
  return {
    exchange,
    outcome: 'unknown',
    ...(request && { requestBody: bodyOf(request) }),
    ...(response?.head && { response: { ...response.head, body: bodyOf(response) } }),
    // When it ended is as unknown as how.
    timing: { completed: 0 },
  };
}

/** What was recorded; how much more there was, nobody knows. */
const bodyOf = ({ chunks, recorded }: Pieces): BodyInfo => ({ size: recorded, recorded, chunks });

async function chunksOf(
  exchanges: ReadonlySet<string>,
  reader: Entries,
  from: number,
  to: number,
): Promise<Map<string, Pieces>> {
  const found = new Map<string, Pieces>();
  for await (const { leaf, kind, parts } of reader.entries(from, to)) {
    if (kind !== 'exchange.chunk' || !parts.summary) continue;
    const summary = JSON.parse(Buffer.from(parts.summary).toString('utf8')) as ChunkSummary;
    if (!exchanges.has(summary.exchange)) continue;
    const key = `${summary.direction} ${summary.exchange}`;
    const pieces: Pieces = found.get(key) ?? { chunks: [], recorded: 0 };
    pieces.chunks.push(leaf);
    pieces.recorded += parts[summary.direction]?.length ?? 0;
    if (summary.head) pieces.head = summary.head;
    found.set(key, pieces);
  }
  return found;
}
