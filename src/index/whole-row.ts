// The row of an entry with all that the journal tells of it: its outcome, and what the bodies say.
import type { ExchangeIntent, ExchangeOutcome } from '../exchange/exchange.ts';
import type { EntrySource, ReadEntry } from './documents.ts';
import { enriched } from './enrich.ts';
import { rowOf, summaryOf, withOutcome } from './row.ts';
import type { Row } from './search-index.ts';

/** The row completed by its outcome, or undefined when that has a shape that this version does not know. */
export function completed(row: Row, outcome: ExchangeOutcome, leaf: number): Row | undefined {
  try {
    return withOutcome(row, outcome, leaf);
  } catch {
    return undefined;
  }
}

/** The row with what its bodies tell, unless they have a shape that this version does not know. */
export function richer(row: Row, exchange: Parameters<typeof enriched>[1]): Row {
  try {
    return enriched(row, exchange);
  } catch {
    return row;
  }
}

/**
 * Reads a row anew from the journal, as it would be written if the index were built now.
 *
 * @param outcomeLeaf where the outcome of its exchange is, when that is another entry
 * @returns the row, and the entry that has its text
 */
export async function readWholeRow(
  source: EntrySource,
  leaf: number,
  outcomeLeaf: number | undefined,
): Promise<{ readonly row: Row; readonly text: ReadEntry } | undefined> {
  const first = await source.read(leaf);
  const summary = summaryOf(first);
  const told = rowOf(first, summary);
  if (!told) return undefined;
  const begun: ReadEntry = { entry: first, summary };
  if (told.kind !== 'exchange' || summary === undefined) return { row: told, text: begun };
  const intent = summary as ExchangeIntent;
  if (first.kind === 'exchange')
    return { row: richer(told, { intent, first, outcome: summary as ExchangeOutcome }), text: begun };
  const last = outcomeLeaf === undefined ? undefined : await source.read(outcomeLeaf);
  const outcome = last && (summaryOf(last) as ExchangeOutcome | undefined);
  const done = last && outcome && completed(told, outcome, last.leaf);
  if (!done) return { row: richer(told, { intent, first }), text: begun };
  return {
    row: richer(done, { intent, first, outcome, last }),
    text: { entry: last, summary: outcome, intent: begun },
  };
}
