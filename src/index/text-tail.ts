// The words of the newest entries, which are in rows but not yet in a stored block: the searcher gathers them from the journal itself.

import type { ExchangeOutcome } from '../exchange/exchange.ts';
import { documentOf, type EntrySource, type ReadEntry } from './documents.ts';
import { summaryOf } from './row.ts';
import { TextBlock } from './text-block.ts';

/** Adds the text of an entry to a block. */
export async function addDocument(block: TextBlock, read: ReadEntry, source: EntrySource): Promise<void> {
  const document = await documentOf(read, source);
  if (!document) return;
  block.begin(read.intent?.entry.leaf ?? read.entry.leaf);
  block.addText(document.words);
  for (const title of document.titles) block.addText(title, 'title');
  for (const query of document.queries) block.addText(query, 'query');
  for (const body of document.bodies) block.addBody(body);
}

/** Follows the journal from where stored blocks end. */
export class TextTail {
  readonly block: TextBlock;
  private from = 0;
  private to = 0;
  private readonly source: EntrySource;
  private readonly leafOf: (exchange: string) => number | undefined;

  /**
   * @param key the 32 bytes that name words
   * @param leafOf the leaf of an exchange's row
   */
  constructor(source: EntrySource, key: Uint8Array, leafOf: (exchange: string) => number | undefined) {
    this.block = new TextBlock(key);
    this.source = source;
    this.leafOf = leafOf;
  }

  /** Makes `block` hold the text of the leaves `from` (inclusive) to `to`, or more. */
  async follow(from: number, to: number): Promise<void> {
    if (from !== this.from) {
      this.block.clear();
      this.from = from;
      this.to = from;
    }
    for await (const entries of this.source.batches(this.to, to))
      for (const entry of entries) {
        await addDocument(this.block, await this.read(entry), this.source);
        this.to = entry.leaf + 1;
      }
  }

  private async read(entry: ReadEntry['entry']): Promise<ReadEntry> {
    const summary = summaryOf(entry);
    if (entry.kind !== 'exchange.outcome' || summary === undefined) return { entry, summary };
    const leaf = this.leafOf((summary as ExchangeOutcome).exchange);
    if (leaf === undefined) return { entry, summary };
    const intent = await this.source.read(leaf);
    return {
      entry,
      summary,
      intent: { entry: intent, summary: summaryOf(intent) },
    };
  }
}
