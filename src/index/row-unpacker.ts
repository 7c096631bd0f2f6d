// Rows as they come out of a batch, at the end of those who watch (row-feed.ts).
import { ACTIONS, RISK_LEVELS } from '../exchange/operation.ts';
import { type FedCall, type FedIdentity, type FedRow, type FeedBatch, type Fresh, OUTCOMES } from './row-feed.ts';

/** How one who is fed is told of rows before they come. */
export interface Ahead {
  /** What is known of an identity that is more than a claim: asked once for each. */
  know(identity: FedIdentity): unknown;
  /** The first so many of these are the rows that come next. */
  expect(calls: readonly FedCall[], count: number): void;
}

/** Rows that are told of at once: what they need has to stay within the processor's nearer caches. */
const AHEAD = 32;
/** Numbers of a row before its things, and of a thing. */
const [FIXED, THING] = [20, 2];

/** Unpacks the batches of one packer, in their order. Strings and identities come out as the same objects each time. */
export class FeedUnpacker {
  private readonly strings = new Numbered<string>();
  private readonly passing = new Numbered<string>();
  private readonly identities = new Numbered<FedIdentity>();
  private known: unknown[] = [];
  private readonly calls: FedCall[] = Array.from({ length: AHEAD }, blankCall);
  private readonly ahead: () => Ahead | undefined;
  private readonly row: { -readonly [K in keyof FedRow]: FedRow[K] } = blank();
  private readonly resources: { kind: string; hash: number }[] = [];
  private readonly metrics: number[] = [];

  /** @param ahead whom rows are announced to, asked for with each batch */
  constructor(ahead: () => Ahead | undefined = () => undefined) {
    this.ahead = ahead;
  }

  /** What was said of identities does not hold any more: each is asked for again. */
  askAgain(): void {
    this.known = [];
  }

  /** Tells of one row after the other. There is one object for all of them: it is good until the next one. */
  each(batch: FeedBatch, visit: (row: FedRow) => void): void {
    const strings = this.strings.take(batch.strings);
    const passing = this.passing.take(batch.passing);
    const identities = this.identities.take(batch.identities);
    if (batch.identities.reset) this.known = [];
    while (this.known.length < identities.length) this.known.push(undefined);
    const ahead = this.ahead();
    const { row, resources, metrics } = this;
    const { numbers: n, ids } = batch;
    let at = 0;
    let next = 0;
    let told = 0;
    for (const id of ids) {
      if (ahead) {
        if (next === told) {
          next = 0;
          told = this.announce(ahead, n, at, strings, identities);
        }
        row.call = this.calls[next++];
      }
      const flags = n[at + 11]!;
      row.leaf = n[at]!;
      row.id = id;
      row.refusedToken = (flags & 1) !== 0;
      row.time = n[at + 1]!;
      row.identity = of(identities, n[at + 2]!);
      row.session = of(passing, n[at + 3]!);
      row.client = of(passing, n[at + 4]!);
      row.source = of(passing, n[at + 5]!);
      row.connection = of(strings, n[at + 6]!);
      row.operation = of(strings, n[at + 7]!);
      row.action = of(ACTIONS, n[at + 8]!);
      row.risk = of(RISK_LEVELS, n[at + 9]!);
      row.tags = n[at + 10]!;
      row.denied = (flags & 2) !== 0;
      row.failed = (flags & 4) !== 0;
      row.outcome = of(OUTCOMES, n[at + 12]!);
      row.error = of(strings, n[at + 13]!);
      row.status = n[at + 14]!;
      row.requestBytes = n[at + 15]!;
      row.responseBytes = n[at + 16]!;
      row.count = n[at + 17]!;
      row.target = n[at + 18]!;
      const things = n[at + 19]!;
      at += FIXED;
      if (resources.length > things) resources.length = things;
      for (let each = 0; each < things; each++, at += THING) {
        const thing = resources[each];
        const kind = of(strings, n[at]!) ?? '';
        if (thing === undefined) resources.push({ kind, hash: n[at + 1]! });
        else {
          thing.kind = kind;
          thing.hash = n[at + 1]!;
        }
      }
      const asked = n[at++]!;
      if (metrics.length > asked) metrics.length = asked;
      for (let each = 0; each < asked; each++) metrics[each] = n[at++]!;
      row.resources = resources;
      row.metrics = metrics;
      visit(row);
    }
  }

  /** Tells of the rows from there on. @returns how many */
  private announce(
    ahead: Ahead,
    n: Float64Array,
    from: number,
    strings: readonly string[],
    identities: readonly FedIdentity[],
  ): number {
    const { calls, known } = this;
    let count = 0;
    for (let at = from; count < AHEAD && at < n.length; at += 1 + n[at]!) {
      const call = calls[count++]!;
      const who = n[at + 2]!;
      const isClaim = who < 0 || (n[at + 11]! & 1) !== 0;
      if (!isClaim) known[who] ??= ahead.know(identities[who]!);
      call.known = isClaim ? undefined : known[who];
      call.operation = of(strings, n[at + 7]!);
      call.action = of(ACTIONS, n[at + 8]!);
      call.connection = of(strings, n[at + 6]!);
      call.route = undefined;
      at += FIXED + THING * n[at + 19]!;
    }
    ahead.expect(calls, count);
    return count;
  }
}

function blankCall(): FedCall {
  return { operation: undefined, action: undefined, connection: undefined, known: undefined, route: undefined };
}

/** What stands at that number; nothing at -1. */
const of = <V>(values: readonly V[], at: number): V | undefined => (at < 0 ? undefined : values[at]);

/** What the packer sent once, by number. */
class Numbered<V> {
  private values: V[] = [];

  take({ reset, fresh }: Fresh<V>): readonly V[] {
    if (reset) this.values = [];
    for (const value of fresh) this.values.push(value);
    return this.values;
  }
}

const blank = (): FedRow => ({
  leaf: 0,
  id: '',
  refusedToken: false,
  time: 0,
  identity: undefined,
  call: undefined,
  session: undefined,
  client: undefined,
  source: undefined,
  connection: undefined,
  operation: undefined,
  action: undefined,
  risk: undefined,
  tags: 0,
  denied: false,
  outcome: undefined,
  error: undefined,
  failed: false,
  status: 0,
  requestBytes: 0,
  responseBytes: 0,
  count: 1,
  target: 0,
  resources: [],
  metrics: [],
});
