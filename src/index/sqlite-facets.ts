// The most frequent values of fields among what matches, in one pass. A query that names nothing but a time has its whole hours from tallies.
import { DogwatchError } from '../exchange/error.ts';
import { FIELDS, fieldByName } from './fields.ts';
import type { Query } from './query-tree.ts';
import type { Facet } from './search-index.ts';
import type { Rows } from './sqlite-rows.ts';
import { scan, split } from './sqlite-scan.ts';
import { CODES, termField } from './sqlite-schema.ts';
import type { Prepared, Searcher } from './sqlite-searcher.ts';
import { HOUR, TALLIED, type Tallied, tallied } from './sqlite-tallies.ts';

/** Rows whose resources and metrics are counted, the newest: no sums are kept of these, and each row has several. */
const MOST_REFS = 200_000;

/** How often each value of a column occurs. */
type Counts = Map<number, number>;

/** What a field is counted by: a column that is tallied, or what a row has several of. */
const COLUMNS: Readonly<Record<string, Tallied | 'refs'>> = {
  who: 'caller',
  identity: 'caller',
  group: 'caller',
  tag: 'tags',
  resource: 'refs',
  metric: 'refs',
};
const columnOf = (field: string): Tallied | 'refs' | undefined =>
  COLUMNS[field] ?? TALLIED.find((column) => column === field);
const expressionOf = (column: Tallied | 'refs'): string =>
  column === 'client' ? 'coalesce(row.agent, row.user_agent)' : `row.${column}`;

/** @throws DogwatchError `bad_parameter` */
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
    const column = field?.facet ? columnOf(field.name) : undefined;
    if (field && column) return { field: field.name, column };
    throw new DogwatchError('bad_parameter', `'${name.slice(0, 64)}' cannot be counted by value.`, {
      remedy: `These can: ${FIELDS.filter((known) => known.facet)
        .map((known) => known.name)
        .join(', ')}.`,
    });
  });
  const columns = [...new Set(fields.map(({ column }) => column))];
  return searcher.withQuery(query, true, async (prepared) => {
    const tallied = await count(
      searcher,
      prepared,
      columns.filter((column) => column !== 'refs'),
    );
    const refs = columns.includes('refs') ? await count(searcher, prepared, ['refs']) : undefined;
    return fields.map(({ field, column }) => {
      const { counts, since } = column === 'refs' && refs ? refs : tallied;
      return {
        field,
        values: [...named(searcher.rows, field, counts.get(column) ?? new Map(), limit)]
          .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
          .slice(0, limit)
          .map(([value, count]) => ({ value, count })),
        ...(since !== undefined && { since }),
      };
    });
  });
}

async function count(
  searcher: Searcher,
  prepared: Prepared,
  columns: readonly (Tallied | 'refs')[],
): Promise<{ counts: Map<Tallied | 'refs', Counts>; since: number | undefined }> {
  const counts = new Map<Tallied | 'refs', Counts>(columns.map((column) => [column, new Map()]));
  const ofRefs = columns.includes('refs');
  const { inside, outside, most } = split(prepared, undefined, ofRefs ? undefined : HOUR);
  if (inside)
    for (const column of columns)
      if (column !== 'refs') counts.set(column, tallied(searcher.db, column, inside.from, inside.to));
  const sums = [...counts.values()];
  const at = columns.indexOf('refs');
  const add = (sum: Counts, value: number): void => {
    sum.set(value, (sum.get(value) ?? 0) + 1);
  };
  let since: number | undefined;
  if (columns.length === 0) return { counts, since };
  for (const within of outside) {
    since ??= await scan(
      searcher,
      prepared,
      { columns: columns.map(expressionOf), within, most: ofRefs ? Math.min(most, MOST_REFS) : most },
      (values) => {
        for (let column = 0; column < sums.length; column++) {
          const value = values[column];
          if (value === null || value === undefined) continue;
          const sum = sums[column] as Counts;
          if (column === at) for (const ref of JSON.parse(String(value)) as number[]) add(sum, ref);
          else add(sum, value as number);
        }
      },
    );
  }
  return { counts, since };
}

/** Counts by what people call the values of a field: the most frequent ones, or a few more. */
function named(rows: Rows, field: string, counts: Counts, limit: number): Map<string, number> {
  const result = new Map<string, number>();
  const add = (value: string | undefined, count: number): void => {
    if (value !== undefined) result.set(value, (result.get(value) ?? 0) + count);
  };
  const codes = (CODES as Readonly<Record<string, readonly string[]>>)[field];
  const vocabulary = field === 'resource' || field === 'metric' ? termField(field) : undefined;
  /** The count of the last value that is wanted, where every value has a number of its own. */
  let least = 0;
  for (const [value, count] of [...counts].sort((a, b) => b[1] - a[1])) {
    if (count < least || count <= 0) break;
    switch (field) {
      case 'who':
        add(rows.identity(value)?.name, count);
        continue;
      case 'identity':
        add(rows.identity(value)?.kind, count);
        continue;
      case 'group':
        for (const group of new Set(rows.identity(value)?.groups)) add(group, count);
        continue;
      case 'tag':
        for (const [bit, tag] of CODES.tag.entries()) if (value & (1 << bit)) add(tag, count);
        continue;
      case 'status':
        add(String(value), count);
        break;
      case 'resource':
      case 'metric': {
        const term = rows.lookUp(value);
        if (term?.field === vocabulary) add(term?.value, count);
        break;
      }
      default:
        add(codes ? codes[value] : rows.text(value), count);
    }
    if (result.size >= limit) least = count;
  }
  return result;
}
