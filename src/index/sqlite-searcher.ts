// The reader: answers searches from the tables, and confirms free text against the journal.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { DogwatchError } from '../exchange/error.ts';
import { documentOf, type EntrySource } from './documents.ts';
import { fieldByName } from './fields.ts';
import { looksAtText, matches } from './matches.ts';
import { type Cursor, cursorOf, cursorText, limitOf, skipOf } from './page.ts';
import { type Span, spanOf } from './query-span.ts';
import type { Node, Query } from './query-tree.ts';
import { detailed, entryAt, exchangeOf } from './row-details.ts';
import type { Page, Row, SearchPage } from './search-index.ts';
import { Compiler, type Sql } from './sqlite-compile.ts';
import { choosePlan, type Plan } from './sqlite-plan.ts';
import { type Line, Rows } from './sqlite-rows.ts';
import { type Meta, readMeta, uuidBytes } from './sqlite-schema.ts';
import { textOf } from './text-confirm.ts';
import { type LeafSet, TextSearch } from './text-search.ts';
import { TextTail } from './text-tail.ts';

/** Index entries that a page looks at, growing from slice to slice, and in all; then the page ends short. */
const SLICES = [200, 2_000, 20_000, 200_000];
const LOOKED_AT = 1_000_000;
/** Rows whose text is read from the journal for one page. */
const CONFIRMED = 1_000;
/** Sets of candidates remembered. */
const REMEMBERED = 4;

/** A query made ready for one moment. */
export interface Prepared {
  readonly root: Node;
  readonly span: Span;
  /** What relative times are taken from. */
  readonly now: number;
  readonly meta: Meta;
  /** Holds for every row that matches, and for those alone when the query does not look at text. */
  readonly condition: Sql;
  /** How to go about it. @param within a time within that of the query */
  readonly plan: (within?: Span) => Plan;
  /** Whether a row for which the condition holds matches. */
  readonly confirm: (row: Row, line: Line) => Promise<boolean>;
  /** Whether `confirm` reads the journal. */
  readonly confirms: boolean;
}

/** Searches one index, with its own view of database and journal; any number may be open beside the writer. */
export class Searcher {
  readonly db: DatabaseSync;
  readonly rows: Rows;
  private readonly source: EntrySource;
  private readonly text: TextSearch;
  private readonly tail: TextTail;
  /** Sets of candidates by the handle that conditions name them with. */
  private readonly sets = new Map<number, LeafSet>();
  private readonly remembered = new Map<string, LeafSet>();
  private handles = 0;
  private following: Promise<void> = Promise.resolve();

  /** @param key the 32 bytes that name words */
  constructor(db: DatabaseSync, source: EntrySource, key: Uint8Array) {
    this.db = db;
    this.source = source;
    this.rows = new Rows(db);
    this.text = new TextSearch(db, key);
    const leafOf = db.prepare('SELECT leaf FROM row WHERE id = ? AND kind = 0 ORDER BY leaf');
    this.tail = new TextTail(source, key, (exchange) => {
      const id = uuidBytes(exchange);
      return id && (leafOf.get(id) as { leaf: number } | undefined)?.leaf;
    });
    db.function('has_text', { deterministic: true }, (handle, leaf) =>
      this.sets.get(Number(handle))?.has(Number(leaf)) ? 1 : 0,
    );
  }

  /**
   * Makes a query ready and calls `use` with it. With `approximate`, free text counts as found wherever all its words are, and nothing needs
   * to be confirmed; that is for counting.
   */
  async withQuery<T>(query: Query, approximate: boolean, use: (prepared: Prepared) => Promise<T> | T): Promise<T> {
    const now = Date.now();
    const { root } = query;
    const confirms = looksAtText(root) && !approximate;
    const { meta, texts } = await this.candidates(root);
    const handles = new Map<Node, number>();
    for (const [node, set] of texts) {
      handles.set(node, ++this.handles);
      this.sets.set(this.handles, set);
    }
    try {
      // Under a negation, candidates may not be left out: they need not have the words.
      const compiler = new Compiler(this.db, now, (node, negated) =>
        negated && !approximate
          ? { text: '0', values: [] }
          : { text: `has_text(${handles.get(node) ?? 0}, row.leaf)`, values: [] },
      );
      const span = spanOf(root, now);
      return await use({
        root,
        span,
        now,
        meta,
        condition: compiler.query(root),
        plan: (within = span) => choosePlan(this.db, compiler, root, within, texts),
        confirms,
        confirm: async (row, line) => {
          if (!confirms) return true;
          const possible = [...texts.values()].some((set) => set.has(row.leaf));
          const { has } = textOf(possible ? await this.document(row) : undefined);
          const any = (scope: 'title' | 'query') => line[scope === 'title' ? 'titled' : 'asked'] === 1;
          return matches(root, row, { has, any }, now);
        },
      });
    } finally {
      for (const handle of handles.values()) this.sets.delete(handle);
    }
  }

  async search(query: Query, page: SearchPage = {}): Promise<Page<Row>> {
    const limit = limitOf(page);
    const descending = page.order !== 'oldest';
    let cursor = cursorOf(page);
    return this.withQuery(query, false, async (prepared) => {
      const plan = prepared.plan();
      const items: Row[] = [];
      let lookedAt = 0;
      let confirmed = 0;
      const done = async (next?: Cursor): Promise<Page<Row>> => ({
        items: page.details === false ? items : await this.withDetails(items),
        ...(next ? { next: cursorText(next) } : {}),
        indexedThrough: prepared.meta.through,
      });
      const skip = skipOf(page);
      if (skip > 0) {
        cursor = await this.passedOver(plan, prepared, { cursor, descending, skip });
        if (!cursor) return done();
      }
      for (let slice = 0; ; ) {
        const size = SLICES[Math.min(slice, SLICES.length - 1)] as number;
        const end = plan.type === 'walk' ? this.boundary(plan, prepared.span, { cursor, descending, size }) : undefined;
        const wanted = Math.max(limit + 1 - items.length, prepared.confirms ? 50 : 1);
        const lines = this.lines(plan, prepared, { cursor, end, descending, limit: wanted });
        for (const line of lines) {
          if (items.length === limit) return done(cursor);
          const row = this.rows.row(line);
          if (await prepared.confirm(row, line)) items.push(this.flagged(row, line));
          cursor = { time: row.time, leaf: row.leaf };
          if (prepared.confirms && ++confirmed >= CONFIRMED) return done(cursor);
        }
        if (lines.length === wanted) continue;
        if (!end) return done();
        cursor = end;
        slice++;
        lookedAt += size;
        if (lookedAt >= LOOKED_AT) return done(cursor);
        // Other searches have their turn between slices.
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
  }

  /** The place of the last of so many rows that match; undefined when there are fewer. @throws DogwatchError `bad_parameter` */
  private async passedOver(
    plan: Plan,
    prepared: Prepared,
    page: { cursor: Cursor | undefined; descending: boolean; skip: number },
  ): Promise<Cursor | undefined> {
    const refused = (message: string): DogwatchError =>
      new DogwatchError('bad_parameter', message, { remedy: 'Narrow the time with since: and until:.' });
    if (prepared.confirms) throw refused('Rows of a query that looks at text cannot be passed over.');
    const { descending } = page;
    const columns = `${plan.time}, ${plan.leaf}`;
    let { cursor, skip } = page;
    for (let slice = 1, lookedAt = 0; lookedAt < 2 * LOOKED_AT; slice++) {
      const size = SLICES[Math.min(slice, SLICES.length - 1)] as number;
      const { span } = prepared;
      const end = plan.type === 'walk' ? this.boundary(plan, span, { cursor, descending, size }) : undefined;
      const places = this.columns(plan, prepared, { cursor, end, descending, span, columns, limit: skip });
      skip -= places.length;
      const [time, leaf] = skip === 0 ? (places.at(-1) ?? []) : [];
      if (typeof time === 'number' && typeof leaf === 'number') return { time, leaf };
      if (!end) return undefined;
      cursor = end;
      lookedAt += size;
      await new Promise((resolve) => setImmediate(resolve));
    }
    throw refused('Too much would have to be looked at to pass over so many rows.');
  }

  /** The row of an exchange or entry id, with details. */
  async exchange(id: string): Promise<Row | undefined> {
    const bytes = uuidBytes(id);
    const line =
      bytes && (this.db.prepare('SELECT * FROM row WHERE id = ? ORDER BY leaf LIMIT 1').get(bytes) as Line | undefined);
    return line && (await this.withDetails([this.flagged(this.rows.row(line), line)]))[0];
  }

  /** Where a slice of that many index entries ends, or undefined when there are fewer. */
  boundary(
    plan: Plan & { type: 'walk' },
    span: Span,
    page: { cursor: Cursor | undefined; descending: boolean; size: number },
  ): Cursor | undefined {
    const order = page.descending ? 'DESC' : 'ASC';
    return this.db
      .prepare(
        `SELECT ${plan.time} AS time, ${plan.leaf} AS leaf FROM ${plan.source} WHERE ${plan.where} AND ${boundsOf(plan, { ...page, span })}
         ORDER BY ${plan.time} ${order}, ${plan.leaf} ${order} LIMIT 1 OFFSET ${page.size - 1}`,
      )
      .get() as Cursor | undefined;
  }

  /** Lines that meet the condition, after the cursor and up to the end of the slice. */
  lines(plan: Plan, prepared: Prepared, page: Stretch & { limit: number }): Line[] {
    const span = prepared.span;
    return this.selected(plan, prepared, { ...page, span, columns: 'row.*' }).all(
      ...valuesOf(plan, prepared),
    ) as Line[];
  }

  /** The columns of rows that meet the condition as arrays, in no order when there is no limit. */
  columns(
    plan: Plan,
    prepared: Prepared,
    page: Stretch & { span: Span; columns: string; limit?: number },
  ): (number | string | null)[][] {
    const statement = this.selected(plan, prepared, page);
    statement.setReturnArrays(true);
    return statement.all(...valuesOf(plan, prepared)) as unknown as (number | string | null)[][];
  }

  private selected(
    plan: Plan,
    { condition }: Prepared,
    page: Stretch & { span: Span; columns: string; limit?: number },
  ): StatementSync {
    const order = page.descending ? 'DESC' : 'ASC';
    const ordered =
      page.limit === undefined ? '' : `ORDER BY ${plan.time} ${order}, ${plan.leaf} ${order} LIMIT ${page.limit}`;
    return this.db.prepare(
      `SELECT ${page.columns} FROM ${plan.from} WHERE ${plan.where} AND ${boundsOf(plan, page)} AND ${condition.text} ${ordered}`,
    );
  }

  /** The rows that may have the words of each node that looks at text. One query at a time follows the newest entries. */
  private async candidates(root: Node): Promise<{ meta: Meta; texts: Map<Node, LeafSet> }> {
    const texts = new Map<Node, LeafSet>();
    if (!looksAtText(root)) return { meta: readMeta(this.db), texts };
    const before = this.following;
    let release = (): void => {};
    this.following = new Promise((resolve) => {
      release = resolve;
    });
    await before;
    try {
      const meta = readMeta(this.db);
      await this.source.refresh(meta.through);
      await this.tail.follow(meta.textThrough, meta.through);
      for (const node of textNodes(root)) texts.set(node, this.candidatesOf(node, meta.through));
      return { meta, texts };
    } finally {
      release();
    }
  }

  private candidatesOf(node: Node, through: number): LeafSet {
    const phrase =
      node.type === 'text' ? node.text : node.type === 'field' && node.match.type === 'words' ? node.match.text : '';
    const scope = node.type === 'field' ? (node.field === 'title' ? 'title' : 'query') : 'any';
    const key = `${scope} ${through} ${phrase}`;
    const known = this.remembered.get(key);
    if (known) return known;
    const set = this.text.candidates(phrase, scope, this.tail.block, through);
    for (const oldest of this.remembered.keys()) {
      if (this.remembered.size < REMEMBERED) break;
      this.remembered.delete(oldest);
    }
    this.remembered.set(key, set);
    return set;
  }

  /** The text of a row, from the journal; undefined when the journal cannot give it. */
  private async document(row: Row) {
    const read = await exchangeOf(this.source, row);
    return read && documentOf(read, this.source);
  }

  /** What an entry says, from the journal; undefined when it was erased or cannot be read. */
  async summary(leaf: number): Promise<unknown> {
    return (await entryAt(this.source, leaf))?.summary;
  }

  private readonly undetailed = new WeakSet<Row>();

  /** Notes that the journal can say more of a row. */
  flagged(row: Row, line: Line): Row {
    if (line.titled === 1 || line.asked === 1 || row.kind !== 'exchange') this.undetailed.add(row);
    return row;
  }

  /** Rows with what only the journal has: titles, log queries, sentences. */
  withDetails(rows: readonly Row[]): Promise<Row[]> {
    return detailed(this.source, rows, (row) => this.undetailed.has(row));
  }
}

/** A stretch of what is walked along: after the cursor, up to and with the end. */
interface Stretch {
  readonly cursor?: Cursor | undefined;
  readonly end?: Cursor | undefined;
  readonly descending: boolean;
}

/**
 * The condition for a stretch within a span. SQLite seeks by one bound of a column on each side, whichever it likes: so there is one, the
 * closest, and the comparison of two columns only decides between entries of the same time.
 */
function boundsOf(plan: Plan, { cursor, end, descending, span }: Stretch & { span: Span }): string {
  const [newest, oldest] = descending ? [cursor, end] : [end, cursor];
  const from = Math.max(span.from, oldest?.time ?? 0);
  const to = Math.min(span.to, newest?.time ?? Number.MAX_SAFE_INTEGER);
  const key = `(${plan.time}, ${plan.leaf})`;
  const bounds = [`${plan.time} BETWEEN ${from} AND ${to}`];
  if (cursor) bounds.push(`${key} ${descending ? '<' : '>'} (${cursor.time}, ${cursor.leaf})`);
  if (end) bounds.push(`${key} ${descending ? '>=' : '<='} (${end.time}, ${end.leaf})`);
  return bounds.join(' AND ');
}

/** What the question marks of a plan and of a condition stand for. */
const valuesOf = (plan: Plan, { condition }: Prepared): (string | number)[] => [
  ...(plan.type === 'few' && plan.leaves ? [JSON.stringify(plan.leaves)] : []),
  ...condition.values,
];

/** The nodes whose words are looked up. */
function textNodes(node: Node): Node[] {
  if (node.type === 'and' || node.type === 'or') return node.items.flatMap(textNodes);
  if (node.type === 'not') return textNodes(node.item);
  const words =
    node.type === 'text' || (node.type === 'field' && node.match.type === 'words' && fieldByName(node.field));
  return words ? [node] : [];
}
