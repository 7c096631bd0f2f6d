// Writes rows, their references and the sums of their sessions, inside the transaction of a batch.
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { bareRow, hasFailed } from './row.ts';
import type { Row } from './search-index.ts';
import { type Did, PrincipalSums } from './sqlite-principal-sums.ts';
import { CODES, PENDING, READ, uuidBytes } from './sqlite-schema.ts';
import { Tallies } from './sqlite-tallies.ts';
import { Terms } from './sqlite-terms.ts';

/** What a batch adds to a session. */
interface SessionChange {
  caller: number | null;
  principal: number | null;
  first: number;
  last: number;
  calls: number;
  mutations: number;
  refusals: number;
  errors: number;
}

const COLUMNS = [
  'leaf',
  'outcome_leaf',
  'kind',
  'id',
  'time',
  'session',
  'principal',
  'caller',
  'agent',
  'user_agent',
  'source',
  'connection',
  'host',
  'method',
  'path',
  'op',
  'action',
  'risk',
  'tags',
  'verdict',
  'rule',
  'outcome',
  'error',
  'status',
  'request_bytes',
  'response_bytes',
  'latency',
  'failed',
  'refs',
  'titled',
  'asked',
] as const;

/** Writes to the tables of one database. */
export class RowWriter {
  private readonly terms: Terms;
  private readonly insertRow: StatementSync;
  private readonly updateRow: StatementSync;
  private readonly insertReference: StatementSync;
  private readonly insertChangeReference: StatementSync;
  private readonly upsertSession: StatementSync;
  private readonly sessions = new Map<number, SessionChange>();
  readonly tallies: Tallies;
  readonly principals: PrincipalSums;

  constructor(db: DatabaseSync) {
    this.terms = new Terms(db);
    this.tallies = new Tallies(db);
    this.principals = new PrincipalSums(db);
    this.insertRow = db.prepare(`INSERT INTO row(${COLUMNS.join(',')}) VALUES (${COLUMNS.map(() => '?').join(',')})`);
    this.updateRow = db.prepare(
      `UPDATE row SET outcome_leaf = ?, outcome = ?, error = ?, status = ?, response_bytes = ?, latency = ?, failed = ?, refs = ?, titled = ?
       WHERE leaf = ? RETURNING principal`,
    );
    this.insertReference = db.prepare('INSERT OR IGNORE INTO reference(term, time, leaf) VALUES (?, ?, ?)');
    this.insertChangeReference = db.prepare(
      'INSERT OR IGNORE INTO change_reference(term, time, leaf) VALUES (?, ?, ?)',
    );
    this.upsertSession = db.prepare(
      `INSERT INTO session(term, principal, caller, first, last, calls, mutations, refusals, errors) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT(term) DO UPDATE SET principal = coalesce(excluded.principal, principal), caller = coalesce(excluded.caller, caller),
         first = min(first, excluded.first), last = max(last, excluded.last), calls = calls + excluded.calls,
         mutations = mutations + excluded.mutations, refusals = refusals + excluded.refusals, errors = errors + excluded.errors`,
    );
  }

  /** Writes a row; of one that the tables cannot take, only that it exists. One entry must not keep all later ones from being found. */
  write(row: Row, stored: boolean): void {
    try {
      this.writeLine(row, stored);
    } catch (error) {
      if (!isOfValue(error) || stored) throw error;
      this.writeLine(
        bareRow({
          leaf: row.leaf,
          id: row.id,
          time: Number.isFinite(row.time) ? row.time : 0,
          kind: row.kind,
          parts: {},
        }),
        false,
      );
    }
  }

  private writeLine(row: Row, stored: boolean): void {
    const { terms } = this;
    const found = new Set<number>();
    for (const { kind, id } of row.resources) found.add(terms.term('resource', `${kind}/${id}`) as number);
    for (const metric of row.asked.metrics ?? []) found.add(terms.term('metric', metric) as number);
    const action = row.action === undefined ? null : CODES.action.indexOf(row.action);
    for (const term of found) {
      this.insertReference.run(term, row.time, row.leaf);
      if (action !== READ) this.insertChangeReference.run(term, row.time, row.leaf);
    }
    const refs = found.size > 0 ? JSON.stringify([...found]) : null;
    const outcome = row.outcome === undefined ? null : CODES.outcome.indexOf(row.outcome);
    const failed = hasFailed(row);
    const titled = row.resources.some((resource) => resource.title !== undefined) ? 1 : 0;
    const error = terms.term('error', row.error);
    const { status = null, responseBytes = null, latency = null, outcomeLeaf = null } = row;
    if (stored) {
      const updated = this.updateRow.get(
        outcomeLeaf,
        outcome,
        error,
        status,
        responseBytes,
        latency,
        failed ? 1 : 0,
        refs,
        titled,
        row.leaf,
      ) as { principal: number | null } | undefined;
      if (updated?.principal != null) {
        const { changes, refusals } = didOf({ kind: 0, action, outcome });
        this.principals.add(row.time, updated.principal, { calls: 0, changes, refusals, views: 0 });
      }
      const { status: _answered, ...intent } = row;
      const before = hasFailed({ ...intent, outcome: 'pending' });
      this.tallies.change(row.time, { outcome: PENDING }, { outcome, error, status }, failed && !before ? 1 : 0);
      return;
    }
    const caller = row.identity ? terms.caller(row.identity) : undefined;
    let tags = 0;
    for (const tag of row.tags) tags |= 1 << CODES.tag.indexOf(tag);
    const kind = CODES.kind.indexOf(row.kind);
    const agent = terms.term('client', row.client.agent);
    const userAgent = terms.term('client', row.client.userAgent);
    const tallied = {
      kind,
      op: terms.term('op', row.operation),
      caller: caller?.id ?? null,
      session: terms.term('session', row.session),
      source: terms.term('source', row.source),
      connection: terms.term('connection', row.connection),
      method: terms.term('method', row.method),
      action,
      risk: row.risk === undefined ? null : CODES.risk.indexOf(row.risk),
      tags,
      verdict: row.verdict ? CODES.verdict.indexOf(row.verdict.decision) : null,
      rule: row.verdict ? terms.term('rule', row.verdict.rule) : null,
      outcome,
      error,
      status,
    };
    const values: Readonly<Record<(typeof COLUMNS)[number], SQLInputValue>> = {
      ...tallied,
      leaf: row.leaf,
      outcome_leaf: outcomeLeaf,
      id: uuidBytes(row.id) ?? Buffer.from(row.id),
      time: row.time,
      principal: caller?.principal ?? null,
      agent,
      user_agent: userAgent,
      host: terms.term('host', row.host),
      path: terms.term('path', row.path),
      request_bytes: row.requestBytes ?? null,
      response_bytes: responseBytes,
      latency,
      failed: failed ? 1 : 0,
      refs,
      titled,
      asked: (row.asked.queries ?? []).length > 0 ? 1 : 0,
    };
    this.insertRow.run(...COLUMNS.map((column) => values[column]));
    if (caller) this.principals.add(row.time, caller.principal, didOf(tallied));
    if (row.kind === 'exchange') this.tallies.add(row.time, { ...tallied, client: agent ?? userAgent }, failed);
  }

  /** Adds the beginning or the end of an exchange to its session. */
  tally(row: Row, beginning: boolean): void {
    const term = this.terms.term('session', row.session);
    if (term === null) return;
    let change = this.sessions.get(term);
    if (!change) {
      change = {
        caller: null,
        principal: null,
        first: row.time,
        last: row.time,
        calls: 0,
        mutations: 0,
        refusals: 0,
        errors: 0,
      };
      this.sessions.set(term, change);
    }
    change.first = Math.min(change.first, row.time);
    change.last = Math.max(change.last, row.time);
    if (beginning) {
      change.calls++;
      const caller = row.identity && this.terms.caller(row.identity);
      change.caller = caller?.id ?? change.caller;
      change.principal = caller?.principal ?? change.principal;
    } else if (row.outcome === 'refused') change.refusals++;
    else {
      if (CODES.action.indexOf(row.action ?? 'read') !== READ) change.mutations++;
      if (hasFailed(row)) change.errors++;
    }
  }

  /** Writes what sessions, hours and minutes of the batch have added up to. */
  writeSums(): void {
    this.tallies.write();
    this.principals.write();
    for (const [term, change] of this.sessions) {
      const { principal, caller, first, last, calls, mutations, refusals, errors } = change;
      this.upsertSession.run(term, principal, caller, first, last, calls, mutations, refusals, errors);
    }
    this.sessions.clear();
  }

  /** Forgets what a transaction that was rolled back had made. */
  forget(): void {
    this.sessions.clear();
    this.tallies.forget();
    this.principals.forget();
    this.terms.forget();
  }
}

const REFUSED = CODES.outcome.indexOf('refused');
/** Entries that tell of somebody and are nobody's act. */
const FINDINGS = new Set(
  CODES.kind.flatMap((kind, code) => (kind.startsWith('finding.') && kind !== 'finding.decided' ? [code] : [])),
);

/** What a row adds to the sums of its identity. */
export function didOf(row: {
  readonly kind: number;
  readonly action: number | null;
  readonly outcome: number | null;
}): Did {
  const call = row.kind === 0;
  const refused = call && row.outcome === REFUSED;
  const change = call && !refused && row.outcome !== PENDING && row.action !== null && row.action !== READ;
  return {
    calls: call ? 1 : 0,
    changes: change ? 1 : 0,
    refusals: refused ? 1 : 0,
    views: call || FINDINGS.has(row.kind) ? 0 : 1,
  };
}

/** Is the value to blame, not the file or the disk? SQLITE_CONSTRAINT, SQLITE_MISMATCH, or no value of SQLite's at all. */
export function isOfValue(error: unknown): boolean {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  return code !== 'ERR_SQLITE_ERROR' || errcode === 20 || (typeof errcode === 'number' && (errcode & 0xff) === 19);
}
