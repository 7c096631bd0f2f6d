// Queries that people keep under a name, for themselves or for all. The journal's own entries are the list of them.
import type { AuditEvent } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import { EVERYTHING, parseQuery, type Query } from '../index/query.ts';
import type { SearchIndex } from '../index/search-index.ts';
import type { Audit, Caller } from './audit.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { type EntryReader, summaryOf } from './read-exchange.ts';

export interface SavedQuery {
  readonly name: string;
  readonly query: string;
  /** Whether everybody has it, or only who saved it. */
  readonly shared: boolean;
  /** Name of who saved it. */
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

export interface SavedQueries {
  /** The caller's own, and those that are shared; by name. */
  list(caller: Caller): Promise<readonly SavedQuery[]>;
  /** Resolves when it is recorded. @throws DogwatchError `bad_parameter`, `bad_query` */
  save(caller: Caller, wanted: { name: string; query: string; shared: boolean }): Promise<SavedQuery>;
  /** @throws DogwatchError `not_found` */
  remove(caller: Caller, name: string): Promise<SavedQuery>;
  /** Parses a query that may name saved ones; the caller's own come before those of others. @throws DogwatchError `bad_query` */
  parse(caller: Caller, request: { readonly query: string; readonly timeZone?: string | undefined }): Promise<Query>;
}

/** A name of a saved query: what needs no quotation marks. */
export const SAVED_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
/** Findings that one query may name. */
const MOST_FINDINGS = 10;
/** The most of one person. */
const MOST = 200;
const PAGE = 500;

interface Kept extends SavedQuery {
  /** `issuer#subject` of who saved it. */
  readonly owner: string;
}

const ownerOf = ({ identity }: Caller): string => `${identity.issuer}#${identity.subject}`;
const shown = ({ owner: _owner, ...rest }: Kept): SavedQuery => rest;

export function createSavedQueries({
  index,
  reader,
  audit,
  size,
}: {
  readonly index: SearchIndex;
  readonly reader: EntryReader;
  readonly audit: Audit;
  /** Durable leaves of the journal. */
  readonly size: () => number;
}): SavedQueries {
  const slice = oneAtATime();
  /** By owner and name. */
  let known: Promise<Map<string, Kept>> | undefined;
  const keyOf = (owner: string, name: string): string => `${owner}\n${name.toLowerCase()}`;

  /** From the entries, the first time. */
  function kept(): Promise<Map<string, Kept>> {
    known ??= read().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  }

  async function read(): Promise<Map<string, Kept>> {
    const found = new Map<string, Kept>();
    await index.reached(size());
    await reader.refresh(size());
    let cursor: string | undefined;
    do {
      const page = await index.search(parseQuery('kind:admin.query'), {
        order: 'oldest',
        limit: PAGE,
        details: false,
        ...(cursor !== undefined && { cursor }),
      });
      for (const row of page.items) {
        const entry = await reader.read(row.leaf);
        // One whose text was erased is gone.
        if (!entry.parts.summary) continue;
        const { who, details } = summaryOf<AuditEvent>(entry);
        const name = String(details.name);
        if (details.state === 'removed') found.delete(keyOf(who.id, name));
        else
          found.set(keyOf(who.id, name), {
            name,
            query: String(details.query),
            shared: details.shared === true,
            by: who.name,
            since: row.time,
            owner: who.id,
          });
      }
      cursor = page.next;
    } while (cursor !== undefined);
    return found;
  }

  /** What the caller can name, by name in lower case. */
  async function visible(caller: Caller): Promise<Map<string, Kept>> {
    const owner = ownerOf(caller);
    const names = new Map<string, Kept>();
    for (const query of (await kept()).values())
      if (query.owner === owner || (query.shared && names.get(query.name.toLowerCase())?.owner !== owner))
        names.set(query.name.toLowerCase(), query);
    return names;
  }

  /** What finds the exchanges of the findings that a query names, by their ids as they stand there. */
  async function queriesOfFindings(query: string): Promise<Map<string, string>> {
    const ids = [...query.matchAll(/finding:"?([0-9a-f-]{8,36})/gi)].map(([, id = '']) => id.toLowerCase());
    if (new Set(ids).size > MOST_FINDINGS)
      throw new DogwatchError('bad_query', `A query names at most ${MOST_FINDINGS} findings.`);
    const found = new Map<string, string>();
    for (const id of new Set(ids)) {
      const finding = await index.finding(id);
      if (finding) found.set(id, finding.evidence.query);
    }
    return found;
  }

  return {
    async list(caller) {
      const all = [...(await visible(caller)).values()];
      return all.sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1)).map(shown);
    },

    save: (caller, { name, query, shared }) =>
      slice(async () => {
        if (!SAVED_NAME.test(name))
          throw new DogwatchError(
            'bad_parameter',
            'a name has letters, digits, dots, hyphens and underscores, 64 at most',
          );
        if (query.trim() === '') throw new DogwatchError('bad_parameter', 'there is no query to save');
        parseQuery(query);
        const all = await kept();
        const owner = ownerOf(caller);
        const mine = [...all.values()].filter((each) => each.owner === owner);
        if (mine.length >= MOST && !all.has(keyOf(owner, name)))
          throw new DogwatchError('bad_parameter', `you have ${MOST} saved queries already`, { remedy: 'remove one' });
        const taken = [...all.values()].find(
          (each) => each.shared && each.owner !== owner && each.name.toLowerCase() === name.toLowerCase(),
        );
        if (shared && taken)
          throw new DogwatchError('bad_parameter', `${taken.by} shares a query of the name ${taken.name} already`, {
            remedy: 'take another name',
          });
        const saved: Kept = { name, query, shared, by: caller.identity.name, since: Date.now(), owner };
        await audit(caller, 'admin.query', `saved the query ${name}${shared ? ' for all' : ''}`, {
          name,
          query,
          shared,
          state: 'saved',
        });
        all.set(keyOf(owner, name), saved);
        return shown(saved);
      }),

    remove: (caller, name) =>
      slice(async () => {
        const all = await kept();
        const key = keyOf(ownerOf(caller), name);
        const saved = all.get(key);
        if (saved === undefined)
          throw new DogwatchError('not_found', `you have saved no query ${name.slice(0, 64)}`, {
            remedy: '`dogwatch queries` lists them; a shared one is removed by who saved it',
          });
        await audit(caller, 'admin.query', `removed the saved query ${saved.name}`, {
          name: saved.name,
          state: 'removed',
        });
        all.delete(key);
        return shown(saved);
      }),

    async parse(caller, { query, timeZone }) {
      if (query.trim() === '') return EVERYTHING;
      // Only who names a saved query waits for them.
      const names = /saved:/i.test(query) ? await visible(caller) : undefined;
      const findings = await queriesOfFindings(query);
      return parseQuery(query, {
        ...(timeZone !== undefined && { timeZone }),
        ...(names && { saved: (name: string) => names.get(name.toLowerCase())?.query }),
        finding: (id) => findings.get(id.toLowerCase()),
      });
    },
  };
}
