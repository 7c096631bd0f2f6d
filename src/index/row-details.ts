// What rows lack, read from the journal: what their bodies tell.
import { DogwatchError } from '../exchange/error.ts';
import type { ExchangeIntent, ExchangeOutcome } from '../exchange/exchange.ts';
import type { EntrySource, ReadEntry } from './documents.ts';
import { enriched } from './enrich.ts';
import { rowOf, summaryOf, withOutcome } from './row.ts';
import type { Row } from './search-index.ts';

/** Rows whose entries are in memory at once while a page is filled in. */
const TOGETHER = 50;

/** An entry; undefined when it cannot be read: a search should not fail for one, and `verify` says what is wrong with it. */
export async function entryAt(source: EntrySource, leaf: number): Promise<ReadEntry | undefined> {
  try {
    if (leaf >= source.size) await source.refresh(leaf + 1);
    const entry = await source.read(leaf);
    return { entry, summary: summaryOf(entry) };
  } catch (error) {
    if (error instanceof DogwatchError) return undefined;
    throw error;
  }
}

/** The last entry of what a row stands for, with its intent when they are two; undefined when one cannot be read. */
export async function exchangeOf(
  source: EntrySource,
  { leaf, outcomeLeaf }: Pick<Row, 'leaf' | 'outcomeLeaf'>,
): Promise<ReadEntry | undefined> {
  const first = await entryAt(source, leaf);
  if (!first || outcomeLeaf === undefined) return first;
  const last = await entryAt(source, outcomeLeaf);
  return last && { ...last, intent: first };
}

/** The rows, those that lack something filled in. */
export async function detailed(
  source: EntrySource,
  rows: readonly Row[],
  lacks: (row: Row) => boolean,
): Promise<Row[]> {
  const full: Row[] = [];
  for (let at = 0; at < rows.length; at += TOGETHER)
    full.push(...(await filledIn(source, rows.slice(at, at + TOGETHER), lacks)));
  return full;
}

/**
 * What is neighbours in a result mostly is so in the journal. Read in its order, one after the other, each of its frames is decoded once;
 * asked for at once, each row would have it decoded anew.
 */
async function filledIn(source: EntrySource, rows: readonly Row[], lacks: (row: Row) => boolean): Promise<Row[]> {
  const leaves = rows
    .filter(lacks)
    .flatMap(({ leaf, outcomeLeaf }) => (outcomeLeaf === undefined ? [leaf] : [leaf, outcomeLeaf]));
  const entries = new Map<number, ReadEntry>();
  for (const leaf of leaves.sort((a, b) => a - b)) {
    const entry = await entryAt(source, leaf);
    if (entry) entries.set(leaf, entry);
  }
  return rows.map((row) => {
    const first = lacks(row) ? entries.get(row.leaf) : undefined;
    const last = row.outcomeLeaf === undefined ? undefined : entries.get(row.outcomeLeaf);
    if (!first || (row.outcomeLeaf !== undefined && !last)) return row;
    const full = rowOf(first.entry, first.summary);
    if (!full) return row;
    const { resources, asked, what } = fullOf(first, full, last);
    return { ...row, resources, asked, ...(what === undefined ? {} : { what }) };
  });
}

/** A row as the journal has it: its intent, its outcome when there is one, and what their bodies tell. */
function fullOf(first: ReadEntry, row: Row, last: ReadEntry | undefined): Row {
  const whole = first.entry.kind === 'exchange' ? (first.summary as ExchangeOutcome | undefined) : undefined;
  const outcome = (last?.summary as ExchangeOutcome | undefined) ?? whole;
  const ended = last?.summary === undefined ? row : withOutcome(row, last.summary as ExchangeOutcome);
  if (row.kind !== 'exchange' || first.summary === undefined) return ended;
  try {
    return enriched(ended, { intent: first.summary as ExchangeIntent, first: first.entry, outcome, last: last?.entry });
  } catch {
    return ended;
  }
}
