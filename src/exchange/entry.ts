// What the journal holds: entries of named byte parts, and the kinds of them.
import type { Containment, FindingDecision, Suppression } from './finding.ts';

/** Everything audit-worthy is an entry of one of these kinds. */
export type EntryKind =
  /** A whole exchange in one entry: parts summary (ExchangeSummary), request, response, images. */
  | 'exchange'
  /** A request that is about to be sent: parts summary (ExchangeIntent), request, before. */
  | 'exchange.intent'
  /** Its end: parts summary (ExchangeOutcome), response, after. */
  | 'exchange.outcome'
  /** A piece of a long body: parts summary (ChunkSummary), and request or response. */
  | 'exchange.chunk'
  /** A credential that was not accepted: summary RefusedToken. */
  | 'identity.refused'
  /** A person signed in, or out; by whatever way, the end of a session by its timeouts included: summary AuditEvent. */
  | 'identity.sign-in'
  | 'identity.sign-out'
  /** A sign-in that was not accepted: summary RefusedToken. */
  | 'identity.sign-in-refused'
  /** Somebody searched, viewed, tailed or exported: summary AuditEvent. */
  | 'audit.search'
  | 'audit.view'
  | 'audit.tail'
  | 'audit.export'
  /** Somebody had the whole journal verified: summary AuditEvent, what was found in its details. */
  | 'audit.verify'
  /** Configuration, connections, keys: summary AuditEvent. */
  | 'admin.config'
  | 'admin.connection'
  | 'admin.keys'
  | 'admin.index'
  /** Service accounts: summary AuditEvent. */
  | 'admin.agent'
  /** A token of Dogwatch was minted, and for what: summary AuditEvent. */
  | 'identity.token'
  /** Something was revoked, or a revocation lifted: summary AuditEvent. */
  | 'identity.revoked'
  /** The gateway's own life: summary LifecycleEvent. */
  | 'gateway.start'
  | 'gateway.stop'
  | 'journal.recovered'
  /** Another signing key takes over: summary KeyChange. The old key signs a checkpoint over it. */
  | 'journal.key'
  /** Parts of earlier entries were erased: summary ErasedEvent. */
  | 'journal.erased'
  /** A legal hold was set or released: summary AuditEvent. */
  | 'admin.hold'
  /** A query was saved, or removed: summary AuditEvent. */
  | 'admin.query'
  /** A detector noticed something, saw more of it, saw the end of it: summary Finding, as it is then. */
  | 'finding.opened'
  | 'finding.updated'
  | 'finding.ended'
  /** Somebody decided about a finding: summary DecidedEvent. */
  | 'finding.decided'
  /** A dismissal taught what is not told any more, or that was revoked: summary SuppressionEvent. */
  | 'admin.suppression'
  /** An identity or a session was contained, or released: summary ContainmentEvent. */
  | 'admin.containment'
  /** Somebody approved or denied a call that was held: summary AuditEvent. */
  | 'admin.approval'
  /** A route of alerts was tried, or an alert sent again: summary AuditEvent. */
  | 'admin.alert'
  /** An alert went out, or was given up: summary LifecycleEvent. */
  | 'alert.delivered'
  | 'alert.failed';

/** The parts an entry may have; each is committed to on its own, so that each can be withheld or erased. */
export type PartName = 'summary' | 'request' | 'response' | 'before' | 'after';
/** Every part, in the order in which people are shown them. `before` and `after` are images (image.ts) of what a change is made to. */
export const PART_NAMES = ['summary', 'request', 'response', 'before', 'after'] as const satisfies readonly PartName[];

/** An entry as given to the journal. */
export interface Entry {
  /** UUIDv7. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly kind: EntryKind;
  /** `summary`, `before` and `after` are UTF-8 JSON; the others are raw bytes. */
  readonly parts: { readonly [Part in PartName]?: Uint8Array } & { readonly summary: Uint8Array };
}

/** A refused credential. It holds the credential's fingerprint, never the credential. */
export interface RefusedToken {
  readonly exchange: string;
  readonly code: string;
  /** Why, for the operator; the caller is told less. */
  readonly reason: string;
  readonly fingerprint?: string;
  /** Unverified issuer and subject, as the token claimed them. */
  readonly claimed?: { readonly issuer?: string; readonly subject?: string };
  readonly source: string;
  readonly userAgent?: string;
  /** How many more were refused since the last such entry and not recorded one by one, to keep a flood out of the journal. */
  readonly suppressed?: number;
}

/** Who did what to Dogwatch itself. The auditors are audited. */
export interface AuditEvent {
  /** Identity as `issuer#subject`, and its name. */
  readonly who: { readonly id: string; readonly name: string; readonly groups: readonly string[] };
  /** One sentence, without secrets. */
  readonly what: string;
  readonly details: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  readonly source?: string;
}

/** A start, a stop, a recovery. */
export interface LifecycleEvent {
  readonly what: string;
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

/** What an entry `journal.erased` says: which parts of which entries were destroyed, by whom and why. */
export interface ErasedEvent extends AuditEvent {
  readonly erased: {
    /** The reason that was given, or the rule of retention. */
    readonly why: string;
    /** By part, the leaves as ranges, `0-5,9`. A range may span entries that have no such part. */
    readonly parts: { readonly [Part in PartName]?: string };
  };
}

/** What an entry `journal.key` says. Keys are signed-note verifier keys. */
export interface KeyChange extends AuditEvent {
  readonly key: { readonly from: string; readonly to: string };
}

/** What an entry `finding.decided` says. */
export interface DecidedEvent extends AuditEvent {
  readonly decision: FindingDecision;
}

/** What an entry `admin.suppression` says: the suppression that begins, or the id of the one that ends. */
export type SuppressionEvent = AuditEvent & ({ readonly suppression: Suppression } | { readonly revoked: string });

/** What an entry `admin.containment` says: the containment that begins, or the id of the one that ends. */
export type ContainmentEvent = AuditEvent & ({ readonly containment: Containment } | { readonly released: string });
