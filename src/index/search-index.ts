// The one interface of the index: what can be asked of it, as plain data. SQLite and PostgreSQL implement it.
import type { EntryKind } from '../exchange/entry.ts';
import type { Decision, Outcome } from '../exchange/exchange.ts';
import type { Actor, ClaimedClient, IdentityKind } from '../exchange/identity.ts';
import type { Action, Asked, Resource, RiskLevel, RiskTag } from '../exchange/operation.ts';
import type { FindingCounts, FindingFilter, FindingsPage, FoundFinding } from './findings.ts';
import type { Query } from './query-tree.ts';
import type { SearchOrder } from './search-order.ts';

/** The caller of a row. `kind` is absent for the actors of audit and admin entries, which are known by name only. */
export interface RowIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly kind?: IdentityKind;
  readonly name: string;
  readonly email?: string;
  readonly groups: readonly string[];
  readonly onBehalfOf: readonly Actor[];
  readonly claims: Readonly<Record<string, string>>;
}

/** The kind of a row: `exchange` for every exchange however it was recorded, else the kind of its entry. */
export type RowKind = Exclude<EntryKind, 'exchange.intent' | 'exchange.outcome' | 'exchange.chunk'>;

/** One line of a search result: one exchange, or one other entry of the journal. */
export interface Row {
  /** Leaf of the first entry: the exchange's intent, or the entry itself. The row's key, and the tie-breaker of the order. */
  readonly leaf: number;
  /** Leaf of the `exchange.outcome` entry, when the exchange was recorded as intent and outcome. */
  readonly outcomeLeaf?: number;
  readonly kind: RowKind;
  /** The exchange id, or the entry id of any other kind. */
  readonly id: string;
  /** Milliseconds since the epoch: when the request was received, or when the entry was made. */
  readonly time: number;
  readonly session?: string;
  readonly identity?: RowIdentity;
  readonly client: ClaimedClient;
  /** IP address, without the port. */
  readonly source?: string;
  readonly connection?: string;
  readonly host?: string;
  readonly method?: string;
  /** Normalised path without the query string. */
  readonly path?: string;
  readonly operation?: string;
  readonly action?: Action;
  readonly risk?: RiskLevel;
  readonly tags: readonly RiskTag[];
  /** Titles come from the journal, when it is asked for them (`SearchPage.details`). */
  readonly resources: readonly Resource[];
  /** `queries` come from the journal, as titles do. */
  readonly asked: Asked;
  readonly verdict?: { readonly decision: Decision; readonly rule: string };
  /** `pending`: an intent whose outcome has not been recorded (yet). Absent for rows that are no exchange. */
  readonly outcome?: Outcome | 'pending';
  /** A code of codes.ts. */
  readonly error?: string;
  readonly status?: number;
  /** Bytes of the bodies on the wire. */
  readonly requestBytes?: number;
  readonly responseBytes?: number;
  /** Milliseconds from the request's head to the end of the response. */
  readonly latency?: number;
  /** One sentence about an entry that is no exchange; from the journal, as titles are. */
  readonly what?: string;
}

/** One run of one agent. */
export interface SessionRow {
  readonly id: string;
  readonly identity?: RowIdentity;
  /** Milliseconds since the epoch, of the first and the last exchange received. */
  readonly first: number;
  readonly last: number;
  readonly calls: number;
  /** Calls whose action is not `read` and that were sent to Datadog. */
  readonly mutations: number;
  /** Calls that Dogwatch refused. */
  readonly refusals: number;
  /** Calls that were not refused and ended without an answer, or with a status of 400 or more. */
  readonly errors: number;
}

/** Which identities, and since when they are counted. */
export interface IdentitiesAsked {
  /** Milliseconds since the epoch: those seen since, and what they did since the whole hour before. */
  readonly from: number;
  /** Only this one, whenever it was seen. */
  readonly identity?: { readonly issuer: string; readonly subject: string };
  /** 1 to 1,000; 500 when absent. */
  readonly limit?: number;
}

/** An identity as it was seen last. Times are milliseconds since the epoch. */
export interface IdentityRow {
  readonly identity: RowIdentity;
  /** Of all that is recorded. */
  readonly first: number;
  readonly last: number;
  /** Since the time asked for: sessions, calls, calls that were sent and are no reads, calls that Dogwatch refused. */
  readonly sessions: number;
  readonly calls: number;
  readonly changes: number;
  readonly refusals: number;
  /** Entries that are no exchange: searches and views of the record, sign-ins, changes of the configuration. */
  readonly views: number;
}

export interface IdentityList {
  /** Latest first. */
  readonly items: readonly IdentityRow[];
  /** Whether there are more than the limit. */
  readonly more: boolean;
  readonly indexedThrough: number;
}

export interface PageRequest {
  /** 1 to 500; 50 when absent. */
  readonly limit?: number;
  /** `next` of the page before, for the same query and order. */
  readonly cursor?: string;
}

export interface SearchPage extends PageRequest {
  /** By time, then leaf; `newest` when absent. An order by value is refused when too many rows would have to be compared. */
  readonly order?: SearchOrder;
  /** Rows that match and are passed over first, 1,000,000 at most; for orders by time, of queries that do not look at text. */
  readonly skip?: number;
  /** Fill in titles, log queries and sentences from the journal. True when absent. */
  readonly details?: boolean;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Where to go on. A page may hold fewer items than asked for and still have a next one; absent means: that was all. */
  readonly next?: string;
  /** Leaves of the journal that the answer takes into account. */
  readonly indexedThrough: number;
}

/** How many matching rows there are in each bucket, oldest first; empty buckets are left out. */
export interface Histogram {
  /** Width of a bucket in milliseconds. */
  readonly width: number;
  readonly buckets: readonly { readonly time: number; readonly count: number; readonly failed: number }[];
  /** Milliseconds since the epoch: only what matches from then on has been counted, since there is too much to look at. */
  readonly since?: number;
  /** Text was counted by its words: there may be a few among these that do not match. */
  readonly approximate?: true;
}

/** Milliseconds since the epoch, both included, and what is wished of the buckets: at most 1,000. */
export interface HistogramSpan {
  readonly from: number;
  readonly to: number;
  /** About so many, of a round width; 60 when absent. */
  readonly buckets?: number;
  /** Or their width in milliseconds. */
  readonly width?: number;
  /** Milliseconds by which the clocks are ahead of UTC at whose whole hours and days buckets begin. */
  readonly offset?: number;
}

/** The most frequent values of one field among the matching rows. */
export interface Facet {
  readonly field: string;
  readonly values: readonly { readonly value: string; readonly count: number }[];
  /** As in a histogram. */
  readonly since?: number;
}

/** An exchange that has an intent and no outcome: what recovery marks as unknown. */
export interface PendingExchange {
  readonly exchange: string;
  readonly leaf: number;
  readonly time: number;
}

export interface IndexStatus {
  /** Leaves of the journal that are searchable. */
  readonly indexedThrough: number;
  /** Leaves of the journal, as far as the index has been told. */
  readonly journalSize: number;
  readonly rows: number;
  /** Bytes of the index on disk. */
  readonly bytes: number;
  /** Why the index was built anew when it was opened. */
  readonly rebuilt?: string;
  /** The defect that stopped indexing; searches answer from what is there. */
  readonly failure?: string;
}

/**
 * Search over the journal. Every method rejects with DogwatchError `index_unavailable` when the index cannot answer,
 * and with `bad_parameter` for a cursor or limit that is none.
 */
export interface SearchIndex {
  /** Rows that match, newest first. A query that does not name `kind:` finds exchanges only. */
  search(query: Query, page?: SearchPage): Promise<Page<Row>>;
  /** The row of an exchange id or entry id, or undefined. */
  exchange(id: string): Promise<Row | undefined>;
  /** Sessions with at least one matching exchange, latest first. */
  sessions(query: Query, page?: PageRequest): Promise<Page<SessionRow>>;
  session(id: string): Promise<SessionRow | undefined>;
  /** The most recent session of an identity, so that the gateway can go on with it after a restart. */
  lastSession(identity: { readonly issuer: string; readonly subject: string }): Promise<SessionRow | undefined>;
  /** Who was seen, latest first. */
  identities(asked: IdentitiesAsked): Promise<IdentityList>;
  /** Matching rows over time. */
  histogram(query: Query, span: HistogramSpan): Promise<Histogram>;
  /** The `limit` (default 10, at most 100) most frequent values of fields that have `facet` in FIELDS. */
  facets(query: Query, fields: readonly string[], limit?: number): Promise<readonly Facet[]>;
  /** Values of a field that begin so, in order; for autocomplete. Nothing for fields whose values the index does not hold. */
  values(field: string, prefix: string, limit?: number): Promise<readonly string[]>;
  /** Findings, newest first by when they were noticed; without their rates. */
  findings(page?: FindingsPage): Promise<Page<FoundFinding>>;
  /**
   * The finding of that id, or of the only one that begins so (8 digits at least).
   * @throws DogwatchError `not_found` when several begin so
   */
  finding(id: string): Promise<FoundFinding | undefined>;
  countFindings(filter?: FindingFilter): Promise<FindingCounts>;
  /** Exchanges with an intent before that leaf and no outcome yet, oldest first. */
  pending(beforeLeaf: number): Promise<readonly PendingExchange[]>;
  status(): Promise<IndexStatus>;
  /** Tells how many leaves of the journal are durable. Returns at once; indexing follows. */
  advance(size: number): void;
  /** Resolves when that many leaves are searchable. */
  reached(size: number): Promise<void>;
  close(): Promise<void>;
}
