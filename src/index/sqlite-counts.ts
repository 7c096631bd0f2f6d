// Counting what matches: over time, and by value. Free text counts by its words, without looking at their order.
import { DogwatchError } from '../exchange/error.ts';
import { FIELDS, fieldByName } from './fields.ts';
import type { Query } from './query-tree.ts';
import type { Facet, Histogram, HistogramSpan } from './search-index.ts';
import { CODES, TERM_FIELDS, type TermField, termField } from './sqlite-schema.ts';
import type { Prepared, Searcher } from './sqlite-searcher.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Buckets of a histogram. */
const MOST_BUCKETS = 1000;
/** Widths that a person reads easily, in milliseconds. */
const WIDTHS = [1, 2, 5, 10, 20, 50, 100, 200, 500]
  .concat([1, 2, 5, 10, 15, 30].map((n) => n * SECOND))
  .concat([1, 2, 5, 10, 15, 30].map((n) => n * MINUTE))
  .concat([1, 2, 3, 6, 12].map((n) => n * HOUR))
  .concat([1, 7, 30, 90, 365].map((n) => n * DAY));

/** Matching rows in buckets of time. @throws DogwatchError `bad_parameter` */
export function histogram(searcher: Searcher, query: Query, span: HistogramSpan): Promise<Histogram> {
  const { from, to, buckets = 60, offset = 0 } = span;
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || to < from)
    throw new DogwatchError(
      'bad_parameter',
      'The span of a histogram begins and ends at milliseconds since the epoch.',
    );
  if (!Number.isInteger(buckets) || buckets < 1 || buckets > MOST_BUCKETS)
    throw new DogwatchError('bad_parameter', `A histogram has 1 to 1,000 buckets, not ${buckets}.`);
  if (!Number.isSafeInteger(offset)) throw new DogwatchError('bad_parameter', 'An offset is whole milliseconds.');
  const least = (to - from + 1) / buckets;
  const width = span.width ?? WIDTHS.find((candidate) => candidate >= least) ?? Math.ceil(least / DAY) * DAY;
  if (!Number.isSafeInteger(width) || width < 1 || (to - from + 1) / width > MOST_BUCKETS)
    throw new DogwatchError('bad_parameter', `Buckets of that width would be more than ${MOST_BUCKETS}.`, {
      remedy: 'Make them wider, or the time shorter with since: and until:.',
    });
  return searcher.withQuery(query, true, (prepared) => {
    const found = grouped(
      searcher,
      prepared,
      `CAST((row.time + ${offset}) / ${width} AS INTEGER) AS bucket, count(*) AS count, sum(row.failed) AS failed`,
      'bucket',
      `row.time BETWEEN ${from} AND ${to}`,
    );
    const lines = found as { bucket: number; count: number; failed: number }[];
    return {
      width,
      buckets: lines
        .map(({ bucket, count, failed }) => ({ time: bucket * width - offset, count, failed }))
        .sort((a, b) => a.time - b.time),
    };
  });
}

/** Columns of `row` that facets count by, and how their numbers read. */
const CODE_COLUMNS = ['action', 'risk', 'verdict', 'outcome', 'kind'] as const;
const TERM_COLUMNS = ['op', 'session', 'source', 'connection', 'method', 'rule', 'error'] as const;
const CALLER_FIELDS: Readonly<Record<string, TermField>> = { who: 'name', identity: 'identity', group: 'group' };

/** The most frequent values of fields. @throws DogwatchError `bad_parameter` */
export function facets(
  searcher: Searcher,
  query: Query,
  names: readonly string[],
  limit = 10,
): Promise<readonly Facet[]> {
  if (!Number.isInteger(limit) || limit < 1 || limit > 100)
    throw new DogwatchError('bad_parameter', `A facet has 1 to 100 values, not ${limit}.`);
  const fields = names.map((name) => {
    const field = fieldByName(name);
    if (field?.facet) return field.name;
    throw new DogwatchError('bad_parameter', `'${name.slice(0, 64)}' cannot be counted by value.`, {
      remedy: `These can: ${FIELDS.filter((known) => known.facet)
        .map((known) => known.name)
        .join(', ')}.`,
    });
  });
  return searcher.withQuery(query, true, (prepared) =>
    fields.map((field) => ({
      field,
      values: [...countsOf(searcher, prepared, field)]
        .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
        .slice(0, limit)
        .map(([value, count]) => ({ value, count })),
    })),
  );
}

function countsOf(searcher: Searcher, prepared: Prepared, field: string): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (value: string | undefined, count: number): void => {
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + count);
  };
  const by = (expression: string) =>
    grouped(searcher, prepared, `${expression} AS value, count(*) AS count`, 'value') as {
      value: number | null;
      count: number;
    }[];
  const code = CODE_COLUMNS.find((column) => column === field);
  const term = TERM_COLUMNS.find((column) => column === field);
  const caller = CALLER_FIELDS[field];
  if (code)
    for (const { value, count } of by(`row.${code}`)) add(value === null ? undefined : CODES[code][value], count);
  else if (term) for (const { value, count } of by(`row.${term}`)) add(searcher.rows.text(value), count);
  else if (caller) {
    for (const { value, count } of by('row.caller')) {
      const identity = value === null ? undefined : searcher.rows.identity(value);
      if (caller === 'group') for (const group of new Set(identity?.groups)) add(group, count);
      else add(caller === 'name' ? identity?.name : identity?.kind, count);
    }
  } else if (field === 'client')
    for (const { value, count } of by('coalesce(row.agent, row.user_agent)')) add(searcher.rows.text(value), count);
  else if (field === 'status')
    for (const { value, count } of by('row.status')) add(value === null ? undefined : String(value), count);
  else if (field === 'tag') {
    for (const { value, count } of by('row.tags'))
      for (const [bit, tag] of CODES.tag.entries()) if ((value ?? 0) & (1 << bit)) add(tag, count);
  } else if (field === 'resource' || field === 'metric') {
    const { from, where, values } = matching(prepared);
    const lines = searcher.db
      .prepare(
        `SELECT term.value AS value, n AS count FROM (SELECT json_each.value AS ref, count(*) AS n FROM ${from}, json_each(row.refs)
         WHERE ${where} AND row.refs IS NOT NULL GROUP BY json_each.value) JOIN term ON term.id = ref AND term.field = ${termField(field)}`,
      )
      .all(...values) as { value: string; count: number }[];
    for (const { value, count } of lines) add(value, count);
  }
  return counts;
}

/** Where the matching rows are, and the condition on them. */
function matching(prepared: Prepared): { from: string; where: string; values: (string | number)[] } {
  const { span, condition } = prepared;
  const plan = prepared.plan();
  return {
    from: plan.from,
    where: `${plan.where} AND ${plan.time} BETWEEN ${span.from} AND ${span.to} AND ${condition.text}`,
    values: [...(plan.type === 'few' && plan.leaves ? [JSON.stringify(plan.leaves)] : []), ...condition.values],
  };
}

function grouped(searcher: Searcher, prepared: Prepared, columns: string, by: string, also = '1'): unknown[] {
  const { from, where, values } = matching(prepared);
  return searcher.db.prepare(`SELECT ${columns} FROM ${from} WHERE ${where} AND ${also} GROUP BY ${by}`).all(...values);
}

/** Values of a field that begin so, in order. @throws DogwatchError `bad_parameter` */
export function valuesOf(searcher: Searcher, name: string, prefix: string, limit = 20): readonly string[] {
  if (!Number.isInteger(limit) || limit < 1 || limit > 100)
    throw new DogwatchError('bad_parameter', `1 to 100 values can be had, not ${limit}.`);
  const field = fieldByName(name);
  if (!field) throw new DogwatchError('bad_parameter', `There is no field '${name.slice(0, 64)}'.`);
  const folded = prefix.slice(0, 512).toLowerCase();
  if (field.values) return field.values.filter((value) => value.startsWith(folded)).slice(0, limit);
  const vocabulary = field.name === 'who' ? 'name' : TERM_FIELDS.find((known) => known === field.name);
  if (field.type !== 'keyword' || !vocabulary) return [];
  const lines = searcher.db
    .prepare('SELECT value FROM term WHERE field = ? AND folded >= ? AND folded < ? ORDER BY folded LIMIT ?')
    .all(termField(vocabulary), folded, `${folded}\u{10ffff}`, limit) as { value: string }[];
  return lines.map(({ value }) => value);
}
