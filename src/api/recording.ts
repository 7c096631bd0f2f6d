// The recording of a session, to be replayed: the proofs of its calls, and of earlier ones that show what was there before it.

import type { PartName } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import { EVERYTHING, parseQuery, type Query } from '../index/query.ts';
import type { Row, SearchIndex } from '../index/search-index.ts';
import { type ProofSource, proveExchange } from '../journal/prove.ts';
import { noSession } from './find-session.ts';
import { type EntryReader, leavesOfRow } from './read-exchange.ts';

/** A session of more calls is not replayed. */
const MAX_CALLS = 10_000;
/** Earlier calls that are read, the newest; and of each resource that the session touches. */
const MAX_EARLIER = 2_000;
const EARLIER_OF_ONE = 10;
const MAX_RESOURCES = 200;
/** Bytes of bodies of earlier calls in sum, and of one call. */
const MAX_EARLIER_BYTES = 64 << 20;
const MAX_BODY = 32 << 20;

export interface RecordingSource {
  readonly index: SearchIndex;
  readonly reader: EntryReader;
  readonly proofs: ProofSource;
}

/**
 * Proof files one after another, oldest exchange first: those of earlier calls, then the session's.
 * @throws DogwatchError `not_found`; `bad_parameter` for a session that is too long; as `proveExchange`
 */
export async function* recordingLines(source: RecordingSource, session: string): AsyncGenerator<string> {
  const calls = await callsOf(source.index, session);
  const before = await earlierThan(source.index, calls);
  const through = Math.max(...calls.map(({ leaf, outcomeLeaf }) => outcomeLeaf ?? leaf)) + 1;
  if (through > source.reader.size) await source.reader.refresh(through);
  for (const row of [...before, ...calls]) {
    const leaves = await leavesOfRow(source.reader, row);
    const long = (row.requestBytes ?? 0) + (row.responseBytes ?? 0) > MAX_BODY;
    const without: PartName[] = long ? ['request', 'response'] : [];
    yield* proveExchange(source.proofs, { exchange: row.id, leaves, without });
  }
}

async function callsOf(index: SearchIndex, session: string): Promise<Row[]> {
  const query: Query = {
    ...EVERYTHING,
    root: { type: 'field', field: 'session', match: { type: 'is', value: session }, at: 0 },
  };
  const rows: Row[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await index.search(query, { limit: 500, order: 'oldest', details: false, ...(cursor && { cursor }) });
    rows.push(...page.items);
    if (rows.length > MAX_CALLS) {
      throw new DogwatchError(
        'bad_parameter',
        `the session has more than ${MAX_CALLS} calls, the most that are replayed`,
      );
    }
    if (page.next === undefined) break;
    cursor = page.next;
  }
  if (rows.length > 0) return rows.sort((one, other) => one.leaf - other.leaf);
  throw noSession(session);
}

/** Successful calls on the same connections before the session, oldest first: the newest, and those of what the session touches. */
async function earlierThan(index: SearchIndex, calls: readonly Row[]): Promise<Row[]> {
  const first = calls[0]!;
  const connections = [...new Set(calls.flatMap(({ connection }) => connection ?? []))];
  const until = new Date(first.time).toISOString();
  const found = new Map<number, Row>();
  const add = async (terms: string, most: number): Promise<void> => {
    const query = parseQuery(`${terms} before:${until} status:<300`);
    for (let cursor: string | undefined, left = most; left > 0; ) {
      const page = await index.search(query, { limit: Math.min(500, left), details: false, ...(cursor && { cursor }) });
      for (const row of page.items) if (row.leaf < first.leaf) found.set(row.leaf, row);
      left -= page.items.length;
      if (page.next === undefined) return;
      cursor = page.next;
    }
  };
  for (const connection of connections) {
    await add(`connection:${connection}`, MAX_EARLIER);
    const touched = calls.filter((call) => call.connection === connection).flatMap(({ resources }) => resources);
    const names = [...new Set(touched.map(({ kind, id }) => `${kind}/${id}`))].filter((name) =>
      /^[\w./:-]+$/.test(name),
    );
    for (const name of names.slice(0, MAX_RESOURCES)) {
      await add(`connection:${connection} resource:${name}`, EARLIER_OF_ONE);
    }
  }
  let bytes = 0;
  return [...found.values()]
    .sort((one, other) => other.leaf - one.leaf)
    .filter(({ requestBytes = 0, responseBytes = 0 }) => {
      bytes += requestBytes + responseBytes;
      return bytes <= MAX_EARLIER_BYTES;
    })
    .reverse();
}
