// What the watch missed, read from the journal: the rows that ended, and the findings that were told.
import type { DecidedEvent } from '../exchange/entry.ts';
import type { ExchangeIntent, ExchangeOutcome } from '../exchange/exchange.ts';
import type { Finding, FindingDecision } from '../exchange/finding.ts';
import { rowOf, type StoredParts, summaryOf, withOutcome } from '../index/row.ts';
import { type FeedItem, feedItemOf } from '../index/row-feed.ts';
import type { Row } from '../index/search-index.ts';
import type { Journalled } from './reconcile.ts';

/** Intents that are remembered until their outcome comes. */
const REMEMBERED = 5000;

export class JournalRows {
  private readonly lookUp: (exchange: string) => Promise<Row | undefined>;
  private readonly begun = new Map<string, Row>();
  /** Findings and decisions that were read. */
  readonly findings = new Map<string, Journalled>();
  readonly decisions: FindingDecision[] = [];

  /** @param lookUp the row of an exchange whose intent was recorded before what is read */
  constructor(lookUp: (exchange: string) => Promise<Row | undefined>) {
    this.lookUp = lookUp;
  }

  /** What ended with that entry, if anything did. */
  async item(entry: StoredParts): Promise<FeedItem | undefined> {
    if (entry.kind === 'exchange.chunk') return undefined;
    const summary = summaryOf(entry);
    if (summary === undefined) return undefined;
    switch (entry.kind) {
      case 'exchange':
      case 'identity.refused': {
        const row = rowOf(entry, summary);
        return row && feedItemOf(row, entry, summary);
      }
      case 'exchange.intent': {
        const row = rowOf(entry, summary);
        if (row) this.begun.set((summary as ExchangeIntent).exchange, row);
        if (this.begun.size > REMEMBERED) this.begun.delete(this.begun.keys().next().value ?? '');
        return undefined;
      }
      case 'exchange.outcome':
        return this.ended(summary as ExchangeOutcome, entry.leaf);
      case 'finding.opened':
      case 'finding.updated':
      case 'finding.ended': {
        const finding = summary as Finding;
        this.findings.set(finding.id, { finding, ended: entry.kind === 'finding.ended' });
        return undefined;
      }
      case 'finding.decided':
        this.decisions.push((summary as DecidedEvent).decision);
        return undefined;
      default:
        return undefined;
    }
  }

  /** What findings there are is of no more interest. */
  forget(): void {
    this.findings.clear();
    this.decisions.length = 0;
  }

  private async ended(outcome: ExchangeOutcome, leaf: number): Promise<FeedItem | undefined> {
    const { exchange } = outcome;
    const begun = this.begun.get(exchange) ?? (await this.lookUp(exchange));
    this.begun.delete(exchange);
    if (!begun) return undefined;
    try {
      return { row: begun.outcome === 'pending' ? withOutcome(begun, outcome, leaf) : begun, leaf, count: 1 };
    } catch {
      // A summary of a shape that this version does not know.
      return undefined;
    }
  }
}
