// Everything before sending: route, read the body as far as judging needs it, classify, judge.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Classified, classify, readsBody } from '../datadog/classify.ts';
import { isJson } from '../datadog/json-scan.ts';
import { MCP_PATH } from '../datadog/mcp.ts';
import { hasSecrets, redactTarget } from '../datadog/secrets.ts';
import type { HostKind } from '../datadog/sites.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { Verdict } from '../exchange/exchange.ts';
import type { Credential } from '../identity/credential.ts';
import type { Connection } from '../vault/vault.ts';
import type { Call } from './call.ts';
import { codingsOf, decodeContent } from './content-coding.ts';
import type { GatewayContext } from './context.ts';
import { hostOf } from './forward.ts';
import { announcesBody } from './framing.ts';
import { headerList, headerValue } from './headers.ts';
import { holdsSecret } from './needles.ts';
import { withheldBody } from './recorder.ts';
import { checkDeclaredLength, type ReceivedBody, receiveBody, receiveMore } from './request-body.ts';
import { credentialExposed, exposes, withoutEvidence } from './request-head.ts';
import { admit, askLeave, restrict } from './restrain.ts';
import { routeOf } from './route.ts';
import { type StreamedRequest, streamRequest } from './streamed-request.ts';

const SESSION_HEADER = 'x-dogwatch-session';
const EMPTY = Buffer.alloc(0);

/** An allowed call with everything that forwarding needs. */
export interface Ready {
  readonly connection: Connection;
  readonly kind: HostKind;
  readonly secrets: readonly Buffer[];
  /** The request's body without content-encoding; empty when it was not read as a whole. */
  readonly readable: Buffer;
  readonly body:
    | { readonly whole: Buffer }
    | { readonly streamed: StreamedRequest; readonly length: number | undefined };
}

/** Everything before sending. Fills in the call as it learns, so that a refusal records what was known. @throws DogwatchError */
export async function prepare(
  context: GatewayContext,
  call: Call,
  req: IncomingMessage,
  res: ServerResponse,
  expectsContinue: boolean,
): Promise<Ready> {
  const { head, identity } = call;
  const announced = announcesBody(head.headers);
  if (announced) call.requestBody = withheldBody(Number(headerValue(head.headers, 'content-length') ?? 0), 'not-read');
  if (head.problem) throw head.problem;
  const route = routeOf(
    context.vault,
    context.domain,
    head.headers,
    head.connection,
    identity,
    call.credential.grant?.connection,
  );
  const { connection } = route;
  call.connection = connection;
  const credentialSecrets = context.vault.secretsOf(connection.name);
  const named = headerValue(head.headers, SESSION_HEADER);
  if (named !== undefined) {
    checkSessionOf(call.credential, named);
    call.session = await context.sessions.of(identity, named, call.receivedAt);
  }
  context.revocations?.enter(call.credential, call.session);
  admit(context.restraints, call);
  // What must never be sent to Datadog: the caller's token, nor, should somebody have got hold of it, the credential.
  const exposed = [Buffer.from(head.candidates[0]!), ...credentialSecrets];
  if (exposes(head, credentialSecrets)) {
    call.head = withoutEvidence(head, credentialSecrets);
    call.recordedTarget = '/';
    throw credentialExposed();
  }

  const understand = (body?: Uint8Array): Classified => {
    const classified = describe(context, call, route.hostKind, body);
    call.host = hostOf(connection, classified.host);
    context.mcpClients.name(call, body);
    return classified;
  };

  checkDeclaredLength(req, context.limits.requestBody);
  if (!announced) {
    const classified = understand();
    const held = judge(context, call, connection);
    if (held) await leave(context, call, connection, held, EMPTY);
    return { connection, kind: classified.host, secrets: credentialSecrets, readable: EMPTY, body: { whole: EMPTY } };
  }
  if (expectsContinue) res.writeContinue();
  const received = await receive(context, call, req, understand);
  if (!('whole' in received)) {
    const classified = understand();
    call.requestBody = { info: { size: 0, recorded: 0, chunks: [] } };
    const held = judge(context, call, connection);
    if (held) await leave(context, call, connection, held, undefined);
    const streamed = streamRequest(
      call.exchange,
      req,
      received.beginning,
      context.recorder,
      exposed,
      context.limits.requestBody,
    );
    const declared = headerValue(head.headers, 'content-length');
    return {
      connection,
      kind: classified.host,
      secrets: credentialSecrets,
      readable: EMPTY,
      body: { streamed, length: declared === undefined ? undefined : Number(declared) },
    };
  }
  const body = received.whole;
  const encoding = headerList(head.headers, 'content-encoding');
  const readable =
    encoding === undefined || body.length === 0
      ? body
      : Buffer.from(await decodeContent(body, codingsOf(encoding), context.limits.decompressed));
  // Its redacted form is kept until the exchange is recorded.
  if (readable !== body && readable.length > context.limits.hold) call.held.take(readable.length);
  if (holdsSecret(readable, exposed)) {
    call.requestBody = withheldBody(body.length, 'holds-credential');
    understand();
    throw credentialExposed();
  }
  const classified = understand(readable);
  checkReadable(call, body, readable);
  const made = context.recorder.recordable(
    call.classification.operation,
    'request',
    body,
    headerValue(head.headers, 'content-type'),
    encoding,
  );
  call.requestBody = made instanceof Promise ? await made : made;
  const held = judge(context, call, connection);
  if (held) await leave(context, call, connection, held, body);
  return { connection, kind: classified.host, secrets: credentialSecrets, readable, body: { whole: body } };
}

/** Names the call from what is known of it, for judging and for the record. */
function describe(context: GatewayContext, call: Call, host: HostKind | undefined, body?: Uint8Array): Classified {
  const { method, target, headers } = call.head;
  const contentType = headerValue(headers, 'content-type');
  const request: Parameters<typeof classify>[0] = {
    method,
    target,
    // Whatever else is asked of the MCP host is judged, and sent, as what it would be on the others.
    host: host === 'mcp' && target.path !== MCP_PATH ? undefined : host,
    ...(body && { body }),
    ...(contentType !== undefined && { contentType }),
  };
  let classified: Classified;
  try {
    classified = classify(request, context.fingerprint);
  } catch (error) {
    // Too many things to judge. The record still says which operation it was, if the path alone tells.
    if (body) describe(context, call, host);
    else call.recordedTarget = '/';
    throw error;
  }
  call.classification = classified.classification;
  call.recordedTarget = redactTarget(classified, target, context.fingerprint);
  return classified;
}

/** Names a call that was refused before it was understood; its path may hold a secret. */
export function describeRefused(context: GatewayContext, call: Call): void {
  if (call.host !== '' || call.head.target.path === '/') return;
  try {
    describe(context, call, undefined);
  } catch {
    // It is refused for another reason already, and what cannot be described is left out.
  }
}

/** Reads the body as far as judging needs it: to the end where the judgement or the redaction depends on what it says. */
async function receive(
  context: GatewayContext,
  call: Call,
  req: IncomingMessage,
  understand: () => Classified,
): Promise<ReceivedBody> {
  const { limits } = context;
  const received = await receiveBody(req, limits.hold);
  if ('whole' in received) return received;
  understand();
  const { operation } = call.classification;
  if (!readsBody(operation) && !hasSecrets(operation, 'request')) return received;
  call.held.take(limits.decompressed);
  const more = await receiveMore(req, received.beginning, limits.decompressed);
  if ('whole' in more) {
    call.held.give(limits.decompressed - more.whole.length);
    return more;
  }
  throw new DogwatchError(
    'request_too_large',
    `a body of ${operation} is judged by what it says, and this one is longer than ${limits.decompressed} bytes`,
    { remedy: 'send it in smaller pieces' },
  );
}

/**
 * Where the ids that rules speak of stand in the body, the body must be what everybody reads as the same: strict JSON in UTF-8
 * (RFC 8259 section 8.1). MCP messages that are not are judged as the worst they can be.
 * @throws DogwatchError bad_encoding
 */
function checkReadable(call: Call, body: Buffer, readable: Buffer): void {
  const { operation } = call.classification;
  if (body.length === 0 || !readsBody(operation) || operation.startsWith('mcp.') || isJson(readable)) return;
  throw new DogwatchError('bad_encoding', `a body of ${operation} is judged by what it says, and this one is no JSON`, {
    remedy: 'send strict JSON in UTF-8 without a byte order mark',
  });
}

/** A token that was minted for a session is good for no other. @throws DogwatchError token_other_session */
function checkSessionOf({ identity, grant }: Credential, named: string): void {
  if (grant === undefined || identity.session === undefined || identity.session === named) return;
  throw new DogwatchError('token_other_session', 'the token is bound to a session, and the request names another', {
    remedy: `leave out the ${SESSION_HEADER} header`,
  });
}

type Held = Pick<Verdict, 'rule' | 'reason'>;

/** Where nobody can approve anything, what is held is refused. @throws DogwatchError as `askLeave`; `denied` */
function leave(
  { restraints }: GatewayContext,
  call: Call,
  connection: Connection,
  held: Held,
  body: Uint8Array | undefined,
): Promise<void> {
  if (restraints) return askLeave(restraints, call, connection, held, body);
  throw new DogwatchError(
    'denied',
    `rule ${JSON.stringify(held.rule)} holds this call, and nobody can approve it here`,
  );
}

const TOKEN_READ_ONLY: Verdict = {
  decision: 'deny',
  rule: 'token-read-only',
  reason: 'The token may be used for reading only.',
};

/** Judges. @returns what somebody has to approve first, and why; undefined when the call may be made. @throws DogwatchError */
function judge(context: GatewayContext, call: Call, connection: Connection): Held | undefined {
  const { head, credential } = call;
  if (credential.grant?.action === 'read' && call.classification.action !== 'read') {
    call.verdict = TOKEN_READ_ONLY;
    throw new DogwatchError(
      'token_read_only',
      `this token is for reading only, and ${call.classification.operation} is not a read`,
      { remedy: 'use a token without the scope read' },
    );
  }
  call.verdict = context.judge({
    identity: call.identity,
    classification: call.classification,
    connection,
    session: call.session,
    source: call.source,
    method: head.method,
    path: head.target.path,
    query: head.target.query,
  });
  const { decision, rule, reason } = call.verdict;
  if (decision !== 'deny') {
    const containment = restrict(call);
    if (decision === 'hold') return call.verdict;
    return containment && { rule: `containment:${containment.id}`, reason: containment.reason };
  }
  throw new DogwatchError(
    'denied',
    `rule ${JSON.stringify(rule)} refuses ${call.classification.operation} for ${call.identity.name}`,
    { ...(reason !== undefined && { remedy: reason }) },
  );
}
