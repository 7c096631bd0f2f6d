// Reads one exchange back from the journal: joins intent, outcome and the chunks of long bodies.
import type { PartName } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { BodyInfo, ChunkSummary, ExchangeIntent, ExchangeOutcome } from '../exchange/exchange.ts';
import type { ResourceImage } from '../exchange/image.ts';
import { type JoinedExchange, requestBodyInfo } from '../export/recorded-exchange.ts';
import type { Row } from '../index/search-index.ts';

export type Direction = 'request' | 'response';

/** What is needed of a JournalReader. */
export interface EntryReader {
  /** Leaves that can be read. */
  readonly size: number;
  /** Makes leaves that are known to be durable readable. */
  refresh(size: number): Promise<void>;
  read(leaf: number): Promise<ReadEntry>;
}

/** An entry as read; parts may have been erased. */
export interface ReadEntry {
  readonly kind: string;
  readonly parts: { readonly [Part in PartName]?: Uint8Array };
  readonly erased: readonly PartName[];
}

/** One exchange as found in the journal. Bodies are read when they are asked for, piece by piece. */
export interface FoundExchange {
  readonly summary: JoinedExchange;
  /** Leaves of every entry that it is made of, in order. */
  readonly leaves: readonly number[];
  /** Bodies that were recorded and have been erased since. */
  readonly erased: readonly Direction[];
  /** The recorded body, in pieces. */
  body(direction: Direction): AsyncIterable<Uint8Array>;
  /** The images of a part; undefined when it has none, `erased` when they are gone. */
  images(part: 'before' | 'after'): readonly ResourceImage[] | 'erased' | undefined;
}

/**
 * Reads the exchange that an index row stands for.
 * @throws DogwatchError `not_found` when the row is no exchange; `erased` when what was recorded of it is gone
 */
export async function readExchange(
  reader: EntryReader,
  row: Pick<Row, 'leaf' | 'outcomeLeaf' | 'kind' | 'id'>,
): Promise<FoundExchange> {
  if (row.kind !== 'exchange')
    throw new DogwatchError('not_found', `${row.id} is an entry of kind ${row.kind}, not an exchange`);
  // What the index knows of is durable, and so are the chunks before it.
  const through = Math.max(row.leaf, row.outcomeLeaf ?? 0) + 1;
  if (through > reader.size) await reader.refresh(through);
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
  const erased = await erasedBodies(reader, first, last, { request: infoOf('request'), response: infoOf('response') });
  return {
    summary: withErased(summary, erased),
    erased,
    leaves: [...new Set(leaves)].sort((a, b) => a - b),
    async *body(direction) {
      const chunks = infoOf(direction)?.chunks;
      if (chunks) {
        for (const leaf of chunks) {
          const piece = (await reader.read(leaf)).parts[direction];
          if (piece) yield piece;
        }
        return;
      }
      const whole = last?.parts[direction] ?? first.parts[direction];
      if (whole) yield whole;
    },
    images(part) {
      for (const entry of [first, last]) {
        const bytes = entry?.parts[part];
        if (bytes) return JSON.parse(Buffer.from(bytes).toString('utf8')) as ResourceImage[];
        if (entry?.erased.includes(part)) return 'erased';
      }
      return undefined;
    },
  };
}

/** The summary, with what is said of bodies that were erased since it was recorded. */
function withErased(summary: JoinedExchange, erased: readonly Direction[]): JoinedExchange {
  const gone = (info: BodyInfo): BodyInfo => ({ ...info, recorded: 0, withheld: 'erased' });
  let marked = summary;
  if (erased.includes('request')) marked = { ...marked, requestBody: gone(requestBodyInfo(summary)) };
  if (erased.includes('response') && summary.response) {
    marked = { ...marked, response: { ...summary.response, body: gone(summary.response.body) } };
  }
  return marked;
}

/** The bodies that are no longer there. Of one in chunks the first tells, since a body is erased as a whole. */
async function erasedBodies(
  reader: EntryReader,
  first: ReadEntry,
  last: ReadEntry | undefined,
  infos: Readonly<Record<Direction, BodyInfo | undefined>>,
): Promise<Direction[]> {
  const erased: Direction[] = [];
  for (const part of ['request', 'response'] as const) {
    const [chunk] = infos[part]?.chunks ?? [];
    const entries = chunk === undefined ? [first, last] : [await reader.read(chunk)];
    if (entries.some((entry) => entry?.erased.includes(part))) erased.push(part);
  }
  return erased;
}

/**
 * Leaves of every entry that a row stands for, whatever of them has been erased: the entry itself, the outcome, and the chunks of long
 * bodies, also those that a summary had no room to list.
 */
export async function leavesOfRow(reader: EntryReader, row: Pick<Row, 'leaf' | 'outcomeLeaf'>): Promise<number[]> {
  const ends = row.outcomeLeaf === undefined ? [row.leaf] : [row.leaf, row.outcomeLeaf];
  const leaves = new Set(ends);
  for (const leaf of ends) {
    const { summary } = (await reader.read(leaf)).parts;
    if (summary === undefined) continue;
    const said = JSON.parse(Buffer.from(summary).toString('utf8')) as Partial<JoinedExchange>;
    const lists = [said.request?.body.chunks, said.requestBody?.chunks, said.response?.body.chunks];
    for (const chunk of lists.flatMap((list) => list ?? [])) leaves.add(chunk);
    if (said.cut?.includes('chunks') && said.exchange !== undefined) {
      for (const chunk of await chunksBetween(reader, Math.min(...leaves), leaf, said.exchange)) leaves.add(chunk);
    }
  }
  return [...leaves].sort((a, b) => a - b);
}

async function chunksBetween(reader: EntryReader, from: number, to: number, exchange: string): Promise<number[]> {
  const found: number[] = [];
  for (let leaf = from; leaf < to; leaf++) {
    const { kind, parts } = await reader.read(leaf);
    if (kind !== 'exchange.chunk' || parts.summary === undefined) continue;
    const summary = JSON.parse(Buffer.from(parts.summary).toString('utf8')) as ChunkSummary;
    if (summary.exchange === exchange) found.push(leaf);
  }
  return found;
}

/** The JSON of an entry's summary part. @throws DogwatchError `erased` */
export function summaryOf<T>(entry: { readonly parts: { readonly summary?: Uint8Array } }): T {
  const { summary } = entry.parts;
  if (!summary) throw new DogwatchError('erased', 'what was recorded of this has been erased');
  return JSON.parse(Buffer.from(summary.buffer, summary.byteOffset, summary.length).toString('utf8')) as T;
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
