// Calls that wait for leave: asked for once, answered by an operator, and then let through exactly once.
import type { Approval } from '../exchange/approval.ts';
import { newId } from '../exchange/canonical.ts';
import { DogwatchError } from '../exchange/error.ts';
import { identityKey } from './revocations.ts';
import type { StoreEvent } from './store-events.ts';

/** Approvals that are not over. */
const MAX_OPEN = 1000;
/** Of one identity: an agent in a loop shall not keep the others from asking. */
const MAX_OPEN_EACH = 32;
/** Approvals that are over, kept to be looked at. */
const MAX_OVER = 1000;
const KEEP_OVER = 86_400_000;

/** What asks for leave. */
export type Request = Omit<Approval, 'id' | 'state' | 'asked' | 'expires' | 'decided' | 'used'>;

interface Kept {
  /** What the same request is known by: identity, method, target and body. */
  readonly key: string;
  approval: Approval;
}

export class Approvals {
  readonly #append: (event: StoreEvent) => Promise<void>;
  readonly #now: () => number;
  readonly #all = new Map<string, Kept>();
  readonly #byKey = new Map<string, Kept>();

  constructor({ append, now }: { append: (event: StoreEvent) => Promise<void>; now: () => number }) {
    this.#append = append;
    this.#now = now;
  }

  get size(): number {
    return this.#all.size;
  }

  replay({ key, approval }: Extract<StoreEvent, { e: 'approval' }>): void {
    this.#set(key, approval);
  }

  *snapshot(): Generator<StoreEvent> {
    this.#forget();
    for (const { key, approval } of this.#all.values()) yield { e: 'approval', key, approval };
  }

  /** Newest first, with what has expired said to be so. */
  list(): Approval[] {
    this.#forget();
    return [...this.#all.values()].map(({ approval }) => this.#shown(approval)).reverse();
  }

  get(id: string): Approval | undefined {
    const kept = this.#all.get(id);
    return kept && this.#shown(kept.approval);
  }

  /** What was asked for the same request, and is not over or was denied a while ago. */
  of(key: string): Approval | undefined {
    const kept = this.#byKey.get(key);
    const approval = kept && this.#shown(kept.approval);
    return approval !== undefined && ['pending', 'approved', 'denied'].includes(approval.state) ? approval : undefined;
  }

  /**
   * Asks for leave; on disk when it resolves. The same request is asked for once.
   *
   * @param wait milliseconds that it waits for an answer
   * @throws DogwatchError `too_many_approvals`, `identity_store_failed`
   */
  async ask(key: string, request: Request, wait: number): Promise<Approval> {
    const before = this.of(key);
    if (before !== undefined) return before;
    const who = identityKey(request.identity.issuer, request.identity.subject);
    let open = 0;
    let own = 0;
    for (const approval of this.list()) {
      if (approval.state !== 'pending' && approval.state !== 'approved') continue;
      open += 1;
      if (identityKey(approval.identity.issuer, approval.identity.subject) === who) own += 1;
    }
    if (own >= MAX_OPEN_EACH || open >= MAX_OPEN) {
      throw new DogwatchError(
        'too_many_approvals',
        own >= MAX_OPEN_EACH
          ? `${own} calls of ${request.identity.name} wait for approval already`
          : `${open} calls wait for approval already`,
        { remedy: 'have some approved or denied first' },
      );
    }
    const asked = this.#now();
    const approval: Approval = { id: newId(), state: 'pending', ...request, asked, expires: asked + wait };
    this.#set(key, approval);
    await this.#append({ e: 'approval', key, approval });
    return approval;
  }

  /**
   * Answers; on disk when it resolves. What was approved and not used yet can still be denied.
   *
   * @param use milliseconds in which the call may be made, once, when it is approved
   * @throws DogwatchError `not_found`, `approval_over`, `approval_own`, `identity_store_failed`
   */
  async decide(
    id: string,
    approved: boolean,
    by: { readonly id: string; readonly name: string },
    reason: string | undefined,
    use: number,
  ): Promise<Approval> {
    const kept = this.#all.get(id);
    if (kept === undefined) {
      throw new DogwatchError('not_found', `there is no approval ${JSON.stringify(id.slice(0, 64))}`, {
        remedy: '`dogwatch approvals` lists them',
      });
    }
    const { state, identity } = this.#shown(kept.approval);
    if (state !== 'pending' && !(state === 'approved' && !approved)) {
      throw new DogwatchError('approval_over', `the approval ${id} is ${state}`, {
        remedy: 'the agent can make the call again, which asks anew',
      });
    }
    if (approved && by.id === identityKey(identity.issuer, identity.subject)) {
      throw new DogwatchError('approval_own', `${by.name} asked for this, and cannot approve it`, {
        remedy: 'have another operator look at it',
      });
    }
    const time = this.#now();
    const decided: Approval = {
      ...kept.approval,
      state: approved ? 'approved' : 'denied',
      // What was denied is not asked again until it would have expired.
      expires: approved ? time + use : Math.max(kept.approval.expires, time + use),
      decided: { by, time, ...(reason !== undefined && { reason }) },
    };
    // Leave counts once it is on disk; that it is refused counts at once.
    if (!approved) kept.approval = decided;
    await this.#append({ e: 'approval', key: kept.key, approval: decided });
    if (!approved) return decided;
    if (this.#shown(kept.approval).state !== 'pending') {
      throw new DogwatchError('approval_over', `the approval ${id} was decided by somebody else meanwhile`);
    }
    kept.approval = decided;
    return decided;
  }

  /**
   * Uses up leave. Of two calls at the same moment one gets it; on disk when it resolves, so that no restart gives it back.
   *
   * @returns undefined when there is none
   * @throws DogwatchError `identity_store_failed`
   */
  async spend(key: string, exchange: string): Promise<Approval | undefined> {
    const kept = this.#byKey.get(key);
    if (kept === undefined || this.#shown(kept.approval).state !== 'approved') return undefined;
    kept.approval = { ...kept.approval, state: 'used', used: exchange };
    await this.#append({ e: 'approval', key, approval: kept.approval });
    return kept.approval;
  }

  #shown(approval: Approval): Approval {
    const { state, expires } = approval;
    return state === 'used' || expires > this.#now() ? approval : { ...approval, state: 'expired' };
  }

  #set(key: string, approval: Approval): void {
    const kept = this.#all.get(approval.id);
    if (kept !== undefined) {
      kept.approval = approval;
      return;
    }
    const made: Kept = { key, approval };
    this.#all.set(approval.id, made);
    this.#byKey.set(key, made);
    this.#forget();
  }

  /** Whose approvals are over. */
  past(): Set<string> {
    return new Set(this.#over().map(({ approval: { identity } }) => identityKey(identity.issuer, identity.subject)));
  }

  /** Drops what is over of these identities, `issuer#subject`. */
  drop(identities: ReadonlySet<string>): void {
    for (const kept of this.#over()) {
      const { issuer, subject } = kept.approval.identity;
      if (identities.has(identityKey(issuer, subject))) this.#remove(kept);
    }
  }

  #over(): Kept[] {
    return [...this.#all.values()].filter(
      ({ approval }) => !['pending', 'approved'].includes(this.#shown(approval).state),
    );
  }

  #remove(kept: Kept): void {
    this.#all.delete(kept.approval.id);
    if (this.#byKey.get(kept.key) === kept) this.#byKey.delete(kept.key);
  }

  /** Drops what has been over for a day, and the oldest when too many are over. */
  #forget(): void {
    const over = this.#over();
    const limit = this.#now() - KEEP_OVER;
    for (const [at, kept] of over.entries()) {
      if (kept.approval.expires > limit && at >= over.length - MAX_OVER) continue;
      this.#remove(kept);
    }
  }
}
