// Reads a site's journal as the reader gives it, and puts the entries of each exchange together.

import { join } from 'node:path';
import type { EntryKind } from '../../src/exchange/entry.ts';
import type { ChunkSummary, ExchangeIntent, ExchangeOutcome } from '../../src/exchange/exchange.ts';
import type { ResourceImage } from '../../src/exchange/image.ts';
import { loadKeyEncryptionKey } from '../../src/journal/keys.ts';
import { openReader } from '../../src/journal/reader.ts';
import type { Site } from './gateway.ts';

export interface JournalEntry {
  readonly leaf: number;
  readonly kind: EntryKind;
  readonly summary: unknown;
  readonly request: Buffer | undefined;
  readonly response: Buffer | undefined;
  /** Images, as the JSON that the parts are. */
  readonly before?: readonly ResourceImage[];
  readonly after?: readonly ResourceImage[];
}

/** One exchange, whichever entries it was recorded in. */
export interface RecordedExchange {
  readonly id: string;
  readonly intent: ExchangeIntent;
  /** Undefined while none is recorded. */
  readonly outcome: ExchangeOutcome | undefined;
  readonly request: Buffer;
  readonly response: Buffer;
  /** How many outcomes were recorded; more than one is a defect. */
  readonly outcomes: number;
}

/** All entries, in order. */
export async function readJournal(site: Pick<Site, 'directory' | 'dataDir'>): Promise<JournalEntry[]> {
  const kek = await loadKeyEncryptionKey({ file: join(site.directory, 'keys', 'encryption') });
  const reader = await openReader({ dir: site.dataDir, kek });
  const entries: JournalEntry[] = [];
  try {
    for await (const { leaf, kind, parts } of reader.entries(0)) {
      entries.push({
        leaf,
        kind: kind as EntryKind,
        summary: JSON.parse(parts.summary?.toString('utf8') ?? 'null'),
        // Parts are views of a buffer that is used again.
        request: parts.request && Buffer.from(parts.request),
        response: parts.response && Buffer.from(parts.response),
        ...imagesOf(parts),
      });
    }
  } finally {
    await reader.close();
  }
  return entries;
}

/** The images of an entry. */
export const imagesOf = ({
  before,
  after,
}: {
  before?: Buffer;
  after?: Buffer;
}): Pick<JournalEntry, 'before' | 'after'> => ({
  ...(before && { before: JSON.parse(before.toString('utf8')) }),
  ...(after && { after: JSON.parse(after.toString('utf8')) }),
});

/** The exchanges among the entries, by id. What contradicts itself in them is added to `problems`. */
export function exchangesOf(entries: readonly JournalEntry[], problems: string[] = []): Map<string, RecordedExchange> {
  const chunks = new Map<string, { n: number; leaf: number; bytes: Buffer }[]>();
  const intents = new Map<string, { intent: ExchangeIntent; request: Buffer | undefined }>();
  const outcomes = new Map<string, { outcome: ExchangeOutcome; response: Buffer | undefined }[]>();
  for (const { leaf, kind, summary, request, response } of entries) {
    if (kind === 'exchange.chunk') {
      const { exchange, direction, n } = summary as ChunkSummary;
      const key = `${exchange} ${direction}`;
      const bytes = (direction === 'request' ? request : response) ?? Buffer.alloc(0);
      chunks.set(key, [...(chunks.get(key) ?? []), { n, leaf, bytes }]);
    }
    if (kind === 'exchange' || kind === 'exchange.intent') {
      const intent = summary as ExchangeIntent;
      intents.set(intent.exchange, { intent, request });
    }
    if (kind === 'exchange' || kind === 'exchange.outcome') {
      const outcome = summary as ExchangeOutcome;
      outcomes.set(outcome.exchange, [...(outcomes.get(outcome.exchange) ?? []), { outcome, response }]);
    }
  }
  // Without an outcome nothing lists the chunks, and they are there all the same.
  const body = (
    id: string,
    direction: ChunkSummary['direction'],
    part: Buffer | undefined,
    listed?: readonly number[],
  ) => {
    const found = (chunks.get(`${id} ${direction}`) ?? []).sort((a, b) => a.n - b.n);
    const leaves = found.map(({ leaf }) => leaf).join();
    if (listed && listed.join() !== leaves) {
      problems.push(`${id}: its ${direction} lists the chunks ${listed.join()}, the journal has ${leaves}`);
    }
    return found.length > 0 ? Buffer.concat(found.map(({ bytes }) => bytes)) : (part ?? Buffer.alloc(0));
  };
  return new Map(
    [...intents].map(([id, { intent, request }]) => {
      const ends = outcomes.get(id) ?? [];
      const outcome = ends[0]?.outcome;
      const recorded: RecordedExchange = {
        id,
        intent,
        outcome,
        outcomes: ends.length,
        request: body(id, 'request', request, (outcome?.requestBody ?? intent.request.body).chunks),
        response: body(id, 'response', ends[0]?.response, outcome?.response?.body.chunks),
      };
      return [id, recorded];
    }),
  );
}
