// Findings for people: listed, looked at, decided about. Everything but counting them is audited. The API and commands share it.
import { DogwatchError } from '../exchange/error.ts';
import type { FindingDecision, FindingState, Suppression } from '../exchange/finding.ts';
import type { FindingCounts, FindingFilter, FindingsPage, FoundFinding } from '../index/findings.ts';
import type { Page, Row, SearchIndex } from '../index/search-index.ts';
import type { Audit, Caller, Details } from './audit.ts';
import { oneAtATime } from './one-at-a-time.ts';
import type { EntryReader } from './read-exchange.ts';
import { settled } from './settled.ts';
import { createSuppressions, type Suppressions } from './suppressions.ts';

/** What of a finding a suppression may be about. */
export const SCOPES = ['detector', 'identity', 'connection', 'family', 'operation'] as const;
export type Scope = (typeof SCOPES)[number];

/** Finding with what belongs to it. */
export interface FindingView {
  readonly finding: FoundFinding;
  /** Those that share its cause, newest first. */
  readonly related: readonly FoundFinding[];
  /** Exchanges of its evidence, oldest first. */
  readonly rows: readonly Row[];
}

export interface DecisionWanted {
  readonly state: FindingState;
  /** Must be there for a dismissal. */
  readonly reason?: string | undefined;
  /** With a dismissal: what is not told any more, for how many milliseconds. All that the finding tells apart, when no scope is given. */
  readonly suppress?: { readonly for: number; readonly scope?: readonly Scope[] | undefined } | undefined;
}

export interface Decided {
  readonly finding: FoundFinding;
  readonly suppression?: Suppression;
}

export interface Findings {
  list(caller: Caller, page: FindingsPage): Promise<Page<FoundFinding>>;
  /** Tells numbers only, and is not audited. */
  counts(filter: FindingFilter): Promise<FindingCounts>;
  /** @param id its id, or the beginning of it. @throws DogwatchError `not_found` */
  one(caller: Caller, id: string): Promise<FindingView>;
  /** Resolves when it is recorded. @throws DogwatchError `not_found`, `bad_parameter` */
  decide(caller: Caller, id: string, wanted: DecisionWanted): Promise<Decided>;
  suppressions(caller: Caller): Promise<readonly Suppression[]>;
  revoke: Suppressions['revoke'];
}

const VERBS: Readonly<Record<FindingState, string>> = {
  open: 'opened again',
  acknowledged: 'acknowledged',
  dismissed: 'dismissed',
  resolved: 'resolved',
};
/** Findings of one cause that are shown together. */
const RELATED = 50;

export function createFindings({
  index,
  reader,
  audit,
  size,
  watch,
}: {
  readonly index: SearchIndex;
  readonly reader: EntryReader;
  readonly audit: Audit;
  /** Durable leaves of the journal. */
  readonly size: () => number;
  /** Hears what was decided; absent where nothing watches. */
  readonly watch?: {
    decided(decision: FindingDecision): void;
    suppressions(list: readonly Suppression[]): void;
  };
}): Findings {
  const slice = oneAtATime();
  const suppressions = createSuppressions({
    index,
    reader,
    audit,
    size,
    ...(watch && { tell: (list) => watch.suppressions(list) }),
  });

  async function find(id: string): Promise<FoundFinding> {
    await settled(index, size());
    const finding = await index.finding(id);
    if (finding) return finding;
    throw new DogwatchError('not_found', `there is no finding ${id.slice(0, 64)}`, {
      remedy: '`dogwatch findings` lists them; 8 characters of an id are enough when only one begins so',
    });
  }

  return {
    async list(caller, page) {
      await settled(index, size());
      const found = await index.findings(page);
      const { cursor: _cursor, limit: _limit, ...filter } = page;
      await audit(caller, 'audit.search', 'listed findings', detailsOf(filter));
      return found;
    },

    async counts(filter) {
      await settled(index, size());
      return index.countFindings(filter);
    },

    async one(caller, id) {
      const finding = await find(id);
      await audit(caller, 'audit.view', `viewed the finding ${finding.id}`, { finding: finding.id });
      const [related, rows] = await Promise.all([
        index.findings({ cause: finding.cause ?? finding.id, limit: RELATED }),
        Promise.all(finding.evidence.exchanges.map((exchange) => index.exchange(exchange))),
      ]);
      return {
        finding,
        related: related.items.filter((each) => each.id !== finding.id),
        rows: rows.filter((row) => row !== undefined).sort((a, b) => a.time - b.time || a.leaf - b.leaf),
      };
    },

    decide: (caller, id, { state, reason, suppress }) =>
      slice(async () => {
        const finding = await find(id);
        if (state === 'dismissed' && (reason ?? '').trim() === '')
          throw new DogwatchError('bad_parameter', 'a dismissal needs a reason', {
            remedy: 'say why this is no news: it is kept with the finding',
          });
        if (suppress && state !== 'dismissed')
          throw new DogwatchError('bad_parameter', 'only a dismissal suppresses what is alike');
        const scope = suppress && scopeOf(finding, suppress.scope);
        // Nothing is recorded of a dismissal that could not teach what it should.
        if (suppress) await suppressions.check(Date.now() + suppress.for);
        const who = { id: `${caller.identity.issuer}#${caller.identity.subject}`, name: caller.identity.name };
        const decision: FindingDecision = {
          finding: finding.id,
          state,
          ...(reason !== undefined && { reason }),
          who,
          time: Date.now(),
        };
        await audit(
          caller,
          'finding.decided',
          `${VERBS[state]} the finding ${finding.id}${reason === undefined ? '' : `: ${reason}`}`,
          { finding: finding.id, state, ...(reason !== undefined && { reason }) },
          { decision },
        );
        watch?.decided(decision);
        const suppression =
          suppress &&
          scope &&
          (await suppressions.add(caller, {
            ...scope,
            reason: reason ?? '',
            finding: finding.id,
            expires: decision.time + suppress.for,
          }));
        // What the index does not hold yet is told all the same.
        await settled(index, size());
        const now = await index.finding(finding.id);
        const told =
          now && now.leaf > finding.leaf ? now : { ...finding, state, decisions: [...finding.decisions, decision] };
        return { finding: told, ...(suppression && { suppression }) };
      }),

    async suppressions(caller) {
      await audit(caller, 'audit.view', 'viewed the suppressions', {});
      return suppressions.list();
    },

    revoke: (caller, id, reason) => suppressions.revoke(caller, id, reason),
  };
}

/** What a suppression is about. @throws DogwatchError `bad_parameter` when the finding does not tell that apart */
function scopeOf({ detector, subject }: FoundFinding, wanted: readonly Scope[] | undefined): Pick<Suppression, Scope> {
  const { identity, connection, family, operation } = subject;
  const whole: Pick<Suppression, Scope> = {
    detector,
    ...(identity && { identity: `${identity.issuer}#${identity.subject}` }),
    ...(connection !== undefined && { connection }),
    ...(family !== undefined && { family }),
    ...(operation !== undefined && { operation }),
  };
  if (wanted === undefined) return whole;
  const missing = wanted.find((name) => whole[name] === undefined);
  if (wanted.length === 0 || missing !== undefined)
    throw new DogwatchError(
      'bad_parameter',
      missing === undefined ? 'a suppression is about something' : `the finding names no ${missing} to suppress by`,
      { remedy: `it names ${Object.keys(whole).join(', ')}` },
    );
  return Object.fromEntries(Object.entries(whole).filter(([name]) => wanted.includes(name as Scope)));
}

/** A filter as audit entries show it. */
const detailsOf = (filter: FindingFilter): Details =>
  Object.fromEntries(
    Object.entries(filter).filter(([, value]) => value !== undefined) as [
      string,
      string | number | readonly string[],
    ][],
  );
