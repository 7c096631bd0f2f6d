// Containment on the data path: what a contained identity or session may still do, and calls that somebody has to approve.
import { createHash } from 'node:crypto';
import { withoutMcpNumbers } from '../datadog/mcp-numbers.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { Verdict } from '../exchange/exchange.ts';
import type { Containment } from '../exchange/finding.ts';
import type { Identity } from '../exchange/identity.ts';
import type { Approvals } from '../identity/approvals.ts';
import type { Containments } from '../identity/containments.ts';
import type { Operators } from '../identity/operators.ts';
import type { Connection } from '../vault/vault.ts';
import type { Call } from './call.ts';
import { headerValue } from './headers.ts';
import { RefusedWith } from './refusal.ts';

export interface Restraints {
  readonly containments: Pick<Containments, 'of' | 'take'>;
  readonly approvals: Pick<Approvals, 'of' | 'ask' | 'spend'>;
  /** Milliseconds that a call waits for an answer. */
  readonly wait: number;
  /** Tells, and remembers, whether no rule may contain this identity: it is one of the operators. */
  readonly operators: Pick<Operators, 'note'>;
  /** Told when a rule has contained one of them all the same, which has no effect. */
  readonly misplaced: (identity: Identity, session: string) => void;
  /** Told of each call that somebody made for somebody else. */
  readonly delegated: (exchange: string, identity: Identity) => void;
}

/** Remembers on the call what holds for it, and refuses it where no look at the request is needed. @throws DogwatchError `quarantined`, `throttled` */
export function admit(restraints: Restraints | undefined, call: Call): void {
  if (restraints === undefined) return;
  const { identity } = call;
  if (identity.onBehalfOf.length > 0) restraints.delegated(call.exchange, identity);
  const operator = restraints.operators.note(identity);
  const restraint = restraints.containments.of(identity, call.session, () => {
    if (operator) restraints.misplaced(identity, call.session);
    return operator;
  });
  if (restraint === undefined) return;
  call.restraint = restraint;
  const { quarantine, throttles } = restraint;
  if (quarantine) {
    call.verdict = refusedBy(quarantine);
    throw new DogwatchError(
      'quarantined',
      `${placeOf(quarantine)} is quarantined${untilOf(quarantine)}`,
      told(quarantine),
    );
  }
  for (const throttle of throttles) {
    const seconds = restraints.containments.take(throttle);
    if (seconds === 0) continue;
    call.verdict = refusedBy(throttle);
    throw new RefusedWith(
      'throttled',
      `${placeOf(throttle)} may make ${throttle.rate} calls a minute${untilOf(throttle)}`,
      { 'retry-after': String(seconds) },
      told(throttle),
    );
  }
}

/**
 * Refuses a change where the caller may only read. @throws DogwatchError `contained_read_only`
 * @returns the containment that wants leave for the change, if one does
 */
export function restrict(call: Call): Containment | undefined {
  const { restraint, classification } = call;
  if (restraint === undefined || classification.action === 'read') return undefined;
  const { readOnly, approval } = restraint;
  if (readOnly === undefined) return approval;
  call.verdict = refusedBy(readOnly);
  throw new DogwatchError(
    'contained_read_only',
    `${placeOf(readOnly)} may only read${untilOf(readOnly)}, and ${classification.operation} is not a read`,
    told(readOnly),
  );
}

/**
 * Lets the call through when it was approved, once; else refuses it, and asks for leave. The verdict says which of both.
 *
 * @param held what wants leave: the rule, and why
 * @param body of the request as received; undefined when it is too long to be held, and so to be compared later
 * @throws DogwatchError `approval_needed`, `approval_denied`, `too_many_approvals`, `request_too_large`, `identity_store_failed`
 */
export async function askLeave(
  restraints: Restraints,
  call: Call,
  connection: Connection,
  held: Pick<Verdict, 'rule' | 'reason'>,
  body: Uint8Array | undefined,
): Promise<void> {
  const { rule, reason } = held;
  call.verdict = { decision: 'hold', rule, ...(reason !== undefined && { reason }) };
  if (body === undefined) {
    throw new DogwatchError(
      'request_too_large',
      `${call.classification.operation} needs approval, and a body this long cannot be held for it`,
      { remedy: 'send it in smaller pieces' },
    );
  }
  const { approvals, wait } = restraints;
  const key = requestKey(call, connection, body);
  const spent = await approvals.spend(key, call.exchange);
  if (spent?.decided !== undefined) {
    const { by } = spent.decided;
    call.verdict = { decision: 'allow', rule: `approval:${spent.id}`, reason: `${rule}; approved by ${by.name}` };
    return;
  }
  const { identity, classification } = call;
  const { issuer, subject, name } = identity;
  const approval =
    approvals.of(key) ??
    (await approvals.ask(
      key,
      {
        identity: { issuer, subject, name },
        session: call.session,
        connection: connection.name,
        operation: classification.operation,
        action: classification.action,
        method: call.head.method,
        target: call.recordedTarget,
        exchange: call.exchange,
        rule,
      },
      wait,
    ));
  const headers = { 'x-dogwatch-approval': approval.id };
  if (approval.state === 'denied') {
    throw new RefusedWith('approval_denied', `the approval ${approval.id} of this call was denied`, headers, {
      ...(approval.decided?.reason !== undefined && { remedy: approval.decided.reason }),
    });
  }
  throw new RefusedWith(
    'approval_needed',
    `${classification.operation} needs approval (${rule}); ${approval.id} was asked for`,
    headers,
    { remedy: `once an operator has approved it (dogwatch approve ${approval.id}), make the very same call again` },
  );
}

/** What the very same request of the same caller is known by. MCP clients count their messages, and cannot repeat a number. */
function requestKey({ identity, head, host, classification }: Call, connection: Connection, body: Uint8Array): string {
  const { issuer, subject, onBehalfOf } = identity;
  const { method, target, headers } = head;
  const { path, query } = target;
  const means = ['content-type', 'content-encoding'].map((name) => headerValue(headers, name) ?? '');
  const actors = onBehalfOf.map((actor) => [actor.issuer, actor.subject]);
  const said = classification.operation.startsWith('mcp.') ? withoutMcpNumbers(body) : body;
  const line = JSON.stringify([issuer, subject, actors, connection.name, host, method, path, query, means]);
  return createHash('sha256').update(`${line}\n`).update(said).digest('base64url');
}

const refusedBy = ({ id, reason }: Containment): Verdict => ({
  decision: 'deny',
  rule: `containment:${id}`,
  reason,
});

const placeOf = ({ session }: Containment): string => (session === undefined ? 'this identity' : 'this session');
const untilOf = ({ expires }: Containment): string =>
  expires === undefined ? '' : ` until ${new Date(expires).toISOString()}`;
/** The reason is for operators; a caller is told whom to ask. */
const told = ({ id }: Containment): { remedy: string } => ({
  remedy: `stop, and have somebody look; an operator can release it (dogwatch quarantine release ${id})`,
});
