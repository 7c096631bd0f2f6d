// What finished, on its way to those who watch: slim rows in the order of the journal, packed so that a thread's hand-over costs little.

import type { RefusedToken } from '../exchange/entry.ts';
import { ACTIONS, RISK_LEVELS, RISK_TAGS } from '../exchange/operation.ts';
import { hasFailed, type StoredParts } from './row.ts';
import type { Row, RowIdentity } from './search-index.ts';

/** One exchange that has ended, or one credential that was refused. */
export interface FeedItem {
  readonly row: Row;
  /** Leaf of the entry that ended it. */
  readonly leaf: number;
  /** Exchanges that it stands for: more than one when a flood of refused credentials was recorded as one. */
  readonly count: number;
}

/** Rows that ended in the leaves from `from` (inclusive) to `through` (exclusive). Every string is sent once, then meant by its number. */
export interface FeedBatch {
  readonly from: number;
  readonly through: number;
  /** Numbers begin anew. */
  readonly reset: boolean;
  readonly strings: readonly string[];
  readonly identities: readonly FedIdentity[];
  /** Ids of exchanges, one for each row. */
  readonly ids: readonly string[];
  readonly numbers: Float64Array<ArrayBuffer>;
}

/** What is told of a caller. */
export type FedIdentity = Pick<RowIdentity, 'issuer' | 'subject' | 'kind' | 'name' | 'groups'>;

/** A row as it comes out of a batch. */
export interface FedRow {
  readonly leaf: number;
  readonly id: string;
  readonly refusedToken: boolean;
  /** Milliseconds since the epoch at which the request was received. */
  readonly time: number;
  readonly identity: FedIdentity | undefined;
  readonly session: string | undefined;
  /** What the caller says of itself: its agent name, or else the User-Agent. */
  readonly client: string | undefined;
  readonly source: string | undefined;
  readonly connection: string | undefined;
  readonly operation: string | undefined;
  readonly action: (typeof ACTIONS)[number] | undefined;
  readonly risk: (typeof RISK_LEVELS)[number] | undefined;
  /** Of RISK_TAGS, bit 0 for the first. */
  readonly tags: number;
  readonly denied: boolean;
  readonly outcome: NonNullable<Row['outcome']> | undefined;
  /** A code of codes.ts. */
  readonly error: string | undefined;
  readonly failed: boolean;
  /** 0 when there is none. */
  readonly status: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly count: number;
  /** A hash of method and path. */
  readonly target: number;
  /** The first ones, at most 16: kind, and a hash of kind and id. */
  readonly resources: readonly { readonly kind: string; readonly hash: number }[];
  /** Hashes of metric names asked for, at most 16. */
  readonly metrics: readonly number[];
}

/** What is told of an entry that is whole in itself: an exchange recorded in one, a refused credential. Nothing of others. */
export function feedItemOf(row: Row, { kind, leaf }: StoredParts, summary: unknown): FeedItem | undefined {
  if (kind === 'exchange') return { row, leaf, count: 1 };
  if (kind !== 'identity.refused') return undefined;
  return { row, leaf, count: 1 + ((summary as RefusedToken | undefined)?.suppressed ?? 0) };
}

const OUTCOMES = ['complete', 'refused', 'upstream-failed', 'client-aborted', 'unknown', 'pending'] as const;
const MOST = 16;
/** So many strings are known by number; then numbers begin anew. */
const STRINGS = 20_000;
const IDENTITIES = 20_000;

/** Packs rows. */
export class FeedPacker {
  private readonly strings = new Map<string, number>();
  /** By issuer and subject. */
  private readonly identities = new Map<string, Map<string, { readonly at: number; readonly identity: RowIdentity }>>();
  private fresh: string[] = [];
  private freshIdentities: FedIdentity[] = [];
  private known = 0;
  private begun = false;

  pack(items: readonly FeedItem[], from: number, through: number): FeedBatch {
    const reset = !this.begun || this.strings.size > STRINGS || this.known > IDENTITIES;
    if (reset) this.reset();
    this.begun = true;
    const numbers: number[] = [];
    const ids: string[] = [];
    for (const item of items) {
      ids.push(item.row.id);
      this.add(item, numbers);
    }
    const batch = {
      from,
      through,
      reset,
      strings: this.fresh,
      identities: this.freshIdentities,
      ids,
      numbers: Float64Array.from(numbers),
    };
    this.fresh = [];
    this.freshIdentities = [];
    return batch;
  }

  private reset(): void {
    this.strings.clear();
    this.identities.clear();
    this.fresh = [];
    this.freshIdentities = [];
    this.known = 0;
  }

  private add({ row, leaf, count }: FeedItem, out: number[]): void {
    let tags = 0;
    for (const tag of row.tags) tags |= 1 << RISK_TAGS.indexOf(tag);
    const flags =
      (row.kind === 'exchange' ? 0 : 1) | (row.verdict?.decision === 'deny' ? 2 : 0) | (hasFailed(row) ? 4 : 0);
    out.push(
      leaf,
      row.time,
      this.identity(row.identity),
      this.string(row.session),
      this.string(row.client.agent ?? row.client.userAgent),
      this.string(row.source),
      this.string(row.connection),
      this.string(row.operation),
      row.action === undefined ? -1 : ACTIONS.indexOf(row.action),
      row.risk === undefined ? -1 : RISK_LEVELS.indexOf(row.risk),
      tags,
      flags,
      row.outcome === undefined ? -1 : OUTCOMES.indexOf(row.outcome),
      this.string(row.error),
      row.status ?? 0,
      row.requestBytes ?? 0,
      row.responseBytes ?? 0,
      count,
      row.path === undefined ? 0 : hashOf(row.path, hashOf(row.method ?? '')),
    );
    const resources = Math.min(row.resources.length, MOST);
    out.push(resources);
    for (let at = 0; at < resources; at++) {
      const { kind, id } = row.resources[at]!;
      out.push(this.string(kind), hashOf(id, hashOf(kind)));
    }
    const metrics = row.asked.metrics ?? [];
    const asked = Math.min(metrics.length, MOST);
    out.push(asked);
    for (let at = 0; at < asked; at++) out.push(hashOf(metrics[at]!));
  }

  private string(text: string | undefined): number {
    if (text === undefined) return -1;
    const at = this.strings.get(text);
    if (at !== undefined) return at;
    const next = this.strings.size;
    this.strings.set(text, next);
    this.fresh.push(text);
    return next;
  }

  private identity(identity: RowIdentity | undefined): number {
    if (identity === undefined) return -1;
    let ofIssuer = this.identities.get(identity.issuer);
    if (ofIssuer === undefined) {
      ofIssuer = new Map();
      this.identities.set(identity.issuer, ofIssuer);
    }
    const known = ofIssuer.get(identity.subject);
    if (known !== undefined && same(known.identity, identity)) return known.at;
    const at = this.known++;
    ofIssuer.set(identity.subject, { at, identity });
    const { issuer, subject, kind, name, groups } = identity;
    this.freshIdentities.push({ issuer, subject, name, groups, ...(kind === undefined ? {} : { kind }) });
    return at;
  }
}

function same(one: RowIdentity, other: RowIdentity): boolean {
  return (
    one.name === other.name &&
    one.kind === other.kind &&
    one.groups.length === other.groups.length &&
    one.groups.every((group, at) => group === other.groups[at])
  );
}

/** Unpacks the batches of one packer, in their order. Strings and identities come out as the same objects each time. */
export class FeedUnpacker {
  private strings: string[] = [];
  private identities: FedIdentity[] = [];

  *rows(batch: FeedBatch): Generator<FedRow> {
    if (batch.reset) {
      this.strings = [];
      this.identities = [];
    }
    for (const text of batch.strings) this.strings.push(text);
    for (const identity of batch.identities) this.identities.push(identity);
    const { numbers: n, ids } = batch;
    let at = 0;
    for (const id of ids) {
      const count = n[at + 19]!;
      const resources: { kind: string; hash: number }[] = [];
      const row = at;
      at += 20;
      for (let each = 0; each < count; each++, at += 2)
        resources.push({ kind: this.strings[n[at]!] ?? '', hash: n[at + 1]! });
      const asked = n[at++]!;
      const metrics: number[] = [];
      for (let each = 0; each < asked; each++) metrics.push(n[at++]!);
      const flags = n[row + 11]!;
      yield {
        leaf: n[row]!,
        id,
        refusedToken: (flags & 1) !== 0,
        time: n[row + 1]!,
        identity: this.identities[n[row + 2]!],
        session: this.strings[n[row + 3]!],
        client: this.strings[n[row + 4]!],
        source: this.strings[n[row + 5]!],
        connection: this.strings[n[row + 6]!],
        operation: this.strings[n[row + 7]!],
        action: ACTIONS[n[row + 8]!],
        risk: RISK_LEVELS[n[row + 9]!],
        tags: n[row + 10]!,
        denied: (flags & 2) !== 0,
        failed: (flags & 4) !== 0,
        outcome: OUTCOMES[n[row + 12]!],
        error: this.strings[n[row + 13]!],
        status: n[row + 14]!,
        requestBytes: n[row + 15]!,
        responseBytes: n[row + 16]!,
        count: n[row + 17]!,
        target: n[row + 18]!,
        resources,
        metrics,
      };
    }
  }
}

/** FNV-1a of 32 bits over UTF-16 units, going on from `seed`. Tells values apart; is no secret and no proof. */
export function hashOf(text: string, seed = 0x811c9dc5): number {
  let hash = seed;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
