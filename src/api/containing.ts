// Containing and releasing, approving and denying, done and told to the journal; the same for the API, for commands and for rules.
import type { Approval, ApprovalState } from '../exchange/approval.ts';
import { newId } from '../exchange/canonical.ts';
import type { ContainmentEvent, Entry } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { Containment, ContainmentLevel } from '../exchange/finding.ts';
import type { IdentityStore } from '../identity/identity-store.ts';
import type { Audit, Caller } from './audit.ts';

/** Calls a minute of a throttle that says nothing of them. */
export const DEFAULT_RATE = 30;

/** What is to be contained, and how. */
export interface ContainRequest {
  readonly level: ContainmentLevel;
  /** One of both: `issuer#subject`, or a session id. */
  readonly identity?: string | undefined;
  readonly session?: string | undefined;
  readonly rate?: number | undefined;
  /** Milliseconds; until it is released when absent. */
  readonly for?: number | undefined;
  readonly reason: string;
  readonly finding?: string | undefined;
}

export interface Containing {
  /** Newest first. */
  list(): Containment[];
  /** In effect with the next request, and on disk when it resolves. @throws DogwatchError `bad_parameter`, `identity_store_failed` */
  contain(caller: Caller, request: ContainRequest): Promise<Containment>;
  /** The same by a rule of the configuration. @returns undefined when somebody has contained it at that level by hand */
  containByRule(rule: string, request: ContainRequest & { readonly for: number }): Promise<Containment | undefined>;
  /** Ends what rules have put upon an identity or a session that is none of theirs to contain. */
  releaseRules(place: { readonly identity?: string; readonly session?: string }, why: string): Promise<void>;
  /** @throws DogwatchError `not_found` */
  release(caller: Caller, id: string, reason: string | undefined): Promise<Containment>;
  /** Newest first. */
  approvals(state?: ApprovalState): Approval[];
  /** @throws DogwatchError `not_found`, `approval_over`, `approval_own` */
  decide(caller: Caller, id: string, approved: boolean, reason: string | undefined): Promise<Approval>;
}

type Store = Pick<IdentityStore, 'containments' | 'approvals' | 'contain' | 'release'>;

export function createContaining(parts: {
  readonly store: Store;
  readonly append: (entry: Entry) => Promise<number>;
  readonly audit: Audit;
  /** Milliseconds in which an approved call may be made; 15 minutes when absent. */
  readonly use?: number;
  readonly now?: () => number;
}): Containing {
  const { store, append, audit, use = 15 * 60_000, now = Date.now } = parts;

  function made(request: ContainRequest, by: Containment['by']): Containment {
    const { level, identity, session, rate, reason, finding } = request;
    if ((identity === undefined) === (session === undefined)) {
      throw new DogwatchError('bad_parameter', 'either an identity or a session is contained', { remedy: 'give one' });
    }
    if (identity !== undefined && !/^[^#]+#./.test(identity)) {
      throw new DogwatchError('bad_parameter', 'an identity is written issuer#subject', {
        remedy: '`dogwatch show` has both of any exchange',
      });
    }
    if (rate !== undefined && level !== 'throttle') {
      throw new DogwatchError('bad_parameter', 'a rate goes with the level throttle alone');
    }
    const created = now();
    return {
      id: newId(),
      level,
      ...(identity === undefined ? { session: session ?? '' } : { identity }),
      ...(level === 'throttle' && { rate: rate ?? DEFAULT_RATE }),
      reason,
      ...(finding !== undefined && { finding }),
      by,
      created,
      ...(request.for !== undefined && { expires: created + request.for }),
    };
  }

  const sentence = ({ level, identity, session, expires }: Containment): string =>
    `${level === 'quarantine' ? 'quarantined' : `contained (${level})`} ${identity === undefined ? `the session ${session}` : `the identity ${identity}`}${expires === undefined ? '' : ` until ${new Date(expires).toISOString()}`}`;

  const tell = (who: ContainmentEvent['who'], containment: Containment, source?: string): Promise<number> => {
    const event: ContainmentEvent = {
      who,
      what: sentence(containment),
      details: {
        level: containment.level,
        reason: containment.reason,
        ...(containment.identity !== undefined && { identity: containment.identity }),
        ...(containment.session !== undefined && { session: containment.session }),
        ...(containment.finding !== undefined && { finding: containment.finding }),
      },
      ...(source !== undefined && { source }),
      containment,
    };
    return appendEvent(event);
  };

  const appendEvent = (event: ContainmentEvent): Promise<number> =>
    append({
      id: newId(),
      time: Date.now(),
      kind: 'admin.containment',
      parts: { summary: Buffer.from(JSON.stringify(event)) },
    });

  return {
    list: () => store.containments.list(),
    async contain(caller, request) {
      const containment = made(request, personOf(caller));
      // First in effect: who is contained must not have time for one more call.
      await store.contain(containment);
      await tell(whoOf(caller), containment, caller.source);
      return containment;
    },
    async containByRule(rule, request) {
      const containment = made(request, { rule });
      const before = store.containments.like(containment).filter(({ level }) => level === containment.level);
      // What somebody decided is neither shortened nor replaced by a rule; and a rule does not shorten itself.
      if (
        before.some(
          ({ by, expires = Number.POSITIVE_INFINITY }) => !('rule' in by) || expires > (containment.expires ?? 0),
        )
      )
        return undefined;
      await store.contain(containment);
      await tell({ id: `rule:${rule}`, name: `rule ${rule}`, groups: [] }, containment);
      return containment;
    },
    async release(caller, id, reason) {
      const containment = store.containments.get(id);
      if (containment === undefined || !(await store.release(id))) {
        throw new DogwatchError('not_found', `no containment ${JSON.stringify(id.slice(0, 64))} is in force`, {
          remedy: '`dogwatch quarantine list` shows them',
        });
      }
      const { level, identity, session } = containment;
      await appendEvent({
        who: whoOf(caller),
        what: `released ${identity === undefined ? `the session ${session}` : `the identity ${identity}`} (${level})`,
        details: { containment: id, ...(reason !== undefined && { reason }) },
        ...(caller.source !== undefined && { source: caller.source }),
        released: id,
      });
      return containment;
    },
    async releaseRules(place, why) {
      for (const { id, by, identity, session } of store.containments.like(place)) {
        if (!('rule' in by) || !(await store.release(id))) continue;
        await appendEvent({
          who: { id: `rule:${by.rule}`, name: `rule ${by.rule}`, groups: [] },
          what: `released ${identity === undefined ? `the session ${session}` : `the identity ${identity}`}: ${why}`,
          details: { containment: id, reason: why },
          released: id,
        });
      }
    },
    approvals: (state) => store.approvals.list().filter((approval) => state === undefined || approval.state === state),
    async decide(caller, id, approved, reason) {
      const approval = await store.approvals.decide(id, approved, personOf(caller), reason, use);
      const { identity, operation, exchange } = approval;
      await audit(caller, 'admin.approval', `${approved ? 'approved' : 'denied'} ${operation} of ${identity.name}`, {
        approval: id,
        exchange,
        approved,
        ...(reason !== undefined && { reason }),
      });
      return approval;
    },
  };
}

const personOf = ({ identity }: Caller): { id: string; name: string } => ({
  id: `${identity.issuer}#${identity.subject}`,
  name: identity.name,
});
const whoOf = (caller: Caller): ContainmentEvent['who'] => ({ ...personOf(caller), groups: caller.identity.groups });
