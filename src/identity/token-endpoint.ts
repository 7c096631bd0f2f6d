// The token endpoint: an accepted credential in, a short-lived token of Dogwatch's own out (RFC 8693). Its revocation (RFC 7009), and its lease.
import { newId } from '../exchange/canonical.ts';
import type { AuditEvent, Entry } from '../exchange/entry.ts';
import type { Severity } from '../exchange/finding.ts';
import type { Actor, Identity } from '../exchange/identity.ts';
import type { Credential } from './credential.ts';
import { type Form, readForm } from './form.ts';
import type { Minted, VerifySaml } from './grant.ts';
import type { IdentityStore } from './identity-store.ts';
import { mayAct } from './may-act.ts';
import { OAuthError, refusedGrant } from './oauth-error.ts';
import { RateLimit } from './rate-limit.ts';
import { RefusedCredential } from './refused.ts';
import { asOAuthError, createRefusals, RefusedWith } from './token-refusals.ts';
import { ACCESS_TOKEN, GRANT_EXCHANGE, GRANT_SAML, readTokenRequest, type TokenRequest } from './token-request.ts';
import { isTokenText } from './token-text.ts';
import type { Verifier } from './verifier.ts';

/** Longest form accepted, in bytes: a SAML assertion with its certificate, in base64url. */
export const MAX_FORM = 256 * 1024;

/** Seconds that an exchanged token lives. */
export const TOKEN_SECONDS = 3600;
/** Seconds that a renewable token lives without being renewed, and at most. */
export const LEASE_SECONDS = 180;
export const RUN_SECONDS = 24 * 3600;
/** Requests of one address: at once, and a second in the long run. Many jobs may come from behind one address. */
const BURST = 300;
const PER_SECOND = 20;
/** What a refused request costs beyond that. */
const REFUSAL_COST = 2;
const MAX_ACTORS = 8;

/** A request as far as the endpoint looks at it. */
export interface FormRequest {
  /** The body. */
  readonly text: string;
  readonly contentType: string | undefined;
  readonly authorization: string | undefined;
  readonly userAgent: string | undefined;
  /** Address, without the port. */
  readonly source: string;
}

export interface FormAnswer {
  readonly status: number;
  readonly body: object;
  /** A code of codes.ts when it is a refusal. */
  readonly code?: string;
}

/** What a run has done, as its summary says. */
export interface RunSummary {
  readonly session: string;
  readonly calls: number;
  readonly changes: number;
  readonly refusals: number;
  readonly errors: number;
  /** Findings about the session that are open or acknowledged, by severity; as far as the watch has noticed by now. */
  readonly findings: { readonly [Each in Severity]?: number };
  /** Where the session can be looked at. */
  readonly url: string;
}

export interface TokenEndpointOptions {
  readonly verifier: Pick<Verifier, 'check' | 'claimed'>;
  readonly store: IdentityStore;
  /** Makes an entry durable. */
  readonly append: (entry: Entry) => Promise<unknown>;
  /** Where clients reach the gateway, without a slash at the end. */
  readonly publicUrl: string;
  /** Domain, and port where it is not https's own, under which it answers for Datadog's hosts, if it does. */
  readonly site?: string;
  /** Whether there is such a connection and the identity may use it. */
  readonly mayUse: (identity: Identity, connection: string) => boolean;
  readonly verifySaml?: VerifySaml;
  /** What was done in a session so far, all of it; undefined when it cannot be told. */
  readonly summaryOf: (identity: Identity, session: string) => Promise<RunSummary | undefined>;
  /** A credential's keyed fingerprint, for the entry of a refusal. */
  readonly fingerprint: (secret: string) => string;
  /** Milliseconds since the epoch. Default Date.now. */
  readonly now?: () => number;
}

export interface TokenEndpoint {
  /** `POST /oauth2/token`. */
  token(request: FormRequest): Promise<FormAnswer>;
  /** `POST /oauth2/revoke` (RFC 7009). */
  revoke(request: FormRequest): Promise<FormAnswer>;
  /** `POST /oauth2/run`: prolongs a renewable token by its lease, or ends it and tells what the run did. */
  run(request: FormRequest): Promise<FormAnswer>;
  /** RFC 8414. */
  authorizationServer(): object;
  /** RFC 9728. */
  protectedResource(): object;
}

export function createTokenEndpoint(options: TokenEndpointOptions): TokenEndpoint {
  const { verifier, store, append, publicUrl, mayUse, verifySaml, summaryOf, fingerprint, now = Date.now } = options;
  const limit = new RateLimit({ burst: BURST, perSecond: PER_SECOND, now });
  const recordRefusal = createRefusals(append, now);

  async function audit(
    kind: 'identity.token' | 'identity.revoked',
    identity: Identity,
    what: string,
    details: AuditEvent['details'],
    source: string,
  ): Promise<void> {
    const { issuer, subject, name, groups } = identity;
    const event: AuditEvent = { who: { id: `${issuer}#${subject}`, name, groups }, what, details, source };
    await append({ id: newId(), time: now(), kind, parts: { summary: Buffer.from(JSON.stringify(event)) } });
  }

  /** Checks what every form has in common, and makes an answer of whatever is thrown. */
  async function answer(request: FormRequest, handle: (form: Form) => Promise<object>): Promise<FormAnswer> {
    const { source, userAgent } = request;
    try {
      if (!limit.take(source)) throw new OAuthError('slow_down', 'too many requests; wait a little', 'rate_limited');
      const type = request.contentType?.split(';', 1)[0]?.trim().toLowerCase();
      if (type !== 'application/x-www-form-urlencoded') {
        throw new OAuthError('invalid_request', 'send application/x-www-form-urlencoded');
      }
      if (request.authorization !== undefined) {
        throw new OAuthError('invalid_client', 'clients do not authenticate here; leave out Authorization');
      }
      return { status: 200, body: await handle(readForm(request.text)) };
    } catch (error) {
      const refusal = asOAuthError(error);
      if (refusal.code !== 'rate_limited') limit.take(source, REFUSAL_COST);
      if (error instanceof RefusedWith) {
        await recordRefusal({
          code: error.refused.code,
          reason: `token endpoint: ${error.refused.reason}`,
          source,
          ...(userAgent !== undefined && { userAgent: userAgent.slice(0, 512) }),
          ...(error.token !== undefined && {
            fingerprint: fingerprint(error.token),
            claimed: isTokenText(error.token) ? {} : verifier.claimed(error.token),
          }),
        });
      }
      return { status: refusal.status, body: refusal.body, code: refusal.code };
    }
  }

  async function accepted(token: string): Promise<Credential> {
    try {
      return await verifier.check(token);
    } catch (error) {
      throw error instanceof RefusedCredential ? new RefusedWith(error, token) : error;
    }
  }

  async function subjectOf({ subject }: TokenRequest): Promise<Credential> {
    if (subject.type === 'token') return accepted(subject.token);
    if (verifySaml === undefined) {
      throw new OAuthError('invalid_request', 'no SAML identity provider is configured here');
    }
    try {
      const identity = await verifySaml(subject.assertion);
      const credential: Credential = { identity, key: '', cleared: 0, expiresAt: now() };
      store.revocations.check(credential);
      return credential;
    } catch (error) {
      throw error instanceof RefusedCredential ? new RefusedWith(error, undefined) : error;
    }
  }

  /** The subject, acted for by the actor (RFC 8693 section 4.1): the newest actor stands outermost. */
  async function withActor({ identity }: Credential, request: TokenRequest): Promise<Identity> {
    if (request.actor === undefined) return identity;
    const { identity: actor } = await accepted(request.actor);
    if (request.subject.type === 'token' && !mayAct(request.subject.token, actor)) {
      throw new OAuthError('invalid_grant', 'the subject token names another actor in may_act', 'token_unmatched');
    }
    const chain: Actor[] = [{ issuer: actor.issuer, subject: actor.subject }, ...actor.onBehalfOf];
    const onBehalfOf = [...chain, ...identity.onBehalfOf];
    if (onBehalfOf.length > MAX_ACTORS) {
      throw new OAuthError('invalid_grant', `the chain of actors is longer than ${MAX_ACTORS}`, 'token_bad_claims');
    }
    return { ...identity, onBehalfOf };
  }

  /** What is asked for, as far as the subject's own token leaves room for it. */
  function narrowed(
    { grant, identity }: Credential,
    request: TokenRequest,
  ): Pick<TokenRequest, 'connection' | 'action' | 'session' | 'agent'> {
    const connection = request.connection ?? grant?.connection;
    if (grant?.connection !== undefined && connection !== grant.connection) {
      throw new OAuthError('invalid_target', 'the subject token is for another connection', 'token_other_connection');
    }
    if (connection !== undefined && !mayUse(identity, connection)) {
      throw new OAuthError(
        'invalid_target',
        'there is no such connection, or no group may use it',
        'connection_not_allowed',
      );
    }
    const session = request.session ?? identity.session;
    if (identity.session !== undefined && session !== identity.session) {
      throw new OAuthError('invalid_request', 'the subject token is bound to another session', 'token_other_session');
    }
    const action = request.action ?? grant?.action;
    const agent = request.agent ?? grant?.agent;
    return {
      ...(connection !== undefined && { connection }),
      ...(session !== undefined && { session }),
      ...(action !== undefined && { action }),
      ...(agent !== undefined && { agent }),
    };
  }

  async function exchange(form: Form, { source, userAgent }: FormRequest): Promise<object> {
    const request = readTokenRequest(form, publicUrl);
    const subject = await subjectOf(request);
    const identity = await withActor(subject, request);
    const limits = narrowed(subject, request);
    const { grant } = subject;
    // A token of a run stays one, whatever it is exchanged for: it gives no roles.
    const kind = request.renewable || grant?.kind === 'exec' ? 'exec' : 'exchange';
    const minted: Minted = await store.mint({
      kind,
      identity,
      ...limits,
      ...(grant === undefined ? subject.key !== '' && { origin: subject.key } : { parent: grant.id }),
      ttlSeconds: request.renewable ? LEASE_SECONDS : TOKEN_SECONDS,
      ...(request.renewable && { renewableSeconds: RUN_SECONDS }),
    });
    const expires = new Date(minted.expiresAt).toISOString();
    try {
      await audit(
        'identity.token',
        identity,
        `got the token ${minted.id}${kind === 'exec' ? ' for a run' : ''}${limits.action === 'read' ? ', for reading only' : ''}`,
        {
          token: minted.id,
          kind,
          from: request.subject.type === 'saml' ? 'saml' : grant === undefined ? 'jwt' : grant.id,
          expires,
          ...(identity.onBehalfOf.length > 0 && {
            actors: identity.onBehalfOf.map((actor) => `${actor.issuer}#${actor.subject}`),
          }),
          ...limits,
          ...(userAgent !== undefined && { client: userAgent.slice(0, 512) }),
        },
        source,
      );
    } catch (error) {
      // Nobody was told the token, and nobody will be.
      await store.revoke({ by: 'id', id: minted.id }).catch(() => undefined);
      throw error;
    }
    return {
      access_token: minted.token,
      issued_token_type: ACCESS_TOKEN,
      token_type: 'Bearer',
      expires_in: secondsUntil(minted.expiresAt),
      ...(limits.action !== undefined && { scope: limits.action }),
      token_id: minted.id,
      ...(limits.session !== undefined && { session: limits.session }),
      ...(minted.lease !== undefined && { lease: minted.lease }),
      ...(options.site !== undefined && { site: options.site }),
    };
  }

  const secondsUntil = (time: number): number => Math.max(0, Math.floor((time - now()) / 1000));

  async function revoke(form: Form, { source }: FormRequest): Promise<object> {
    const token = form.get('token');
    if (token === undefined) throw new OAuthError('invalid_request', 'token is missing');
    // RFC 7009 section 2.2: an unknown token is no error, since it is gone either way.
    const held = isTokenText(token) ? store.tokens.find(token) : undefined;
    if (held === undefined) {
      if (isTokenText(token)) return {};
      throw new OAuthError('unsupported_token_type', 'only tokens of Dogwatch are revoked here', 'token_unknown');
    }
    if (store.tokens.isAlive(held)) {
      const { id } = held.grant;
      const ended = await store.revoke({ by: 'id', id });
      await audit('identity.revoked', held.identity, `gave back the token ${id}`, { token: id, ended }, source);
    }
    return {};
  }

  async function run(form: Form, { source }: FormRequest): Promise<object> {
    const lease = form.get('lease');
    const held = lease === undefined ? undefined : store.tokens.byLease(lease);
    if (held === undefined) {
      throw new RefusedWith(new RefusedCredential('token_unknown', 'Dogwatch knows no such lease'), undefined);
    }
    const { identity, id } = held.grant;
    if (form.get('end') !== 'true') {
      const end = await store.tokens.renew(held);
      if (end === undefined) throw refusedGrant(held.revoked ? 'token_revoked' : 'token_expired');
      return { expires_in: secondsUntil(end) };
    }
    if (store.tokens.isAlive(held)) {
      const ended = await store.revoke({ by: 'id', id });
      await audit('identity.revoked', identity, `ended the run of the token ${id}`, { token: id, ended }, source);
    }
    const summary = held.entered === undefined ? undefined : await summaryOf(identity, held.entered);
    return { ended: true, ...(summary !== undefined && { run: summary }) };
  }

  return {
    token: (request) => answer(request, (form) => exchange(form, request)),
    revoke: (request) => answer(request, (form) => revoke(form, request)),
    run: (request) => answer(request, (form) => run(form, request)),
    authorizationServer: () => ({
      issuer: publicUrl,
      token_endpoint: `${publicUrl}/oauth2/token`,
      revocation_endpoint: `${publicUrl}/oauth2/revoke`,
      // There is no authorization endpoint: people sign in at the company's own provider.
      response_types_supported: [],
      grant_types_supported: [GRANT_EXCHANGE, ...(verifySaml === undefined ? [] : [GRANT_SAML])],
      token_endpoint_auth_methods_supported: ['none'],
      revocation_endpoint_auth_methods_supported: ['none'],
      scopes_supported: ['read'],
    }),
    protectedResource: () => ({
      resource: publicUrl,
      authorization_servers: [publicUrl],
      bearer_methods_supported: ['header'],
      scopes_supported: ['read'],
      resource_name: 'Dogwatch',
    }),
  };
}
