// Findings: those that are asked for, one of them, and how many there are. What they say is read from the journal.
import type { SQLInputValue } from 'node:sqlite';
import type { DecidedEvent } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import { DETECTORS, FINDING_STATES, type Finding, type FindingDecision, SEVERITIES } from '../exchange/finding.ts';
import type { FindingCounts, FindingFilter, FindingsPage, FoundFinding } from './findings.ts';
import { cursorOf, cursorText, limitOf } from './page.ts';
import type { Page } from './search-index.ts';
import { readMeta, uuidBytes } from './sqlite-schema.ts';
import type { Searcher } from './sqlite-searcher.ts';

interface Line {
  readonly id: Uint8Array;
  readonly first: number;
  readonly snapshot: number;
  readonly leaf: number;
  readonly noticed: number;
  readonly state: number;
}

/** Decisions about one finding that are told, the latest ones: by itself, and in a list. */
const DECISIONS = { alone: 100, listed: 5 } as const;

/** Newest first, by when they were noticed; without their rates. */
export async function searchFindings(searcher: Searcher, page: FindingsPage = {}): Promise<Page<FoundFinding>> {
  const limit = limitOf(page);
  const cursor = cursorOf(page);
  const { text, values } = conditionOf(page);
  const lines = searcher.db
    .prepare(
      `SELECT id, first, snapshot, leaf, noticed, state FROM finding
       WHERE ${text} ${cursor ? 'AND (noticed, first) < (?, ?)' : ''} ORDER BY noticed DESC, first DESC LIMIT ?`,
    )
    .all(...values, ...(cursor ? [cursor.time, cursor.leaf] : []), limit + 1) as unknown as Line[];
  const { through } = readMeta(searcher.db);
  const shown = lines.slice(0, limit);
  const last = shown.at(-1);
  const items = await Promise.all(shown.map((line) => found(searcher, line, DECISIONS.listed)));
  return {
    items: items.flatMap((item) => (item ? [withoutRate(item)] : [])),
    ...(lines.length > limit && last && { next: cursorText({ time: last.noticed, leaf: last.first }) }),
    indexedThrough: through,
  };
}

/**
 * The finding of that id, or of the only one that begins so (8 digits at least).
 * @throws DogwatchError `not_found` when several begin so
 */
export async function findingById(searcher: Searcher, id: string): Promise<FoundFinding | undefined> {
  const digits = id.toLowerCase().replaceAll('-', '');
  if (!/^[0-9a-f]{8,32}$/.test(digits)) return undefined;
  const bound = (fill: string): Uint8Array => Buffer.from(digits.padEnd(32, fill), 'hex');
  const lines = searcher.db
    .prepare('SELECT id, first, snapshot, leaf, noticed, state FROM finding WHERE id BETWEEN ? AND ? LIMIT 2')
    .all(bound('0'), bound('f')) as unknown as Line[];
  const [line, other] = lines;
  if (other)
    throw new DogwatchError('not_found', `more than one finding begins with ${id}`, { remedy: 'give more of the id' });
  return line && found(searcher, line, DECISIONS.alone);
}

/** How many there are among those that are asked for. */
export function countFindings({ db }: Searcher, filter: FindingFilter = {}): FindingCounts {
  const { text, values } = conditionOf(filter);
  const living = `state <= ${FINDING_STATES.indexOf('acknowledged')}`;
  const count = <T extends string>(column: string, names: readonly T[], where: string): { [Name in T]?: number } => {
    const counts: { [Name in T]?: number } = {};
    const lines = db
      .prepare(`SELECT ${column} AS code, count(*) AS n FROM finding WHERE ${text} AND ${where} GROUP BY 1`)
      .all(...values) as unknown as { code: number; n: number }[];
    for (const { code, n } of lines) {
      const name = names[code];
      if (name !== undefined) counts[name] = n;
    }
    return counts;
  };
  return {
    states: count('state', FINDING_STATES, '1'),
    severities: count('severity', SEVERITIES, living),
    detectors: count('detector', DETECTORS, living),
  };
}

function conditionOf(filter: FindingFilter): { text: string; values: SQLInputValue[] } {
  const conditions = ['1'];
  const values: SQLInputValue[] = [];
  const among = <T extends string>(column: string, names: readonly T[], wanted: readonly T[] | undefined): void => {
    if (wanted) conditions.push(`${column} IN (${wanted.map((name) => names.indexOf(name)).join(',') || '-2'})`);
  };
  const is = (condition: string, ...wanted: (string | number | Uint8Array | undefined)[]): void => {
    const given = wanted.filter((value) => value !== undefined);
    if (given.length === 0) return;
    conditions.push(condition);
    values.push(...given.map((value) => (typeof value === 'string' ? value.toLowerCase() : value)));
  };
  const { identity, from, until, cause } = filter;
  among('state', FINDING_STATES, filter.states);
  among('severity', SEVERITIES, filter.severities);
  among('detector', DETECTORS, filter.detectors);
  if (identity !== undefined) is('(principal = ? OR subject = ? OR name = ?)', identity, identity, identity);
  is('connection = ?', filter.connection);
  is('session = ?', filter.session);
  is('family = ?', filter.family);
  is('operation = ?', filter.operation);
  if (cause !== undefined) is('cause = ?', uuidBytes(cause) ?? new Uint8Array());
  is('latest >= ?', from);
  is('started <= ?', until);
  return { text: conditions.join(' AND '), values };
}

/** The finding of a line; undefined when what it said was erased. */
async function found(searcher: Searcher, line: Line, decided: number): Promise<FoundFinding | undefined> {
  const finding = (await searcher.summary(line.snapshot)) as Finding | undefined;
  if (finding === undefined) return undefined;
  const leaves = searcher.db
    .prepare('SELECT leaf FROM finding_decision WHERE finding = ? ORDER BY leaf DESC LIMIT ?')
    .all(line.id, decided) as { leaf: number }[];
  const decisions = await Promise.all(leaves.map(({ leaf }) => decisionAt(searcher, leaf)));
  return {
    ...finding,
    state: FINDING_STATES[line.state] ?? 'open',
    decisions: decisions.toReversed().filter((decision) => decision !== undefined),
    leaf: line.leaf,
  };
}

/** What somebody decided, or the end that a finding came to by itself. */
async function decisionAt(searcher: Searcher, leaf: number): Promise<FindingDecision | undefined> {
  const summary = (await searcher.summary(leaf)) as Partial<DecidedEvent & Finding> | undefined;
  if (summary === undefined || summary.decision) return summary?.decision;
  return { finding: summary.id ?? '', state: 'resolved', time: summary.ended ?? summary.latest ?? 0 };
}

function withoutRate({ rate: _rate, ...finding }: FoundFinding): FoundFinding {
  return finding;
}
