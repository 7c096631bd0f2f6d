// Reads one exchange back from the journal: joins intent, outcome and the chunks of long bodies.
import type { Entry } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { BodyInfo, ExchangeIntent, ExchangeOutcome } from '../exchange/exchange.ts';
import { type JoinedExchange, requestBodyInfo } from '../export/recorded-exchange.ts';
import type { Row } from '../index/search-index.ts';

export type Direction = 'request' | 'response';

/** What is needed of a JournalReader. */
export interface EntryReader {
  /** Leaves that can be read. */
  readonly size: number;
  /** Makes what has become durable since visible. */
  refresh(): Promise<unknown>;
  read(leaf: number): Promise<Pick<Entry, 'kind' | 'parts'>>;
}

/** One exchange as found in the journal. Bodies are read when they are asked for, piece by piece. */
export interface FoundExchange {
  readonly summary: JoinedExchange;
  /** Leaves of every entry that it is made of, in order. */
  readonly leaves: readonly number[];
  /** The recorded body, in pieces. */
  body(direction: Direction): AsyncIterable<Uint8Array>;
}

/**
 * Reads the exchange that an index row stands for.
 * @throws DogwatchError `not_found` when the row is no exchange
 */
export async function readExchange(
  reader: EntryReader,
  row: Pick<Row, 'leaf' | 'outcomeLeaf' | 'kind' | 'id'>,
): Promise<FoundExchange> {
  if (row.kind !== 'exchange')
    throw new DogwatchError('not_found', `${row.id} is an entry of kind ${row.kind}, not an exchange`);
  if (Math.max(row.leaf, row.outcomeLeaf ?? 0) >= reader.size) await reader.refresh();
  const first = await reader.read(row.leaf);
  const last = row.outcomeLeaf === undefined ? undefined : await reader.read(row.outcomeLeaf);
  const summary: JoinedExchange = {
    ...summaryOf<ExchangeIntent>(first),
    ...(last && summaryOf<ExchangeOutcome>(last)),
  };
  const infoOf = (direction: Direction): BodyInfo | undefined =>
    direction === 'request' ? requestBodyInfo(summary) : summary.response?.body;
  const leaves = [
    row.leaf,
    ...(infoOf('request')?.chunks ?? []),
    ...(infoOf('response')?.chunks ?? []),
    ...(row.outcomeLeaf === undefined ? [] : [row.outcomeLeaf]),
  ];
  return {
    summary,
    leaves: [...new Set(leaves)].sort((a, b) => a - b),
    async *body(direction) {
      const chunks = infoOf(direction)?.chunks;
      if (chunks) {
        for (const leaf of chunks) {
          if (leaf >= reader.size) await reader.refresh();
          const piece = (await reader.read(leaf)).parts[direction];
          if (piece) yield piece;
        }
        return;
      }
      const whole = last?.parts[direction] ?? first.parts[direction];
      if (whole) yield whole;
    },
  };
}

/** The JSON of an entry's summary part. */
export function summaryOf<T>(entry: Pick<Entry, 'parts'>): T {
  return JSON.parse(Buffer.from(entry.parts.summary).toString('utf8')) as T;
}

/** At most `limit` bytes of a body. */
export async function bodyBytes(
  pieces: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<{ bytes: Uint8Array; truncated: boolean }> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    if (length + piece.length > limit) {
      parts.push(piece.subarray(0, limit - length));
      return { bytes: Buffer.concat(parts), truncated: true };
    }
    parts.push(piece);
    length += piece.length;
  }
  return { bytes: parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts), truncated: false };
}
