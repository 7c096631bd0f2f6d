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
  /** Names of operations and connections; what comes and goes: sessions, clients, addresses; callers. */
  readonly strings: Fresh<string>;
  readonly passing: Fresh<string>;
  readonly identities: Fresh<FedIdentity>;
  /** Ids of exchanges, one for each row. */
  readonly ids: readonly string[];
  readonly numbers: Float64Array<ArrayBuffer>;
}

/** What has a number from now on. */
export interface Fresh<V> {
  /** Numbers begin anew. */
  readonly reset: boolean;
  readonly fresh: readonly V[];
}

/** What is told of a caller. */
export type FedIdentity = Pick<RowIdentity, 'issuer' | 'subject' | 'kind' | 'name' | 'groups'>;

/** A row that is going to come out of a batch, as far as it is told of beforehand. There are a few of these objects, used again and again. */
export interface FedCall {
  operation: string | undefined;
  action: FedRow['action'];
  connection: string | undefined;
  /** What the one who is fed said of the identity when it first came; nothing of one that is no more than a claim. */
  known: unknown;
  /** What the one who is fed notes of the call. */
  route: unknown;
}

/** A row as it comes out of a batch. */
export interface FedRow {
  readonly leaf: number;
  readonly id: string;
  readonly refusedToken: boolean;
  /** Milliseconds since the epoch at which the request was received. */
  readonly time: number;
  readonly identity: FedIdentity | undefined;
  /** What was said of it beforehand, where the one who is fed looks ahead. */
  readonly call?: FedCall | undefined;
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

export const OUTCOMES = ['complete', 'refused', 'upstream-failed', 'client-aborted', 'unknown', 'pending'] as const;
const MOST = 16;
/** So many are known by number; then numbers begin anew. Callers have their own: whoever is fed finds them anew then, which costs more. */
const STRINGS = 20_000;
const PASSING = 60_000;
const IDENTITIES = 40_000;

/** Packs rows. */
export class FeedPacker {
  private readonly strings = new Numbers(STRINGS);
  private readonly passing = new Numbers(PASSING);
  /** By issuer and subject. */
  private readonly identities = new Map<string, Map<string, { readonly at: number; readonly identity: RowIdentity }>>();
  private freshIdentities: FedIdentity[] = [];
  private known = IDENTITIES;

  pack(items: readonly FeedItem[], from: number, through: number): FeedBatch {
    this.strings.begin();
    this.passing.begin();
    const reset = this.known >= IDENTITIES;
    if (reset) {
      this.identities.clear();
      this.known = 0;
    }
    const numbers: number[] = [];
    const ids: string[] = [];
    for (const item of items) {
      ids.push(item.row.id);
      this.add(item, numbers);
    }
    const identities = { reset, fresh: this.freshIdentities };
    this.freshIdentities = [];
    return {
      from,
      through,
      strings: this.strings.end(),
      passing: this.passing.end(),
      identities,
      ids,
      numbers: Float64Array.from(numbers),
    };
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
      this.passing.of(row.session),
      this.passing.of(row.client.agent ?? row.client.userAgent),
      this.passing.of(row.source),
      this.strings.of(row.connection),
      this.strings.of(row.operation),
      row.action === undefined ? -1 : ACTIONS.indexOf(row.action),
      row.risk === undefined ? -1 : RISK_LEVELS.indexOf(row.risk),
      tags,
      flags,
      row.outcome === undefined ? -1 : OUTCOMES.indexOf(row.outcome),
      this.strings.of(row.error),
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
      out.push(this.strings.of(kind), hashOf(id, hashOf(kind)));
    }
    const metrics = row.asked.metrics ?? [];
    const asked = Math.min(metrics.length, MOST);
    out.push(asked);
    for (let at = 0; at < asked; at++) out.push(hashOf(metrics[at]!));
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

/** Numbers of strings. */
class Numbers {
  private readonly known = new Map<string, number>();
  private fresh: string[] = [];
  private reset = true;
  private begun = false;
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  begin(): void {
    this.reset = !this.begun || this.known.size >= this.most;
    this.begun = true;
    if (this.reset) this.known.clear();
  }

  /** -1 of none. */
  of(text: string | undefined): number {
    if (text === undefined) return -1;
    const at = this.known.get(text);
    if (at !== undefined) return at;
    const next = this.known.size;
    this.known.set(text, next);
    this.fresh.push(text);
    return next;
  }

  end(): Fresh<string> {
    const { reset, fresh } = this;
    this.fresh = [];
    return { reset, fresh };
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

/** FNV-1a of 32 bits over UTF-16 units, going on from `seed`. Tells values apart; is no secret and no proof. */
export function hashOf(text: string, seed = 0x811c9dc5): number {
  let hash = seed;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
