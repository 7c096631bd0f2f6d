// The tables of the SQLite index, the numbers that stand for words in them, and how the file is opened.
import { DatabaseSync } from 'node:sqlite';
import { ACTIONS, RISK_LEVELS, RISK_TAGS } from '../exchange/operation.ts';
import { FINDING_TABLES } from './sqlite-findings-tables.ts';
import { PRINCIPAL_TABLES } from './sqlite-principal-sums.ts';
import { TALLY_TABLES } from './sqlite-tallies.ts';

/** Changes whenever the tables or their meaning do; an index of another version is built anew. */
export const SCHEMA_VERSION = 8;
/** "DWix" in a SQLite file's application_id. */
export const APPLICATION_ID = 0x44576978;

/** Values that stand in the tables as their position here. Only ever appended to, or SCHEMA_VERSION changes. */
export const CODES = {
  kind: [
    'exchange',
    'identity.refused',
    'audit.search',
    'audit.view',
    'audit.tail',
    'audit.export',
    'admin.config',
    'admin.connection',
    'admin.keys',
    'admin.index',
    'gateway.start',
    'gateway.stop',
    'journal.recovered',
    'journal.key',
    'identity.sign-in',
    'identity.sign-out',
    'identity.sign-in-refused',
    'journal.erased',
    'admin.hold',
    'identity.token',
    'identity.revoked',
    'admin.agent',
    'admin.query',
    'finding.opened',
    'finding.updated',
    'finding.ended',
    'finding.decided',
    'admin.suppression',
    'admin.containment',
    'alert.delivered',
    'alert.failed',
    'admin.approval',
    'admin.alert',
    'audit.verify',
  ],
  action: ACTIONS,
  risk: RISK_LEVELS,
  tag: RISK_TAGS,
  verdict: ['allow', 'deny', 'hold'],
  outcome: ['complete', 'refused', 'upstream-failed', 'client-aborted', 'unknown', 'pending'],
  identity: ['agent', 'workload', 'person'],
} as const;
export const PENDING = CODES.outcome.indexOf('pending');
export const READ = ACTIONS.indexOf('read');
/** Risk classes from this one on have an index of their own. */
export const RISKY = RISK_LEVELS.indexOf('high');

/** Which vocabulary a term belongs to. */
export const TERM_FIELDS = [
  'session',
  'principal',
  'client',
  'source',
  'connection',
  'host',
  'method',
  'path',
  'op',
  'rule',
  'error',
  'resource',
  'metric',
  'name',
  'subject',
  'issuer',
  'email',
  'group',
  'behalf',
  'claim',
  'identity',
] as const;
export type TermField = (typeof TERM_FIELDS)[number];
const termFields = new Map<TermField, number>(TERM_FIELDS.map((field, code) => [field, code]));
export const termField = (field: TermField): number => termFields.get(field) as number;

/** Columns of `row` that name a string by its number, and the vocabulary of each. */
export const TERM_COLUMNS: readonly (readonly [column: string, field: TermField])[] = [
  ['session', 'session'],
  ['op', 'op'],
  ['path', 'path'],
  ['source', 'source'],
  ['agent', 'client'],
  ['user_agent', 'client'],
  ['connection', 'connection'],
  ['host', 'host'],
  ['method', 'method'],
  ['rule', 'rule'],
  ['error', 'error'],
];

/** The two tables of strings and their indexes, which are written anew when some of them are to be gone. */
export const STRING_TABLES = {
  term: {
    columns: 'id INTEGER PRIMARY KEY, field INTEGER NOT NULL, folded TEXT NOT NULL, value TEXT NOT NULL',
    index: 'CREATE UNIQUE INDEX term_value ON term(field, folded, value);',
  },
  caller: {
    columns: 'id INTEGER PRIMARY KEY, principal INTEGER NOT NULL, json TEXT NOT NULL',
    index: 'CREATE UNIQUE INDEX caller_json ON caller(json);',
  },
} as const;
const stringTable = (name: keyof typeof STRING_TABLES): string =>
  `CREATE TABLE ${name}(${STRING_TABLES[name].columns});${STRING_TABLES[name].index}`;

/**
 * `term` gives every string a number; `folded` is it in lower case. `row` has a line for each exchange and each other entry, with numbers only.
 * `reference` holds what a row has several of (resources, metrics), `change_reference` the same of rows that are no reads.
 * `caller` is an identity as it was at that moment, `caller_term` its names and groups.
 * `gone_term` and `gone_caller` are what erased rows named, until it is known whether anything else does (sqlite-sweep.ts).
 * `text_block` and `text_bucket` are the text index (text-format.ts); a bucket's key is bucket * 2^32 + block.
 */
const TABLES = `
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
${stringTable('term')}
${stringTable('caller')}
CREATE TABLE caller_term(term INTEGER NOT NULL, caller INTEGER NOT NULL, PRIMARY KEY(term, caller)) WITHOUT ROWID;
CREATE TABLE row(
  leaf INTEGER PRIMARY KEY, outcome_leaf INTEGER, kind INTEGER NOT NULL, id BLOB NOT NULL, time INTEGER NOT NULL,
  session INTEGER, principal INTEGER, caller INTEGER, agent INTEGER, user_agent INTEGER, source INTEGER, connection INTEGER,
  host INTEGER, method INTEGER, path INTEGER, op INTEGER, action INTEGER, risk INTEGER, tags INTEGER NOT NULL,
  verdict INTEGER, rule INTEGER, outcome INTEGER, error INTEGER, status INTEGER, request_bytes INTEGER, response_bytes INTEGER,
  latency INTEGER, failed INTEGER NOT NULL, refs TEXT, titled INTEGER NOT NULL, asked INTEGER NOT NULL);
CREATE INDEX row_id ON row(id);
CREATE INDEX row_time ON row(time);
CREATE INDEX row_op ON row(op, time) WHERE op IS NOT NULL;
CREATE INDEX row_principal ON row(principal, time) WHERE principal IS NOT NULL;
CREATE INDEX row_session ON row(session, time) WHERE session IS NOT NULL;
CREATE INDEX row_failed ON row(time) WHERE failed = 1;
CREATE INDEX row_change ON row(time) WHERE action IS NOT ${READ};
CREATE INDEX row_change_principal ON row(principal, time) WHERE action IS NOT ${READ} AND principal IS NOT NULL;
CREATE INDEX row_failed_op ON row(op, time) WHERE failed = 1 AND op IS NOT NULL;
CREATE INDEX row_failed_principal ON row(principal, time) WHERE failed = 1 AND principal IS NOT NULL;
CREATE INDEX row_risky ON row(time) WHERE risk >= ${RISKY};
CREATE INDEX row_tagged ON row(time) WHERE tags <> 0;
CREATE INDEX row_other ON row(time) WHERE kind <> 0;
CREATE INDEX row_pending ON row(leaf) WHERE outcome = ${PENDING};
CREATE TABLE reference(term INTEGER NOT NULL, time INTEGER NOT NULL, leaf INTEGER NOT NULL, PRIMARY KEY(term, time, leaf)) WITHOUT ROWID;
CREATE TABLE change_reference(term INTEGER NOT NULL, time INTEGER NOT NULL, leaf INTEGER NOT NULL, PRIMARY KEY(term, time, leaf)) WITHOUT ROWID;
CREATE TABLE session(term INTEGER PRIMARY KEY, principal INTEGER, caller INTEGER, first INTEGER NOT NULL, last INTEGER NOT NULL,
  calls INTEGER NOT NULL, mutations INTEGER NOT NULL, refusals INTEGER NOT NULL, errors INTEGER NOT NULL);
CREATE INDEX session_last ON session(last);
CREATE INDEX session_principal ON session(principal, last);
CREATE TABLE gone_term(id INTEGER PRIMARY KEY);
CREATE TABLE gone_caller(id INTEGER PRIMARY KEY);
CREATE TABLE text_block(block INTEGER PRIMARY KEY, documents BLOB NOT NULL);
CREATE TABLE text_bucket(key INTEGER PRIMARY KEY, data BLOB NOT NULL);
`;

/** Opens the file for writing and makes the tables when it is new. @throws what SQLite throws when it is no database. */
export function openForWriting(file: string): DatabaseSync {
  const db = new DatabaseSync(file);
  try {
    // The index is derived, so a power loss may cost the last commits, but never its consistency: WAL with NORMAL.
    db.exec(
      'PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-6144; PRAGMA wal_autocheckpoint=8000',
    );
    // What is erased leaves no bytes behind in a page.
    db.exec('PRAGMA journal_size_limit=67108864; PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON');
    const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
    if (version === 0)
      db.exec(
        `BEGIN;${TABLES}${TALLY_TABLES}${PRINCIPAL_TABLES}${FINDING_TABLES}PRAGMA application_id=${APPLICATION_ID};PRAGMA user_version=${SCHEMA_VERSION};COMMIT`,
      );
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Opens the file for searching. */
export function openForReading(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { readOnly: true });
  db.exec('PRAGMA query_only=1; PRAGMA cache_size=-8192; PRAGMA temp_store=MEMORY');
  return db;
}

/** What is said of the index as a whole. */
export interface Meta {
  /** Leaves that rows exist for, and leaves whose text is stored in blocks; the text of those between is looked at in the journal. */
  readonly through: number;
  readonly textThrough: number;
  readonly rows: number;
  /** Tells the key that words are named with from any other. */
  readonly keyCheck: string | undefined;
  /** Entry ids of leaf 0 and of the last indexed leaf: how it is known that the index belongs to this journal. */
  readonly firstId: string | undefined;
  readonly lastId: string | undefined;
}

export function readMeta(db: DatabaseSync): Meta {
  const found = new Map(
    (db.prepare('SELECT key, value FROM meta').all() as { key: string; value: unknown }[]).map(({ key, value }) => [
      key,
      value,
    ]),
  );
  const number = (key: string): number => (typeof found.get(key) === 'number' ? (found.get(key) as number) : 0);
  const text = (key: string): string | undefined =>
    typeof found.get(key) === 'string' ? (found.get(key) as string) : undefined;
  return {
    through: number('through'),
    textThrough: number('text_through'),
    rows: number('rows'),
    keyCheck: text('key_check'),
    firstId: text('first_id'),
    lastId: text('last_id'),
  };
}

/** The 16 bytes of a UUID. Any other id is no UUID and has none. */
export function uuidBytes(id: string): Uint8Array | undefined {
  const digits = id.replaceAll('-', '');
  return /^[0-9a-f]{32}$/i.test(digits) ? Buffer.from(digits, 'hex') : undefined;
}

export function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
