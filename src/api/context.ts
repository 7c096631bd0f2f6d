// What the API works with, put together once by whoever starts it.
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { Entry } from '../exchange/entry.ts';
import type { IdentityStore } from '../identity/identity-store.ts';
import type { Operators } from '../identity/operators.ts';
import type { SignIn } from '../identity/sign-in.ts';
import type { Verifier } from '../identity/verifier.ts';
import type { SearchIndex } from '../index/search-index.ts';
import type { Erasure } from '../journal/leaf-ranges.ts';
import type { ProofSource } from '../journal/prove.ts';
import type { Progress, Report } from '../journal/verify.ts';
import type { Watch } from '../watch/watch.ts';
import type { WitnessingStatus } from '../witness/witnessing.ts';
import type { AlertSource } from './alert-desk.ts';
import type { Containing } from './containing.ts';
import type { Keeping } from './keeping.ts';
import type { EntryReader } from './read-exchange.ts';
import type { RetentionStatus } from './retention.ts';

/** What is needed of the journal that the gateway writes. */
export interface ApiJournal {
  /** Durable leaves. */
  readonly size: number;
  append(entry: Entry): Promise<number>;
  /** As `Journal`. */
  roll(leaf: number): void;
  erase(erasure: Erasure): Promise<number>;
  /** Has a checkpoint signed over all that is durable. */
  checkpoint(): Promise<unknown>;
  status(): {
    readonly state: string;
    readonly reason?: string;
    readonly segments: number;
    readonly checkpoint?: { readonly size: number; readonly time: number };
  };
  /** @returns a function that ends it */
  onDurable(listener: (entry: Entry, leaf: number) => void): () => void;
}

/** The index, which can also be built anew while it is searched. */
export interface ApiIndex extends SearchIndex {
  /** @returns the leaves it holds then */
  rebuild(): Promise<number>;
  /** As `SqliteIndex`. */
  forget(leaves: readonly number[]): Promise<void>;
}

/** A connection as the API shows it. */
export interface ShownConnection {
  readonly name: string;
  readonly site: string;
  readonly default: boolean;
  readonly readOnly: boolean;
  /** Groups that may use it. */
  readonly groups: readonly string[];
  readonly sandbox: boolean;
  /** Whether what is changed is read before and after. */
  readonly images: boolean;
  /** What kind of credential there is; never which. */
  readonly credential: 'keys' | 'token' | 'missing';
  /** Datadog's rate limits, as answers told of them. */
  readonly limits: readonly RateLimit[];
}

/** One of Datadog's rate limits of an organisation, as the last answer to the gateway's own reads told it. */
export interface RateLimit {
  readonly name: string;
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds. */
  readonly period: number;
  /** Milliseconds since the epoch at which the period ends. */
  readonly until: number;
  /** Reads of the gateway's own in the period, and how many it may make. */
  readonly own: number;
  readonly share: number;
}

/** The counters that the gateway keeps (GatewayStats). */
export interface GatewayCounters {
  readonly inFlight: number;
  readonly connections: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly malformed: number;
  readonly refusalsSuppressed: number;
  /** By `action outcome statusClass`. */
  readonly exchanges: ReadonlyMap<string, number>;
  /** By code. */
  readonly refusals: ReadonlyMap<string, number>;
  /** Per bucket, not cumulative; one more than there are bounds. */
  readonly latency: readonly number[];
  /** Milliseconds. */
  readonly latencySum: number;
}

/** One event of a replay that runs: what it is named, and its JSON. */
export interface ReplayEvent {
  readonly event: 'begin' | 'step' | 'done';
  readonly data: unknown;
}

/** Verifies the proofs of a session and replays them in a fresh sandbox. Ends when the signal aborts. @throws DogwatchError `proof_invalid` */
export type ReplaySession = (
  session: string,
  proofs: AsyncIterable<string>,
  wanted: { readonly skip: readonly number[]; readonly until?: number },
  signal: AbortSignal,
) => AsyncIterable<ReplayEvent>;

/** Verifies the whole journal of this gateway in a thread. @throws DogwatchError as `verifyJournal` */
export type VerifyWhole = (onProgress: (progress: Progress) => void) => Promise<Report>;

export interface ApiOptions {
  /** Verifies the journal, where that can be done. */
  readonly verifyJournal?: VerifyWhole;
  /** What watches; absent where nothing does. */
  readonly watch?: Pick<Watch, 'top' | 'decided' | 'suppressions'>;
  /** Replays sessions, where that can be done. */
  readonly replay?: ReplaySession;
  /** Holds and erasure, when others than the API use them as well. */
  readonly keeping?: Keeping;
  /** What rules of retention have done, where they are carried out. */
  readonly retention?: () => RetentionStatus;
  /** Contains and decides; with rules of its own where the gateway runs. */
  readonly containing?: Containing;
  /** Remembers who signs in with the role operator: no rule contains them. */
  readonly operators?: Pick<Operators, 'note'>;
  /** The alerts, where any are sent. */
  readonly alerts?: AlertSource;
  readonly config: Pick<Config, 'name' | 'data' | 'api' | 'roles'> & Partial<Pick<Config, 'retention'>>;
  /** PEM, read from the files that the configuration names. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
  readonly version: string;
  /** This run of the gateway: its id is part of what a local operator's token is good for. */
  readonly run: { readonly id: string; readonly started: number };
  readonly journal: ApiJournal;
  readonly reader: EntryReader & Pick<ProofSource, 'record'>;
  readonly index: ApiIndex;
  readonly verifier: Pick<Verifier, 'check' | 'verify' | 'claimed' | 'status'>;
  /** Tokens, service accounts, revocations. */
  readonly identities: IdentityStore;
  /** Where clients reach the gateway. */
  readonly gatewayUrl: string;
  readonly keyring: { secret(purpose: 'local-operator'): Buffer };
  /** How people sign in; absent when no provider is configured. */
  readonly signIn?: SignIn;
  readonly connections: () => readonly ShownConnection[];
  /** Reads the connections and their secrets anew. @returns what is different now, a sentence each */
  readonly reloadConnections: () => Promise<readonly string[]>;
  readonly gatewayStats: GatewayCounters;
  /** Upper bounds of `gatewayStats.latency`, in milliseconds. */
  readonly latencyBuckets: readonly number[];
  /** How witnesses and copies of checkpoints do. */
  readonly witnessing: () => WitnessingStatus;
  /** Why calls cannot be served now, a sentence each; empty when they can. */
  readonly notReady: () => readonly string[];
  readonly log: Logger;
}
