// The company's OIDC provider, as the gateway uses it: authorization code with PKCE for browsers, and ID tokens that `dogwatch login` brings.
import { hash } from 'node:crypto';
import { decodeJwt } from 'jose';
import * as client from 'openid-client';
import { Agent, fetch } from 'undici';
import type { Identity } from '../exchange/identity.ts';
import { issuerSchema } from './config.ts';
import { MAX_DOCUMENT } from './fetch-json.ts';
import type { IssuerProbe } from './issuer-keys.ts';
import { quoted, RefusedCredential } from './refused.ts';
import type { OidcProviderConfig } from './sign-in-config.ts';
import type { UsedIds } from './used-ids.ts';
import { createVerifier } from './verifier.ts';

/** Milliseconds for which what the provider says of itself is used. */
const DISCOVERY_LIFETIME = 10 * 60_000;
/** Seconds that each request to the provider may take. */
const TIMEOUT = 5;

export interface OidcContext {
  /** Origin of the API as browsers see it. */
  readonly url: string;
  readonly clientSecret: string | undefined;
  readonly used: UsedIds;
  readonly now: () => number;
}

/** What binds an answer to the sign-in that began in this browser. */
export interface OidcRequest {
  readonly state: string;
  readonly nonce: string;
  /** PKCE code verifier (RFC 7636). */
  readonly verifier: string;
}

export interface OidcProvider {
  readonly config: OidcProviderConfig;
  /** Client of `dogwatch login`. */
  readonly cliClientId: string;
  /** Where to send the browser. @throws RefusedCredential `sign_in_unavailable` */
  request(request: OidcRequest): Promise<string>;
  /**
   * The person whom the provider's answer, `query` of our callback, speaks of.
   * @throws RefusedCredential `login_*`, `token_*`, `sign_in_unavailable`
   */
  finish(query: string, request: OidcRequest): Promise<Identity>;
  /**
   * The person of an ID token that `dogwatch login` was given.
   * @param nonce what the token must hold; undefined for the device grant, which has none (RFC 8628)
   * @param since milliseconds since the epoch at which the sign-in began; an older token is refused
   */
  acceptIdToken(token: string, expected: { nonce: string | undefined; since: number }): Promise<Identity>;
  /** Fetches metadata and keys. @throws RefusedCredential */
  probe(): Promise<IssuerProbe>;
}

/** A provider that is ready to sign people in. It fetches nothing before it is asked. */
export function createOidcProvider(config: OidcProviderConfig, context: OidcContext): OidcProvider {
  const { issuer, clientId, name, groups, keep, claims, algorithms, clockTolerance } = config;
  const { url, used, now } = context;
  const cliClientId = config.cliClientId ?? clientId;
  const redirectUri = `${url}/auth/callback`;
  const insecure = issuer.startsWith('http:');
  const shared = { name, issuer, kind: 'person', groups, keep, algorithms, clockTolerance, claims } as const;
  // One for each client: a token for the one is none for the other.
  const verifierFor = (audience: string) => createVerifier([issuerSchema.parse({ ...shared, audience })], { now });
  const web = verifierFor(clientId);
  const cli = cliClientId === clientId ? web : verifierFor(cliClientId);
  let known: { readonly configuration: client.Configuration; readonly until: number } | undefined;

  async function discovered(): Promise<client.Configuration> {
    if (known !== undefined && known.until > now()) return known.configuration;
    const { clientSecret } = context;
    const configuration = await client
      .discovery(
        new URL(issuer),
        clientId,
        { redirect_uris: [redirectUri], [client.clockTolerance]: clockTolerance },
        clientSecret === undefined ? client.None() : secretAuth(clientSecret),
        {
          timeout: TIMEOUT,
          [client.customFetch]: boundedFetch,
          execute: insecure ? [client.allowInsecureRequests] : [],
        },
      )
      .catch((error: unknown) => {
        throw unavailable(config, error);
      });
    // openid-client fetches from the issuer it is given; section 4.3 wants the same text, also in a trailing slash.
    const said = configuration.serverMetadata().issuer;
    if (said !== issuer) throw unavailable(config, new Error(`it says it is ${quoted(said)}`));
    known = { configuration, until: now() + DISCOVERY_LIFETIME };
    return configuration;
  }

  async function identityOf(token: string, verifier: typeof web, audience: string): Promise<Identity> {
    const identity = await verifier.verify(token);
    const { aud, azp } = decodeJwt(token);
    // OpenID Connect core 3.1.3.7: a token for several parties names the one it was issued to.
    if ((Array.isArray(aud) && aud.length > 1 && azp === undefined) || (azp !== undefined && azp !== audience)) {
      throw new RefusedCredential('token_bad_audience', `azp is ${quoted(azp)}, not ${quoted(audience)}`);
    }
    return identity;
  }

  return {
    config,
    cliClientId,
    async request({ state, nonce, verifier }) {
      const target = client.buildAuthorizationUrl(await discovered(), {
        redirect_uri: redirectUri,
        scope: config.scopes.join(' '),
        state,
        nonce,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        response_type: 'code',
      });
      return target.href;
    },
    async finish(query, { state, nonce, verifier }) {
      const configuration = await discovered();
      let token: string | undefined;
      try {
        const answer = await client.authorizationCodeGrant(configuration, new URL(`${redirectUri}?${query}`), {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        token = answer.id_token;
      } catch (error) {
        throw refusalOf(config, error);
      }
      if (token === undefined) throw new RefusedCredential('login_provider_refused', 'the provider gave no ID token');
      return identityOf(token, web, clientId);
    },
    async acceptIdToken(token, { nonce, since }) {
      const identity = await identityOf(token, cli, cliClientId);
      const { nonce: held, iat = 0, exp = 0 } = decodeJwt(token);
      if (nonce !== undefined && held !== nonce) {
        throw new RefusedCredential('login_nonce_mismatch', `nonce is ${quoted(held)}, not this sign-in's`);
      }
      if (iat < Math.floor(since / 1000) - clockTolerance) {
        throw new RefusedCredential('login_token_replayed', `it was issued ${Math.round(since / 1000 - iat)} s before`);
      }
      const first = used.use(hash('sha256', token, 'base64url'), (exp + clockTolerance) * 1000, now());
      if (first === 'used') throw new RefusedCredential('login_token_replayed', 'it was used for a sign-in before');
      if (first === 'full')
        throw new RefusedCredential('sign_in_unavailable', 'too many ID tokens are remembered as used');
      return identity;
    },
    async probe() {
      await discovered();
      return web.probe(name);
    },
  };
}

/** The provider's own choice between the two ways to send a client secret (RFC 6749 section 2.3.1). */
function secretAuth(secret: string): client.ClientAuth {
  const basic: client.ClientAuth = (_server, { client_id }, _body, headers) => {
    const pair = Buffer.from(`${formEncoded(client_id)}:${formEncoded(secret)}`);
    headers.set('authorization', `Basic ${pair.toString('base64')}`);
  };
  const post = client.ClientSecretPost(secret);
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported;
    (methods === undefined || methods.includes('client_secret_basic') ? basic : post)(server, ...rest);
  };
}

/**
 * Text as RFC 6749 appendix B wants it. openid-client's own escapes `-`, `_` and `.` too, which providers that undo no
 * escapes (LemonLDAP::NG) take for a wrong secret; here they stay as they are.
 */
const formEncoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1);

/** Answers are small documents. Redirects are not followed, and nothing is kept open. */
const boundedFetch: client.CustomFetch = async (url, options) => {
  const dispatcher = new Agent({ maxResponseSize: MAX_DOCUMENT, pipelining: 0 });
  try {
    const response = await fetch(url, { ...(options as object), redirect: 'manual', dispatcher });
    const body = await response.arrayBuffer();
    const { status } = response;
    return new Response(status === 204 || status === 304 ? null : body, {
      status: status === 0 ? 502 : status,
      headers: [...response.headers],
    });
  } finally {
    await dispatcher.destroy();
  }
};

function unavailable({ name }: OidcProviderConfig, error: unknown): RefusedCredential {
  return new RefusedCredential('sign_in_unavailable', `${name}: ${whyOf(error)}`);
}

/** Error objects nest their reasons; none of the texts holds a secret. */
function whyOf(error: unknown): string {
  const parts: string[] = [];
  for (let each = error; each instanceof Error && parts.length < 4; each = each.cause) parts.push(each.message);
  return quoted(parts.join(': ') || 'unknown');
}

function refusalOf(config: OidcProviderConfig, error: unknown): RefusedCredential {
  const why = whyOf(error);
  if (error instanceof client.AuthorizationResponseError || error instanceof client.ResponseBodyError) {
    return new RefusedCredential('login_provider_refused', `${config.name} answered ${quoted(error.error)}: ${why}`);
  }
  if (/"nonce"/.test(why.replaceAll('\\"', '"'))) return new RefusedCredential('login_nonce_mismatch', why);
  if (/"iss"|issuer/.test(why.replaceAll('\\"', '"'))) return new RefusedCredential('login_issuer_mismatch', why);
  if (/"state"/.test(why.replaceAll('\\"', '"'))) return new RefusedCredential('login_state_mismatch', why);
  if (error instanceof TypeError || (error instanceof Error && error.name === 'TimeoutError'))
    return unavailable(config, error);
  return new RefusedCredential('login_provider_refused', why);
}
