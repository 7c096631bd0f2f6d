// Legal holds: what may not be erased. The journal's own entries are the list of them, so none can be lost or taken away unseen.
import { newId } from '../exchange/canonical.ts';
import type { AuditEvent } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import { parseQuery } from '../index/query.ts';
import type { SearchIndex } from '../index/search-index.ts';
import type { Audit, Caller } from './audit.ts';
import type { OneAtATime } from './one-at-a-time.ts';
import { type EntryReader, summaryOf } from './read-exchange.ts';
import { between, type Selection, selectionText } from './selection.ts';

export interface Hold {
  readonly id: string;
  /** One line of the query language: what is held. */
  readonly query: string;
  readonly why: string;
  /** Name of who set it. */
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

export interface Holds {
  list(): Promise<readonly Hold[]>;
  /** Resolves when it is recorded. @throws DogwatchError `bad_parameter`, `bad_query` */
  add(caller: Caller, selection: Selection, why: string): Promise<Hold>;
  /** @param id its id, or the beginning of it. @throws DogwatchError `not_found` */
  release(caller: Caller, id: string, why: string): Promise<Hold>;
  /** Leaves of the rows between two times (milliseconds since the epoch) that some hold is about. */
  heldBetween(from: number, to: number): Promise<ReadonlySet<number>>;
}

/** The most holds at a time: every erasure asks each of them. */
const MOST = 1000;
const PAGE = 500;

export interface HoldsOptions {
  readonly reader: EntryReader;
  readonly index: SearchIndex;
  readonly audit: Audit;
  /** Durable leaves of the journal. */
  readonly size: () => number;
  /** In which a hold is set or released: no slice of an erasure is planned before and carried out after. */
  readonly slice: OneAtATime;
}

export function createHolds({ reader, index, audit, size, slice }: HoldsOptions): Holds {
  let known: Map<string, Hold> | undefined;

  /** From the entries, the first time; a hold that cannot be read makes this fail, and with it every erasure. */
  async function holds(): Promise<Map<string, Hold>> {
    if (known !== undefined) return known;
    const found = new Map<string, Hold>();
    await index.reached(size());
    await reader.refresh(size());
    let cursor: string | undefined;
    do {
      const page = await index.search(parseQuery('kind:admin.hold'), {
        order: 'oldest',
        limit: PAGE,
        details: false,
        ...(cursor !== undefined && { cursor }),
      });
      for (const row of page.items) {
        const { who, details } = summaryOf<AuditEvent>(await reader.read(row.leaf));
        const id = String(details.hold);
        if (details.state === 'released') found.delete(id);
        else
          found.set(id, { id, query: String(details.query), why: String(details.why), by: who.name, since: row.time });
      }
      cursor = page.next;
    } while (cursor !== undefined);
    known = found;
    return found;
  }

  return {
    async list() {
      return [...(await holds()).values()];
    },

    add: (caller, selection, why) =>
      slice(async () => {
        const query = selectionText(selection);
        const all = await holds();
        if (all.size >= MOST) {
          throw new DogwatchError('bad_parameter', `there are ${MOST} holds already`, { remedy: 'release one' });
        }
        const hold: Hold = { id: newId(), query, why, by: caller.identity.name, since: Date.now() };
        await audit(caller, 'admin.hold', `set the legal hold ${hold.id}`, { hold: hold.id, state: 'set', query, why });
        all.set(hold.id, hold);
        return hold;
      }),

    release: (caller, id, why) =>
      slice(async () => {
        const all = await holds();
        const matches = [...all.values()].filter(
          (each) => each.id === id || (id.length >= 8 && each.id.startsWith(id)),
        );
        const [hold] = matches;
        if (hold === undefined || matches.length > 1) {
          throw new DogwatchError(
            'not_found',
            hold ? `more than one hold begins with ${id}` : `there is no hold ${id}`,
            {
              remedy: 'dogwatch hold list names them',
            },
          );
        }
        await audit(caller, 'admin.hold', `released the legal hold ${hold.id}`, {
          hold: hold.id,
          state: 'released',
          why,
        });
        all.delete(hold.id);
        return hold;
      }),

    async heldBetween(from, to) {
      const held = new Set<number>();
      for (const { query } of (await holds()).values()) {
        let cursor: string | undefined;
        do {
          const page = await index.search(between(query, from, to), {
            order: 'oldest',
            limit: PAGE,
            details: false,
            ...(cursor !== undefined && { cursor }),
          });
          for (const { leaf } of page.items) held.add(leaf);
          cursor = page.next;
        } while (cursor !== undefined);
      }
      return held;
    },
  };
}
