// Sends a plan through the gateway under the caller's own token, so that it is judged and recorded like any other call.

import { type Change, difference } from '../change/diff.ts';
import { imageIn } from '../datadog/before.ts';
import { serverMade } from '../datadog/server-made.ts';
import { normaliseTarget, targetText } from '../datadog/target.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { RevertPlan, RevertStep } from './impact.ts';
import type { ResourceState } from './resource-changes.ts';

export interface RevertConflict {
  readonly step: number;
  readonly resource: string;
  readonly why: string;
  readonly changes?: readonly Change[];
}

export interface StepResult {
  readonly step: number;
  readonly resource: string;
  readonly status: number;
  readonly exchange: string | null;
  /** Whether it was found as it was before, apart from what Datadog makes itself; absent when nothing tells. */
  readonly restored?: boolean;
  readonly differs?: readonly Change[];
  readonly error?: string;
}

export interface GatewayCaller {
  readonly gateway: string;
  readonly token: string;
  /** The session that the calls are made in. */
  readonly session: string;
}

const TIMEOUT = 60_000;
const MAX_ANSWER = 32 << 20;

interface Answer {
  readonly status: number;
  readonly exchange: string | null;
  readonly text: string;
}

async function send(
  { gateway, token, session }: GatewayCaller,
  connection: string | undefined,
  method: string,
  target: string,
  body?: unknown,
): Promise<Answer> {
  const url = new URL(gateway);
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${url.origin}${targetText(normaliseTarget(target))}`, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT),
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        'x-dogwatch-session': session,
        'x-dogwatch-agent': 'dogwatch revert',
        ...(connection !== undefined && { 'x-dogwatch-connection': connection }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    text = await response.text();
  } catch (cause) {
    throw new DogwatchError('not_found', `no gateway answers at ${url.origin}`, { cause, remedy: 'check --gateway' });
  }
  if (text.length > MAX_ANSWER) throw new DogwatchError('bad_parameter', 'an answer is too long');
  return { status: response.status, exchange: response.headers.get('x-dogwatch-exchange'), text };
}

/** The resource as it is now. */
async function stateNow(caller: GatewayCaller, step: RevertStep): Promise<ResourceState> {
  const { target, pick } = step.check!;
  const { status, text } = await send(caller, step.connection, 'GET', target);
  if (status === 404) return { state: 'absent' };
  if (status !== 200) return { state: 'unknown', why: `reading it was answered ${status}: ${text.slice(0, 200)}` };
  try {
    const value = imageIn(JSON.parse(text), pick);
    return value === undefined ? { state: 'absent' } : { state: 'there', value };
  } catch {
    return { state: 'unknown', why: 'reading it was answered with no JSON' };
  }
}

const REDACTED = /(?:^|\/)redacted:dwfp_/;
/** Differences apart from what Datadog makes itself, and from secrets, of which the record has fingerprints. */
function differing(kind: string, expected: unknown, now: unknown): Change[] {
  return difference(expected, now, serverMade(kind)).changes.filter(
    ({ before }) => !(typeof before === 'string' && REDACTED.test(before)),
  );
}

const nameOf = ({ resource }: RevertStep): string => `${resource.kind}/${resource.id}`;

/** What has changed since what is to be undone. Nothing is changed. */
export async function conflictsOf(plan: RevertPlan, caller: GatewayCaller): Promise<RevertConflict[]> {
  const conflicts: RevertConflict[] = [];
  for (const [at, step] of plan.steps.entries()) {
    const told = { step: at + 1, resource: nameOf(step) };
    if (step.check === undefined) {
      if (step.changedSince.length > 0) conflicts.push({ ...told, why: 'it was changed since' });
      continue;
    }
    const { expected } = step.check;
    const now = await stateNow(caller, step);
    if (now.state === 'unknown') conflicts.push({ ...told, why: now.why });
    else if (expected.state === 'unknown')
      conflicts.push({ ...told, why: `how the change left it is not known: ${expected.why}` });
    else if (now.state !== expected.state)
      conflicts.push({ ...told, why: now.state === 'absent' ? 'it was deleted since' : 'it was made again since' });
    else if (now.state === 'there' && expected.state === 'there') {
      const changes = differing(step.resource.kind, expected.value, now.value);
      if (changes.length > 0) conflicts.push({ ...told, why: 'it was changed since', changes });
    }
  }
  return conflicts;
}

/** Sends the calls in order, and looks at each resource afterwards. Ends at the first that fails. */
export async function applyPlan(plan: RevertPlan, caller: GatewayCaller): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const [at, step] of plan.steps.entries()) {
    const { call, connection, check } = step;
    const answer = await send(caller, connection, call.method, call.target, call.body);
    const told = { step: at + 1, resource: nameOf(step), status: answer.status, exchange: answer.exchange };
    if (answer.status >= 300) {
      results.push({ ...told, error: answer.text.slice(0, 1000) });
      break;
    }
    results.push({ ...told, ...(check && (await restoredBy(caller, step, answer))) });
  }
  return results;
}

async function restoredBy(
  caller: GatewayCaller,
  step: RevertStep,
  answer: Answer,
): Promise<Pick<StepResult, 'restored' | 'differs'>> {
  const { wanted } = step.check!;
  if (wanted.state === 'unknown') return {};
  // What was made again has a new id unless Datadog brought it back: its own answer shows it.
  let now = await stateNow(caller, step);
  if (now.state === 'absent' && step.call.does === 'create') {
    try {
      now = { state: 'there', value: imageIn(JSON.parse(answer.text)) };
    } catch {
      return {};
    }
  }
  if (now.state === 'unknown') return {};
  if (now.state !== 'there' || wanted.state !== 'there') return { restored: now.state === wanted.state };
  const differs = differing(step.resource.kind, wanted.value, now.value);
  return differs.length === 0 ? { restored: true } : { restored: false, differs };
}
