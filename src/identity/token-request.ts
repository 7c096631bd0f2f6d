// What a client asks of the token endpoint, read from its form: RFC 8693 token exchange, or an RFC 7522 SAML assertion.
import type { Form } from './form.ts';
import { OAuthError } from './oauth-error.ts';

export const GRANT_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const GRANT_SAML = 'urn:ietf:params:oauth:grant-type:saml2-bearer';
export const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
export const SAML2 = 'urn:ietf:params:oauth:token-type:saml2';
const JWT_TYPES = new Set([
  ACCESS_TOKEN,
  'urn:ietf:params:oauth:token-type:id_token',
  'urn:ietf:params:oauth:token-type:jwt',
]);

/** A session's name, as the `x-dogwatch-session` header may have it. */
const SESSION = /^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,127}$/;
const AGENT = /^[\x21-\x7e](?:[\x20-\x7e]{0,126}[\x21-\x7e])?$/;
const CONNECTION = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** A credential that is to be exchanged. */
export type Presented =
  | { readonly type: 'token'; readonly token: string }
  | { readonly type: 'saml'; readonly assertion: string };

export interface TokenRequest {
  readonly subject: Presented;
  /** The party that acts for the subject. */
  readonly actor?: string;
  readonly connection?: string;
  readonly action?: 'read';
  readonly session?: string;
  readonly agent?: string;
  /** Alive for a short while, and prolonged by whoever holds the lease. */
  readonly renewable: boolean;
}

/** @throws OAuthError */
export function readTokenRequest(form: Form, publicUrl: string): TokenRequest {
  for (const name of ['client_secret', 'client_assertion']) {
    if (form.has(name)) throw new OAuthError('invalid_client', 'clients do not authenticate here; leave it out');
  }
  const subject = subjectOf(form);
  const connection = connectionOf(form, publicUrl);
  const session = form.get('session');
  if (session !== undefined && !SESSION.test(session)) {
    throw new OAuthError('invalid_request', 'session is not made of 1 to 128 letters, digits and . _ : @ / -');
  }
  const agent = form.get('agent');
  if (agent !== undefined && !AGENT.test(agent)) {
    throw new OAuthError('invalid_request', 'agent is not made of 1 to 128 printable ASCII characters');
  }
  const renewable = form.get('renewable') ?? 'false';
  if (renewable !== 'true' && renewable !== 'false') {
    throw new OAuthError('invalid_request', 'renewable is neither true nor false');
  }
  const actor = actorOf(form);
  const scopes = new Set((form.get('scope') ?? '').split(' ').filter((scope) => scope !== ''));
  const action = scopes.delete('read') ? 'read' : undefined;
  if (scopes.size > 0) throw new OAuthError('invalid_scope', 'the only scope there is is read');
  return {
    subject,
    renewable: renewable === 'true',
    ...(actor !== undefined && { actor }),
    ...(connection !== undefined && { connection }),
    ...(action !== undefined && { action }),
    ...(session !== undefined && { session }),
    ...(agent !== undefined && { agent }),
  };
}

function subjectOf(form: Form): Presented {
  const grantType = required(form, 'grant_type');
  if (grantType === GRANT_SAML) return { type: 'saml', assertion: decodedAssertion(required(form, 'assertion')) };
  if (grantType !== GRANT_EXCHANGE) {
    throw new OAuthError('unsupported_grant_type', `grant_type is ${GRANT_EXCHANGE} or ${GRANT_SAML}`);
  }
  const token = required(form, 'subject_token');
  const type = required(form, 'subject_token_type');
  const requested = form.get('requested_token_type') ?? ACCESS_TOKEN;
  if (requested !== ACCESS_TOKEN) {
    throw new OAuthError('invalid_request', `the only token type that is issued is ${ACCESS_TOKEN}`);
  }
  if (type === SAML2) return { type: 'saml', assertion: decodedAssertion(token) };
  if (!JWT_TYPES.has(type)) throw new OAuthError('invalid_request', 'subject_token_type is not one that is accepted');
  return { type: 'token', token };
}

function actorOf(form: Form): string | undefined {
  const token = form.get('actor_token');
  const type = form.get('actor_token_type');
  if (token === undefined && type === undefined) return undefined;
  if (token === undefined || type === undefined) {
    throw new OAuthError('invalid_request', 'actor_token and actor_token_type go together');
  }
  if (!JWT_TYPES.has(type)) throw new OAuthError('invalid_request', 'actor_token_type is not one that is accepted');
  return token;
}

/** By its name as `audience`, or by its address `<gateway>/c/<name>` as `resource` (RFC 8693 section 2.1, RFC 8707). */
function connectionOf(form: Form, publicUrl: string): string | undefined {
  const audience = form.get('audience');
  const resource = form.get('resource');
  const named = resource === undefined ? undefined : connectionIn(resource, publicUrl);
  const byAudience = audience === undefined || audience === publicUrl ? undefined : audience;
  if (byAudience !== undefined && named !== undefined && byAudience !== named) {
    throw new OAuthError('invalid_target', 'resource and audience name different connections', 'connection_ambiguous');
  }
  const connection = byAudience ?? named;
  if (connection !== undefined && !CONNECTION.test(connection)) {
    throw new OAuthError('invalid_target', 'there is no such connection', 'unknown_connection');
  }
  return connection;
}

function connectionIn(resource: string, publicUrl: string): string | undefined {
  const url = URL.parse(resource);
  if (url === null || url.hash !== '' || url.origin !== new URL(publicUrl).origin) {
    throw new OAuthError('invalid_target', `resource is not an address of ${publicUrl}`, 'unknown_connection');
  }
  return /^\/c\/([^/]+)/.exec(url.pathname)?.[1];
}

function decodedAssertion(text: string): string {
  const bytes = Buffer.from(text, 'base64url');
  // With or without padding (RFC 7522 section 2.1), and otherwise as it must be written.
  if (bytes.length === 0 || bytes.toString('base64url') !== text.replace(/={0,2}$/, '')) {
    throw new OAuthError('invalid_request', 'the assertion is not base64url');
  }
  return bytes.toString('utf8');
}

function required(form: Form, name: string): string {
  const value = form.get(name);
  if (value === undefined) throw new OAuthError('invalid_request', `${name} is missing`);
  return value;
}
