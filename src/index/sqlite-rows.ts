// From the numbers of a table's line to a Row, and to a SessionRow.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Resource } from '../exchange/operation.ts';
import type { Row, RowIdentity, SessionRow } from './search-index.ts';
import { CODES, termField, uuidText } from './sqlite-schema.ts';

/** Terms and callers remembered. */
const REMEMBERED = 20_000;

/** A line of `row` as SQLite gives it. */
export type Line = Readonly<Record<string, number | string | Uint8Array | null>>;

/** Turns lines into rows. */
export class Rows {
  private readonly terms = new Map<number, { field: number; value: string }>();
  private readonly callers = new Map<number, RowIdentity>();
  private readonly term: StatementSync;
  private readonly caller: StatementSync;

  constructor(db: DatabaseSync) {
    this.term = db.prepare('SELECT field, value FROM term WHERE id = ?');
    this.caller = db.prepare('SELECT json FROM caller WHERE id = ?');
  }

  /** The row of a line; without titles, log queries and sentences, which only the journal has. */
  row(line: Line): Row {
    const number = (column: string): number | undefined => (line[column] as number | null) ?? undefined;
    const code = <T extends string>(values: readonly T[], column: string): T | undefined => {
      const at = number(column);
      return at === undefined ? undefined : values[at];
    };
    const agent = this.text(line.agent);
    const userAgent = this.text(line.user_agent);
    const { resources, metrics } = this.references(line.refs as string | null);
    const decision = code(CODES.verdict, 'verdict');
    const tags = line.tags as number;
    return defined({
      leaf: line.leaf as number,
      outcomeLeaf: number('outcome_leaf'),
      kind: CODES.kind[line.kind as number] ?? 'exchange',
      id: uuidText(line.id as Uint8Array),
      time: line.time as number,
      session: this.text(line.session),
      identity: line.caller === null ? undefined : this.identity(line.caller as number),
      client: defined({ agent, userAgent }),
      source: this.text(line.source),
      connection: this.text(line.connection),
      host: this.text(line.host),
      method: this.text(line.method),
      path: this.text(line.path),
      operation: this.text(line.op),
      action: code(CODES.action, 'action'),
      risk: code(CODES.risk, 'risk'),
      tags: CODES.tag.filter((_, bit) => (tags & (1 << bit)) !== 0),
      resources,
      asked: metrics.length > 0 ? { metrics } : {},
      verdict: decision === undefined ? undefined : { decision, rule: this.text(line.rule) ?? '' },
      outcome: code(CODES.outcome, 'outcome'),
      error: this.text(line.error),
      status: number('status'),
      requestBytes: number('request_bytes'),
      responseBytes: number('response_bytes'),
      latency: number('latency'),
    }) as Row;
  }

  session(line: Line): SessionRow {
    const { first, last, calls, mutations, refusals, errors } = line as Readonly<Record<string, number>>;
    const identity = line.caller === null ? undefined : this.identity(line.caller as number);
    return defined({
      id: this.text(line.term) ?? '',
      identity,
      first,
      last,
      calls,
      mutations,
      refusals,
      errors,
    }) as SessionRow;
  }

  private references(refs: string | null): { resources: Resource[]; metrics: string[] } {
    const resources: Resource[] = [];
    const metrics: string[] = [];
    for (const id of refs === null ? [] : (JSON.parse(refs) as number[])) {
      const term = this.lookUp(id);
      if (term?.field === termField('metric')) metrics.push(term.value);
      else if (term) {
        const slash = term.value.indexOf('/');
        resources.push({ kind: term.value.slice(0, slash), id: term.value.slice(slash + 1) });
      }
    }
    return { resources, metrics };
  }

  /** The string of a term; undefined for NULL. */
  text(id: number | string | Uint8Array | null | undefined): string | undefined {
    return typeof id === 'number' ? this.lookUp(id)?.value : undefined;
  }

  /** A term, with the vocabulary that it belongs to. */
  lookUp(id: number): { readonly field: number; readonly value: string } | undefined {
    const known = this.terms.get(id);
    if (known) return known;
    const found = this.term.get(id) as { field: number; value: string } | undefined;
    if (found) {
      if (this.terms.size >= REMEMBERED) this.terms.clear();
      this.terms.set(id, found);
    }
    return found;
  }

  identity(id: number): RowIdentity | undefined {
    const known = this.callers.get(id);
    if (known) return known;
    const found = this.caller.get(id) as { json: string } | undefined;
    if (!found) return undefined;
    const identity = JSON.parse(found.json) as RowIdentity;
    if (this.callers.size >= REMEMBERED) this.callers.clear();
    this.callers.set(id, identity);
    return identity;
  }
}

/** The object without the members that are undefined. */
function defined<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(object)) if (value !== undefined) result[key] = value;
  return result as { [K in keyof T]: Exclude<T[K], undefined> };
}
