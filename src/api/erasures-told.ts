// What the journal's own entries tell of the erasures that touched an exchange: when, by whom, why.
import type { PartName } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import { parseQuery } from '../index/query.ts';
import type { SearchIndex } from '../index/search-index.ts';
import { inRanges } from '../journal/leaf-ranges.ts';
import { readErased } from '../journal/verify-accounts.ts';
import type { EntryReader } from './read-exchange.ts';

/** One erasure, as far as it is about an exchange. */
export interface ToldErasure {
  readonly parts: readonly PartName[];
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly by: string;
  readonly why: string;
  /** Leaf of the entry that tells of it. */
  readonly leaf: number;
}

/** Entries that are looked at; what older ones tell is in the journal all the same. */
const MOST = 2000;
const PAGE = 500;

/** The erasures of any of these leaves, newest first. @param since milliseconds since the epoch at which the exchange began */
export async function erasuresOf(
  { index, reader }: { index: SearchIndex; reader: EntryReader },
  leaves: readonly number[],
  since: number,
): Promise<ToldErasure[]> {
  const told: ToldErasure[] = [];
  let cursor: string | undefined;
  let seen = 0;
  do {
    const query = parseQuery(`kind:journal.erased since:${new Date(since).toISOString()}`);
    const page = await index.search(query, { limit: PAGE, details: false, ...(cursor !== undefined && { cursor }) });
    for (const row of page.items) {
      if (row.leaf >= reader.size) await reader.refresh(row.leaf + 1);
      const event = readErased((await reader.read(row.leaf)).parts.summary);
      if (event === undefined) continue;
      const parts = (Object.keys(event.ranges) as PartName[]).filter((part) =>
        leaves.some((leaf) => inRanges(event.ranges[part] ?? [], leaf)),
      );
      if (parts.length > 0) told.push({ parts, time: row.time, by: event.by, why: event.why, leaf: row.leaf });
    }
    seen += page.items.length;
    cursor = page.next;
  } while (cursor !== undefined && seen < MOST);
  return told;
}

/** The error for an exchange whose summary was erased. */
export function goneError(id: string, told: readonly ToldErasure[]): DogwatchError {
  const last = told.find(({ parts }) => parts.includes('summary'));
  const how = last === undefined ? '' : ` on ${new Date(last.time).toISOString()} by ${last.by}: ${last.why}`;
  return new DogwatchError('erased', `what was recorded of ${id} has been erased${how}`, {
    remedy: 'there is no way back; that it took place, and the entry that tells of the erasure, stay',
  });
}
