// Replays a recorded session against a target, call by call, and tells what each of them did and where it went another way.
import { difference } from '../change/diff.ts';
import { operationByKey } from '../datadog/catalogue.ts';
import { serverMade } from '../datadog/server-made.ts';
import { Blame } from './blame.ts';
import { type Divergence, differencesOf, type Found } from './compare.ts';
import { readsState } from './executed.ts';
import { IdMap } from './id-map.ts';
import { Impact } from './impact.ts';
import { type ErasedCall, isErased, jsonOf, type RecordedCall, type Recording, succeeded } from './recording.ts';
import type { Replay, StateChange, Step } from './report.ts';
import type { Images, ReplayTarget, TargetAnswer, TargetRequest } from './target.ts';

export interface ReplayOptions {
  /** The target of each connection's calls. */
  readonly targets: ReadonlyMap<string, ReplayTarget>;
  readonly origin: Replay['origin'];
  /** The last call that is replayed. */
  readonly until?: number;
  readonly skip?: ReadonlySet<number>;
  /** Other bodies for calls, by number. */
  readonly edits?: ReadonlyMap<number, Uint8Array>;
  /** Told of each step when it is done; the next waits for it. */
  readonly onStep?: (step: Step) => void | Promise<void>;
  /** Waits between calls as long as the session did. */
  readonly pause?: (milliseconds: number) => Promise<void>;
}

/** Replays the calls in their order. @throws DogwatchError when a target cannot be reached */
export async function replay(recording: Recording, options: ReplayOptions): Promise<Replay> {
  const run = new Run(options);
  const calls = recording.calls.slice(0, options.until ?? recording.calls.length);
  const steps: Step[] = [];
  for (const [i, call] of calls.entries()) {
    const before = calls[i - 1];
    if (before && options.pause) await options.pause(Math.max(0, call.time - before.time));
    const step = await run.step(i + 1, call);
    steps.push(step);
    await options.onStep?.(step);
  }
  const { impact, missing } = run.result();
  return {
    session: recording.session,
    against: [...new Set([...options.targets.values()].map(({ name }) => name))].join(', '),
    verified: recording.verified,
    origin: options.origin,
    steps,
    impact,
    ids: run.pairs(),
    missing,
    divergences: steps.reduce((sum, { divergences }) => sum + divergences.length, 0),
  };
}

/** What is kept of one connection during a replay. */
interface Lane {
  readonly target: ReplayTarget;
  readonly ids: IdMap;
  readonly impact: Impact;
}

class Run {
  readonly #options: ReplayOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #blame = new Blame();

  constructor(options: ReplayOptions) {
    this.#options = options;
    for (const [connection, target] of options.targets) {
      this.#lanes.set(connection, { target, ids: new IdMap(), impact: new Impact(connection) });
    }
  }

  pairs(): [string, string][] {
    return [...this.#lanes.values()].flatMap(({ ids }) => ids.pairs.map(([from, to]): [string, string] => [from, to]));
  }

  result(): Pick<Replay, 'impact' | 'missing'> {
    const lanes = [...this.#lanes.values()].map(({ impact, ids }) => impact.result(ids, this.#blame));
    return { impact: lanes.flatMap(({ impact }) => impact), missing: lanes.flatMap(({ missing }) => missing) };
  }

  async step(n: number, call: RecordedCall | ErasedCall): Promise<Step> {
    const base = { n, exchange: call.exchange, time: call.time };
    if (isErased(call)) {
      const why = 'what was recorded of it has been erased';
      return {
        ...base,
        operation: '(erased)',
        tags: [],
        how: 'stepped-over',
        why,
        status: {},
        changes: [],
        divergences: [],
      };
    }
    const { operation, action, risk, tags, method, status } = call;
    const told = { ...base, operation, action, risk, tags, method, target: call.target };
    const recordedStatus = status === undefined ? {} : { recorded: status };
    const still = { status: recordedStatus, changes: [], divergences: [] };
    const lane = this.#lanes.get(call.connection);
    if (this.#options.skip?.has(n)) {
      if (changes(call)) {
        this.#blame.mark(call, `call ${n} (${operation}) was skipped`);
        lane?.impact.recorded(call);
      }
      return { ...told, ...still, how: 'skipped' };
    }
    if (action === 'read' && !readsState(operation)) {
      return { ...told, ...still, how: 'from-recording', why: 'it asks for data, which only the recording has' };
    }
    const edit = this.#options.edits?.get(n);
    const over = lane === undefined ? 'its connection is not known' : steppedOver(call, edit, lane.target.name);
    if (lane === undefined || over !== undefined) {
      // Whether it acted or not, what it was about is not known from here on; one that was refused did not act.
      if (call.outcome !== 'refused' && action !== 'read')
        this.#blame.mark(call, `call ${n} (${operation}) was stepped over`);
      return { ...told, ...still, how: 'stepped-over', why: over ?? '' };
    }
    const request = requestOf(call, lane.ids, edit);
    const mutates = action !== 'read';
    const earlier = mutates ? await lane.target.look(request) : NOTHING;
    const answer = await lane.target.send(request);
    const later = mutates ? await lane.target.look(request, answer) : NOTHING;
    if (edit && changes(call)) this.#blame.mark(call, `call ${n} (${operation}) was edited`);
    if (succeeded(status) && succeeded(answer.status)) lane.ids.learn(jsonOf(call.response), answer.body);
    const changed = stateChanges(earlier, later);
    if (mutates) {
      lane.impact.recorded(call);
      lane.impact.changed(n, call, earlier, later);
    }
    const divergences = this.#divergences(call, lane, answer, edit === undefined ? undefined : n);
    if (divergences.length > 0 && mutates) this.#blame.mark(call, divergences[0]!.because);
    return {
      ...told,
      target: request.target,
      how: 'executed',
      ...(edit && { edited: true as const }),
      status: { ...recordedStatus, actual: answer.status },
      changes: changed,
      divergences,
    };
  }

  #divergences(
    call: RecordedCall,
    { ids, target }: Lane,
    answer: TargetAnswer,
    edited: number | undefined,
  ): Divergence[] {
    const found: Found[] = [];
    if (call.status !== answer.status) {
      found.push({ where: 'status', path: '', recorded: call.status, actual: answer.status });
    } else if (succeeded(call.status) && call.responseMissing === undefined) {
      const kind = operationByKey(call.operation)?.resource.kind ?? '';
      found.push(...differencesOf(kind, ids.inValue(jsonOf(call.response)), answer.body));
    }
    if (found.length === 0) return [];
    const because =
      this.#blame.of(call) ?? (edited === undefined ? guess(call, answer, target.name) : `call ${edited} was edited`);
    return found.map((each) => ({ ...each, because }));
  }
}

const NOTHING: Images = new Map();

const changes = (call: RecordedCall): boolean => call.action !== 'read' && succeeded(call.status);

/** Why a call is not sent; undefined when it is. */
function steppedOver(call: RecordedCall, edit: Uint8Array | undefined, target: string): string | undefined {
  switch (call.outcome) {
    case 'refused':
      return 'Dogwatch refused it: it never reached Datadog';
    case 'unknown':
      return 'the gateway ended before the answer came: whether Datadog acted is not known';
    case 'pending':
      return 'it has no outcome yet';
    case 'upstream-failed':
      return 'Datadog gave no usable answer: whether it acted is not known';
    case 'client-aborted':
      if (call.status === undefined) return 'the agent went away before the answer: whether Datadog acted is not known';
  }
  if (operationByKey(call.operation) === undefined) {
    return call.operation.startsWith('mcp.')
      ? 'tools of an MCP server are not replayed'
      : 'it is no operation that the catalogue knows';
  }
  if (edit === undefined && call.cannotSend !== undefined) return call.cannotSend;
  if (edit === undefined && call.redacted && target !== 'sandbox')
    return 'its body held secrets, which the record does not have';
  return undefined;
}

function requestOf(call: RecordedCall, ids: IdMap, edit: Uint8Array | undefined): TargetRequest {
  const { operation, method, target, contentType, time } = call;
  const body = edit ?? call.request;
  const json = ids.size === 0 ? undefined : jsonOf(body);
  const sent = json === undefined ? body : Buffer.from(JSON.stringify(ids.inValue(json)));
  return {
    operation,
    method,
    target: ids.inText(target),
    time,
    ...(contentType !== undefined && { contentType }),
    ...(sent && sent.length > 0 && { body: sent }),
  };
}

/** What became another between two looks. */
function stateChanges(before: Images, after: Images): StateChange[] {
  const found: StateChange[] = [];
  for (const [key, { kind, id, text }] of after) {
    const old = before.get(key);
    if (old?.text === text) continue;
    if (old === undefined) found.push({ kind, id, effect: 'created', changes: [] });
    else {
      const { changes } = difference(JSON.parse(old.text), JSON.parse(text), serverMade(kind));
      if (changes.length > 0) found.push({ kind, id, effect: 'updated', changes });
    }
  }
  for (const [key, { kind, id }] of before) {
    if (!after.has(key)) found.push({ kind, id, effect: 'deleted', changes: [] });
  }
  return found;
}

/** The likeliest reason when nothing that was skipped, edited or unknown explains it. */
function guess(call: RecordedCall, answer: TargetAnswer, target: string): string {
  const { status = 0 } = call;
  const what = target === 'sandbox' ? 'the sandbox' : `connection ${target}`;
  if (status === 429) return "Datadog's rate limit was reached then";
  if (status >= 500) return `Datadog failed then, with status ${status}`;
  if (status === 403 && answer.status < 300) return `the credential lacked a permission then; ${what} allows it`;
  if (succeeded(status) && answer.status === 404) return 'the record does not show what was there before the session';
  if (succeeded(status) && answer.status >= 400) return `${what} refuses what Datadog took`;
  if (status >= 400 && answer.status < 300) return `${what} takes what Datadog refused`;
  if (call.action === 'read') return 'the record does not show all that was there before the session';
  return `${what} answers otherwise than Datadog did`;
}
