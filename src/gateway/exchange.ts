// One exchange, step by step: identify, route, classify, judge, record the intent, forward, record the outcome, release.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { newId } from '../exchange/canonical.ts';
import { CODES } from '../exchange/codes.ts';
import { DogwatchError } from '../exchange/error.ts';
import { type Call, type Ending, intentOf, newCall, outcomeOf } from './call.ts';
import type { GatewayContext } from './context.ts';
import { forward } from './forward.ts';
import { HeldShare } from './held-budget.ts';
import { identify, type RefusedTokens } from './identify.ts';
import { describeRefused, prepare, type Ready } from './prepare.ts';
import { NO_BODY, type RecordableBody } from './recorder.ts';
import { answerRefusal, statusOf, toDogwatchError } from './refusal.ts';
import { readHead } from './request-head.ts';
import { responder } from './respond.ts';
import { count, observeLatency } from './stats.ts';
import type { UnrecordedOutcomes } from './unrecorded.ts';

export interface ExchangeTools {
  readonly context: GatewayContext;
  readonly refusedTokens: RefusedTokens;
  readonly unrecorded: UnrecordedOutcomes;
}

/** Carries one request through. Never rejects; `finished` is called once, when nothing of the exchange is left to do. */
export async function runExchange(
  tools: ExchangeTools,
  req: IncomingMessage,
  res: ServerResponse,
  expectsContinue: boolean,
  finished: () => void,
): Promise<void> {
  const { context } = tools;
  const exchange = newId();
  const receivedAt = Date.now();
  const started = performance.now();
  const source = `${req.socket.remoteAddress ?? ''}:${req.socket.remotePort ?? 0}`;
  const head = readHead(req);
  const refuse = (thrown: unknown): void => {
    const error = toDogwatchError(thrown);
    count(context.stats.refusals, error.code);
    if (error.code === 'internal') context.log.error({ exchange, err: error.cause }, 'defect');
    answerRefusal(req, res, exchange, error, context.challenge(error.code));
  };
  let call: Call;
  try {
    if (context.draining)
      throw new DogwatchError('shutting_down', 'the gateway is stopping', { remedy: 'try again in a moment' });
    if (context.stats.inFlight > context.limits.inFlight)
      throw new DogwatchError('overloaded', 'too many requests are in flight', { remedy: 'try again in a moment' });
    const credential = await identify(context, head);
    const session = await context.sessions.of(credential.identity, undefined, receivedAt);
    const held = new HeldShare(context.heldBudget);
    const { httpVersion } = req;
    call = newCall({ exchange, receivedAt, started, source, httpVersion, head, credential, session, held });
  } catch (thrown) {
    const error = toDogwatchError(thrown);
    if (statusOf(error.code) === 401 || error.code === 'issuer_unavailable')
      await tools.refusedTokens.record(exchange, head, source, error, receivedAt);
    refuse(error);
    return finished();
  }
  const over = (): void => {
    call.held.release();
    finished();
  };
  const end = (ending: Ending, response: RecordableBody): Promise<void> => recordEnd(tools, call, ending, response);
  let ready: Ready;
  try {
    ready = await prepare(context, call, req, res, expectsContinue);
    if (call.classification.action !== 'read' || 'streamed' in ready.body) {
      const imaging = context.images.before(call, ready.connection, ready.readable);
      if (imaging) call.imaged = await imaging;
      await context.recorder.intent(intentOf(call), call.requestBody, call.imaged?.before);
      call.intentRecorded = true;
    }
  } catch (thrown) {
    const error = toDogwatchError(thrown);
    try {
      describeRefused(context, call);
      if (error.code !== 'journal_unavailable' && error.code !== 'journal_failed')
        await end({ outcome: 'refused', error }, NO_BODY);
      refuse(error);
    } catch (failure) {
      refuse(failure);
    }
    return over();
  }
  send(context, call, ready, res, end, refuse, over);
}

function send(
  context: GatewayContext,
  call: Call,
  ready: Ready,
  res: ServerResponse,
  end: (ending: Ending, response: RecordableBody) => Promise<void>,
  refuse: (error: unknown) => void,
  finished: () => void,
): void {
  const { connection, body, kind, secrets } = ready;
  const streamed = 'streamed' in body ? body.streamed : undefined;
  const sink = responder({
    call,
    res,
    recorder: context.recorder,
    secrets,
    hold: context.limits.hold,
    holdSecrets: context.limits.decompressed,
    refuse,
    done: finished,
    async end(ending, response) {
      if (!streamed) return end(ending, response);
      const failure = streamed.failure();
      const ended = { ...ending, requestBody: await streamed.finish() };
      await end(failure ? { ...ended, outcome: 'client-aborted', error: failure } : ended, response);
      if (failure) throw failure;
    },
  });
  let credential: ReturnType<GatewayContext['vault']['credentialNow']>;
  try {
    credential = context.vault.credentialNow(connection.name);
  } catch (error) {
    sink.error(toDogwatchError(error));
    return;
  }
  const [bytes, length] =
    'whole' in body ? [body.whole.length > 0 ? body.whole : null, undefined] : [body.streamed.pieces, body.length];
  forward(context.upstreams, call, connection, kind, credential, bytes, length, sink);
}

/** Makes the end of an exchange durable, and counts it. @throws DogwatchError when the journal cannot take it. */
async function recordEnd(tools: ExchangeTools, call: Call, ending: Ending, response: RecordableBody): Promise<void> {
  const { context } = tools;
  if (ending.outcome === 'refused' && call.verdict.rule === 'not-judged') {
    call.verdict = { decision: 'deny', rule: ending.error!.code, reason: CODES[ending.error!.code].means };
  }
  const after = call.imaged && (await context.images.after(call, call.imaged, ending));
  const outcome = { ...outcomeOf(call, ending), ...(after && { after: after.info }) };
  const status = ending.response?.status ?? (ending.error ? statusOf(ending.error.code) : 0);
  count(context.stats.exchanges, `${call.classification.action} ${ending.outcome} ${Math.floor(status / 100)}xx`);
  observeLatency(context.stats, outcome.timing.completed);
  context.stats.bytesReceived += ending.requestBody?.info.size ?? call.requestBody.info.size;
  context.stats.bytesSent += ending.response?.body.size ?? 0;
  try {
    if (call.intentRecorded) await context.recorder.outcome(outcome, response, after);
    else await context.recorder.whole({ ...intentOf(call), ...outcome }, call.requestBody, response);
  } catch (error) {
    if (!call.intentRecorded) throw error;
    tools.unrecorded.add(call.exchange);
    if (call.classification.action === 'read') throw error;
    throw new DogwatchError('outcome_unrecorded', 'Datadog was asked, and its answer could not be recorded', {
      cause: error,
      remedy: 'the change may have been made; look before trying again',
    });
  }
}
