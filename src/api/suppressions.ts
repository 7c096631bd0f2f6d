// What dismissals taught: findings that are not told any more. The journal's own entries are the list, so none can be lost or begin unseen.
import { newId } from '../exchange/canonical.ts';
import type { SuppressionEvent } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { Suppression } from '../exchange/finding.ts';
import { parseQuery } from '../index/query.ts';
import type { SearchIndex } from '../index/search-index.ts';
import type { Audit, Caller } from './audit.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { type EntryReader, summaryOf } from './read-exchange.ts';

/** Milliseconds that a suppression may last, from and to. */
export const SUPPRESSED_FOR = { least: 60_000, most: 366 * 86_400_000 } as const;
/** The most in force at a time: every finding is compared with each of them. */
const MOST = 500;
const PAGE = 500;

export interface Suppressions {
  /** Those in force, newest first. */
  list(): Promise<readonly Suppression[]>;
  /** Whether there is room for one that ends then. @throws DogwatchError `bad_parameter` */
  check(expires: number): Promise<void>;
  /** Resolves when it is recorded, and in force. @throws DogwatchError `bad_parameter` */
  add(caller: Caller, wanted: Omit<Suppression, 'id' | 'by' | 'created'>): Promise<Suppression>;
  /** @param id its id, or the beginning of it. @throws DogwatchError `not_found` */
  revoke(caller: Caller, id: string, reason?: string): Promise<Suppression>;
}

export interface SuppressionsOptions {
  readonly index: Pick<SearchIndex, 'search' | 'reached'>;
  readonly reader: EntryReader;
  readonly audit: Audit;
  /** Durable leaves of the journal. */
  readonly size: () => number;
  /** Is told what is in force whenever that changes. */
  readonly tell?: (list: readonly Suppression[]) => void;
}

export function createSuppressions({ index, reader, audit, size, tell }: SuppressionsOptions): Suppressions {
  const slice = oneAtATime();
  /** By id, oldest first; some may have expired. */
  let known: Promise<Map<string, Suppression>> | undefined;

  /** From the entries, the first time. */
  function kept(): Promise<Map<string, Suppression>> {
    known ??= read().then(
      (all) => {
        tell?.(living(all));
        return all;
      },
      (error: unknown) => {
        known = undefined;
        throw error;
      },
    );
    return known;
  }

  async function read(): Promise<Map<string, Suppression>> {
    const found = new Map<string, Suppression>();
    await index.reached(size());
    await reader.refresh(size());
    let cursor: string | undefined;
    do {
      const page = await index.search(parseQuery('kind:admin.suppression since:367d'), {
        order: 'oldest',
        limit: PAGE,
        details: false,
        ...(cursor !== undefined && { cursor }),
      });
      for (const { leaf } of page.items) {
        const entry = await reader.read(leaf);
        // One that was erased may have revoked any of those before it: rather too much is told than too little.
        if (!entry.parts.summary) found.clear();
        else {
          const event = summaryOf<SuppressionEvent>(entry);
          if ('revoked' in event) found.delete(event.revoked);
          else found.set(event.suppression.id, event.suppression);
        }
      }
      cursor = page.next;
    } while (cursor !== undefined);
    return found;
  }

  /** Those in force; what has expired is forgotten. */
  function living(all: Map<string, Suppression>): readonly Suppression[] {
    const now = Date.now();
    for (const [id, { expires }] of all) if (expires <= now) all.delete(id);
    return [...all.values()].toReversed();
  }

  // The watch hears of them as soon as they are known; until then it tells everything.
  if (tell) void kept().catch(() => undefined);

  async function check(expires: number): Promise<void> {
    const lasts = expires - Date.now();
    // What took a moment to be decided about still lasts a minute.
    if (lasts < SUPPRESSED_FOR.least / 2 || lasts > SUPPRESSED_FOR.most)
      throw new DogwatchError('bad_parameter', 'a suppression lasts from a minute to 366 days');
    if (living(await kept()).length >= MOST)
      throw new DogwatchError('bad_parameter', `${MOST} suppressions are in force already`, {
        remedy: 'revoke one, or suppress more with one',
      });
  }

  return {
    list: async () => living(await kept()),
    check,

    add: (caller, wanted) =>
      slice(async () => {
        await check(wanted.expires);
        const all = await kept();
        const created = Date.now();
        const by = { id: `${caller.identity.issuer}#${caller.identity.subject}`, name: caller.identity.name };
        const suppression: Suppression = { id: newId(), ...wanted, by, created };
        const { detector, identity, connection, family, operation, reason, finding, expires } = suppression;
        const scope = Object.entries({ detector, identity, connection, family, operation }).flatMap(([name, value]) =>
          value === undefined ? [] : [`${name} ${value}`],
        );
        await audit(
          caller,
          'admin.suppression',
          `suppressed findings of ${scope.join(', ')} until ${new Date(expires).toISOString()}: ${reason}`,
          { suppression: suppression.id, state: 'in force', scope, reason, ...(finding !== undefined && { finding }) },
          { suppression },
        );
        all.set(suppression.id, suppression);
        tell?.(living(all));
        return suppression;
      }),

    revoke: (caller, id, reason) =>
      slice(async () => {
        const all = await kept();
        const matches = living(all).filter((each) => each.id === id || (id.length >= 8 && each.id.startsWith(id)));
        const [suppression] = matches;
        if (suppression === undefined || matches.length > 1)
          throw new DogwatchError(
            'not_found',
            suppression
              ? `more than one suppression begins with ${id}`
              : `no suppression ${id.slice(0, 64)} is in force`,
            { remedy: '`dogwatch suppressions` lists them' },
          );
        await audit(
          caller,
          'admin.suppression',
          `revoked the suppression ${suppression.id}`,
          { suppression: suppression.id, state: 'revoked', ...(reason !== undefined && { reason }) },
          { revoked: suppression.id },
        );
        all.delete(suppression.id);
        tell?.(living(all));
        return suppression;
      }),
  };
}
