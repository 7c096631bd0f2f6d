// What an erasure or a hold is about, in words of the query language.
import { DogwatchError } from '../exchange/error.ts';
import { parseQuery, type Query } from '../index/query.ts';

/** What is selected: everything that is named must hold. */
export interface Selection {
  /** Name, subject or email of a verified caller. */
  readonly identity?: string | undefined;
  readonly session?: string | undefined;
  /** Exchange id. */
  readonly exchange?: string | undefined;
  readonly connection?: string | undefined;
  /** One line of the query language. Times in it are dates, since what is relative would mean something else every day. */
  readonly query?: string | undefined;
  /** Dates, as queries have them. */
  readonly from?: string | undefined;
  readonly until?: string | undefined;
}

/** @throws DogwatchError `bad_parameter` when nothing is selected; `bad_query` */
export function selectionText(selection: Selection): string {
  const { identity, session, exchange, connection, query, from, until } = selection;
  const terms: string[] = [];
  const add = (field: string, value: string | undefined): void => {
    if (value !== undefined) terms.push(`${field}:"${value.replace(/["\\]/g, '\\$&')}"`);
  };
  add('who', identity);
  add('session', session);
  add('id', exchange);
  add('connection', connection);
  if (query !== undefined && query.trim() !== '') {
    parseQuery(query);
    terms.push(`(${query})`);
  }
  if (from !== undefined) terms.push(`since:${from}`);
  if (until !== undefined) terms.push(`until:${until}`);
  if (terms.length === 0) {
    throw new DogwatchError('bad_parameter', 'nothing is selected', {
      remedy: 'name an identity, session, exchange, connection, query or time',
    });
  }
  const text = terms.join(' ');
  // Read at two moments it must be the same, and no time may be counted from now.
  const [now, later] = [0, 40 * 24 * 3_600_000].map((moment) => JSON.stringify(parseQuery(text, { now: moment }).root));
  if (now !== later || /"ago":/.test(now ?? '')) {
    throw new DogwatchError(
      'bad_query',
      'a time here must be a date: what is relative would mean something else every day',
      { remedy: 'write since:2026-11-22, or since:2026-11-22T10:00Z' },
    );
  }
  return text;
}

/** Records of every kind, not exchanges alone, that match the text between two times (milliseconds since the epoch), both included. */
export function between(text: string, from: number, to: number): Query {
  const window = parseQuery(`kind:* time:[${new Date(from).toISOString()} TO ${new Date(to).toISOString()}]`);
  return { source: text, root: { type: 'and', items: [parseQuery(text).root, window.root] } };
}
