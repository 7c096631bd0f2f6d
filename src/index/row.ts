// From an entry of the journal to a row of the index, and from an outcome to the row of its intent.
import type { AuditEvent, LifecycleEvent, RefusedToken } from '../exchange/entry.ts';
import type { ExchangeIntent, ExchangeOutcome, ExchangeSummary } from '../exchange/exchange.ts';
import type { Finding } from '../exchange/finding.ts';
import type { Identity } from '../exchange/identity.ts';
import type { Resource } from '../exchange/operation.ts';
import type { Row, RowIdentity, RowKind } from './search-index.ts';

/** An entry as the journal's reader gives it; a part may be missing because it was erased. */
export interface StoredParts {
  readonly leaf: number;
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** An EntryKind, or one of a newer version. */
  readonly kind: string;
  readonly parts: {
    readonly summary?: Uint8Array;
    readonly request?: Uint8Array;
    readonly response?: Uint8Array;
    /** Images of what a change is made to. */
    readonly before?: Uint8Array;
  };
}

/** The summary part as JSON, or undefined when it is not there or cannot be read. */
export function summaryOf(entry: StoredParts): unknown {
  const bytes = entry.parts.summary;
  if (!bytes || bytes.length === 0) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The row that an entry begins, with titles, queries and sentences. `summary` is `summaryOf(entry)`.
 * Undefined for outcomes and chunks, which belong to another entry's row, and for kinds this version does not know.
 */
export function rowOf(entry: StoredParts, summary: unknown): Row | undefined {
  try {
    return readRow(entry, summary);
  } catch {
    // A summary of another shape than this version knows must not keep all later entries from being found.
    return bareRow(entry);
  }
}

/** A row that says only that there is an entry of that kind. */
export function bareRow({ leaf, id, time, kind }: StoredParts): Row {
  const exchange = kind.startsWith('exchange');
  return {
    ...bare,
    leaf,
    time,
    id,
    ...(exchange ? { kind: 'exchange', outcome: 'unknown' } : { kind: kind as RowKind }),
  };
}

function readRow(entry: StoredParts, summary: unknown): Row | undefined {
  const key = { leaf: entry.leaf, time: entry.time };
  switch (entry.kind) {
    case 'exchange':
    case 'exchange.intent':
      // An exchange whose summary was erased is still a row: that it took place is known.
      if (summary === undefined) return bareRow(entry);
      return entry.kind === 'exchange'
        ? withOutcome(intentRow(entry.leaf, summary as ExchangeSummary), summary as ExchangeSummary)
        : intentRow(entry.leaf, summary as ExchangeIntent);
    case 'identity.refused':
    case 'identity.sign-in-refused': {
      const { exchange, code, reason, source, userAgent } = (summary ?? { code: 'internal' }) as RefusedToken;
      return {
        ...bare,
        ...key,
        kind: entry.kind,
        id: entry.id,
        client: userAgent === undefined ? {} : { userAgent },
        ...(source === undefined ? {} : { source: addressOf(source) }),
        error: code,
        what: `${entry.kind === 'identity.refused' ? 'token' : 'sign-in'} refused (${code}${reason ? `: ${reason}` : ''})${exchange ? `, exchange ${exchange}` : ''}`,
      };
    }
    case 'finding.opened':
    case 'finding.updated':
    case 'finding.ended':
      return summary === undefined ? bareRow(entry) : findingRow(entry, summary as Finding);
    case 'gateway.start':
    case 'gateway.stop':
    case 'journal.recovered':
    case 'alert.delivered':
    case 'alert.failed':
      return { ...bare, ...key, ...other(entry), what: (summary as LifecycleEvent | undefined)?.what ?? '' };
    case 'identity.sign-in':
    case 'identity.sign-out':
    case 'audit.search':
    case 'audit.view':
    case 'audit.tail':
    case 'audit.export':
    case 'audit.verify':
    case 'admin.config':
    case 'admin.connection':
    case 'admin.keys':
    case 'admin.index':
    case 'admin.agent':
    case 'identity.token':
    case 'identity.revoked':
    case 'admin.hold':
    case 'admin.query':
    case 'admin.suppression':
    case 'admin.containment':
    case 'admin.approval':
    case 'admin.alert':
    case 'finding.decided':
    case 'journal.key':
    case 'journal.erased': {
      const event = summary as AuditEvent | undefined;
      return {
        ...bare,
        ...key,
        ...other(entry),
        ...(event ? { identity: auditor(event.who) } : {}),
        ...(event?.source === undefined ? {} : { source: addressOf(event.source) }),
        what: event?.what ?? '',
      };
    }
    default:
      return undefined;
  }
}

const bare = { client: {}, tags: [], resources: [], asked: {} } as const;
const other = (entry: StoredParts) => ({ kind: entry.kind as RowKind, id: entry.id });

/** The row of a finding: who and what it is about, and its title. */
function findingRow(entry: StoredParts, { subject, title }: Finding): Row {
  const { identity, session, connection, operation } = subject;
  return {
    ...bare,
    leaf: entry.leaf,
    time: entry.time,
    ...other(entry),
    ...(identity && { identity: { ...identity, groups: [], onBehalfOf: [], claims: {} } }),
    ...(session !== undefined && { session }),
    ...(connection !== undefined && { connection }),
    ...(operation !== undefined && { operation }),
    what: title,
  };
}

function intentRow(leaf: number, summary: ExchangeIntent): Row {
  const { classification, request, verdict, identity } = summary;
  const query = request.target.indexOf('?');
  return {
    leaf,
    kind: 'exchange',
    id: summary.exchange,
    time: wholeTime(summary.receivedAt),
    session: summary.session,
    ...(identity ? { identity: identityRow(identity) } : {}),
    client: summary.client,
    source: addressOf(summary.source),
    ...(summary.connection === undefined ? {} : { connection: summary.connection }),
    host: request.host,
    method: request.method,
    path: query < 0 ? request.target : request.target.slice(0, query),
    operation: classification.operation,
    action: classification.action,
    risk: classification.risk,
    tags: classification.tags,
    resources: classification.resources,
    asked: classification.asked,
    verdict: { decision: verdict.decision, rule: verdict.rule },
    outcome: 'pending',
    requestBytes: request.body.size,
  };
}

function wholeTime(time: unknown): number {
  if (typeof time === 'number' && time >= 0 && Number.isFinite(time)) return Math.floor(time);
  throw new TypeError('a summary without a time');
}

/** The row of an intent, completed by what its outcome says. */
export function withOutcome(row: Row, outcome: ExchangeOutcome, outcomeLeaf?: number): Row {
  const { response, error, resources } = outcome;
  return {
    ...row,
    ...(outcomeLeaf === undefined ? {} : { outcomeLeaf }),
    outcome: outcome.outcome,
    ...(error ? { error: error.code } : {}),
    ...(response ? { status: response.status, responseBytes: response.body.size } : {}),
    latency: outcome.timing.completed,
    resources: resources && resources.length > 0 ? merge(row.resources, resources) : row.resources,
  };
}

/** Did the exchange end in another way than the caller wished? */
export const hasFailed = (row: Row): boolean =>
  row.kind === 'identity.refused' ||
  row.kind === 'identity.sign-in-refused' ||
  row.verdict?.decision === 'deny' ||
  (row.status ?? 0) >= 400 ||
  !(row.outcome === undefined || row.outcome === 'complete' || row.outcome === 'pending');

/** Both lists, each resource once; a title that only the later one has is kept. */
function merge(before: readonly Resource[], after: readonly Resource[]): Resource[] {
  const all = new Map(before.map((resource) => [`${resource.kind}/${resource.id}`, resource]));
  for (const resource of after) {
    const key = `${resource.kind}/${resource.id}`;
    all.set(key, { ...all.get(key), ...resource });
  }
  return [...all.values()];
}

function identityRow(identity: Identity): RowIdentity {
  const { issuer, subject, kind, name, email, groups, onBehalfOf, claims } = identity;
  return { issuer, subject, kind, name, ...(email === undefined ? {} : { email }), groups, onBehalfOf, claims };
}

/** The actor of an audit entry, known as `issuer#subject` and by name. */
function auditor(who: AuditEvent['who']): RowIdentity {
  const hash = who.id.indexOf('#');
  return {
    issuer: hash < 0 ? '' : who.id.slice(0, hash),
    subject: who.id.slice(hash + 1),
    name: who.name,
    groups: who.groups,
    onBehalfOf: [],
    claims: {},
  };
}

/** `10.0.0.1:5123` and `[::1]:5123` without the port. */
export function addressOf(source: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(source)?.[1];
  if (bracketed !== undefined) return bracketed;
  const colon = source.indexOf(':');
  return colon >= 0 && colon === source.lastIndexOf(':') ? source.slice(0, colon) : source;
}
