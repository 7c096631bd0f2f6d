// The writer's dictionary: strings, callers and their names become numbers. What was seen lately is remembered.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { RowIdentity } from './search-index.ts';
import { TERM_FIELDS, type TermField, termField } from './sqlite-schema.ts';

/** Entries that each memory keeps. */
const REMEMBERED = 20_000;
/** Characters of a string that the index keeps; longer ones are found by their beginning. */
const LONGEST = 1024;

/** Gives strings and callers their numbers, inside the transaction that is open. */
export class Terms {
  private readonly known = TERM_FIELDS.map(() => new Map<string, number>());
  private seen = new WeakMap<RowIdentity, { id: number; principal: number }>();
  private readonly callers = new Map<string, { id: number; principal: number }>();
  private readonly find: StatementSync;
  private readonly insert: StatementSync;
  private readonly findCaller: StatementSync;
  private readonly insertCaller: StatementSync;
  private readonly insertCallerTerm: StatementSync;

  constructor(db: DatabaseSync) {
    this.find = db.prepare('SELECT id FROM term WHERE field = ? AND folded = ? AND value = ?');
    this.insert = db.prepare('INSERT INTO term(field, folded, value) VALUES (?, ?, ?)');
    this.findCaller = db.prepare('SELECT id, principal FROM caller WHERE json = ?');
    this.insertCaller = db.prepare('INSERT INTO caller(principal, json) VALUES (?, ?)');
    this.insertCallerTerm = db.prepare('INSERT OR IGNORE INTO caller_term(term, caller) VALUES (?, ?)');
  }

  /** The number of a string of a vocabulary; null for none. */
  term(field: TermField, text: string | undefined): number | null {
    if (text === undefined) return null;
    // A summary of another shape may hold something else.
    const whole = String(text);
    const value = whole.length > LONGEST ? whole.slice(0, LONGEST).toWellFormed() : whole;
    const code = termField(field);
    const known = this.known[code] as Map<string, number>;
    const before = known.get(value);
    if (before !== undefined) return before;
    const folded = value.toLowerCase();
    const found = this.find.get(code, folded, value) as { id: number } | undefined;
    const id = found?.id ?? Number(this.insert.run(code, folded, value).lastInsertRowid);
    if (known.size >= REMEMBERED) known.clear();
    known.set(value, id);
    return id;
  }

  /** The numbers of a caller and of its principal, issuer and subject. */
  caller(identity: RowIdentity): { id: number; principal: number } {
    let caller = this.seen.get(identity);
    if (!caller) {
      caller = this.callerOf(identity);
      this.seen.set(identity, caller);
    }
    return caller;
  }

  private callerOf(identity: RowIdentity): { id: number; principal: number } {
    const json = JSON.stringify(identity);
    const known = this.callers.get(json);
    if (known) return known;
    let caller = this.findCaller.get(json) as { id: number; principal: number } | undefined;
    if (!caller) {
      const principal = this.term('principal', principalOf(identity)) as number;
      caller = { id: Number(this.insertCaller.run(principal, json).lastInsertRowid), principal };
      const { name, subject, issuer, email, kind, groups, onBehalfOf, claims } = identity;
      const names: [TermField, string | undefined][] = [
        ['name', name],
        ['subject', subject],
        ['issuer', issuer],
        ['email', email],
        ['identity', kind],
        ...groups.map((group): [TermField, string] => ['group', group]),
        ...onBehalfOf.map((actor): [TermField, string] => ['behalf', actor.subject]),
        ...Object.entries(claims).map(([key, value]): [TermField, string] => ['claim', `${key}=${value}`]),
      ];
      for (const [field, value] of names) {
        const term = this.term(field, value);
        if (term !== null) this.insertCallerTerm.run(term, caller.id);
      }
    }
    if (this.callers.size >= REMEMBERED) this.callers.clear();
    this.callers.set(json, caller);
    return caller;
  }

  /** Forgets what a transaction that was rolled back had made. */
  forget(): void {
    for (const known of this.known) known.clear();
    this.callers.clear();
    this.seen = new WeakMap();
  }
}

/** An issuer and a subject as one string; issuers have no space. */
export const principalOf = (identity: { readonly issuer: string; readonly subject: string }): string =>
  `${identity.issuer} ${identity.subject}`;
