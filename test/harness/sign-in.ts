// An API that people sign in to, for tests: with a real OIDC provider, a SAML one, an identity store, and browsers.
import { randomBytes } from 'node:crypto';
import { createApi } from '../../src/api/api.ts';
import { openIdentityStore } from '../../src/identity/identity-store.ts';
import { createSignIn } from '../../src/identity/sign-in.ts';
import { type SignInConfigInput, signInSchema } from '../../src/identity/sign-in-config.ts';
import { createVerifier } from '../../src/identity/verifier.ts';
import { startHarness } from './api-parts.ts';
import { selfSigned } from './certificate.ts';
import { freePort } from './listening.ts';
import { CLIENT_SECRET, FetchBrowser, startOidcIdp } from './oidc-idp.ts';
import { samlIdp } from './saml-idp.ts';
import { temporaryFolder } from './temporary.ts';

export const GROUPS = { ada: ['security'], olga: ['runners'], root: ['platform'], bob: [] };
/** Assertions are delivered here by nobody in these tests. */
const TOKEN_ENDPOINT = 'http://127.0.0.1:1/oauth2/token';

export type SignInRig = Awaited<ReturnType<typeof startSignInRig>>;

export async function startSignInRig(settings: Partial<SignInConfigInput & object> = {}) {
  const harness = await startHarness();
  const folder = temporaryFolder('sign-in');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const oidc = await startOidcIdp(`${url}/auth/callback`, GROUPS);
  const saml = samlIdp({ acs: `${url}/auth/saml/saml/acs`, audience: `${url}/auth/saml/saml/metadata` });
  const sp = selfSigned(['127.0.0.1'], 7, 'rsa');
  const config = signInSchema.parse({
    providers: [
      { name: 'corp', kind: 'oidc', issuer: oidc.url, clientId: 'dogwatch', cliClientId: 'dogwatch-cli' },
      {
        name: 'saml',
        kind: 'saml',
        entityId: saml.entityId,
        entryPoint: 'http://127.0.0.1:9/sso',
        certificates: ['idp.pem'],
        signing: { key: { file: 'sp.key' }, certificate: 'sp.pem' },
      },
    ],
    ...settings,
  });
  const service = createSignIn({
    config,
    material: {
      clientSecrets: new Map([['corp', CLIENT_SECRET]]),
      saml: new Map([
        ['saml', { certificates: [saml.certificate.cert], signingKey: sp.key, signingCertificate: sp.cert }],
      ]),
    },
    url,
    tokenEndpoint: TOKEN_ENDPOINT,
  });
  const store = await openIdentityStore({ dir: folder, key: randomBytes(32) });
  const verifier = createVerifier([], { tokens: store.tokens, revocations: store.revocations });
  const api = await createApi({
    ...harness.options,
    config: { ...harness.options.config, api: { ...harness.options.config.api, listen: { host: '127.0.0.1', port } } },
    verifier,
    signIn: service,
    identities: store,
    gatewayUrl: 'http://127.0.0.1:1',
  });

  return {
    url,
    oidc,
    saml,
    store,
    service,
    harness,
    /** Signs in through the OIDC provider. @returns the browser, with its session */
    async browser(login: string): Promise<FetchBrowser> {
      const browser = new FetchBrowser();
      await browser.signIn(`${url}/auth/login`, login, (at) => at === `${url}/auth/session`);
      return browser;
    },
    /** Begins a SAML sign-in in this browser. @returns what the provider was asked */
    async samlRequest(browser: FetchBrowser, path = '/auth/login?provider=saml') {
      const { headers } = await browser.request(`${url}${path}`);
      return samlRequestOf(headers.get('location') ?? '');
    },
    /** Posts a response to the assertion consumer service, as the provider's page does. */
    acs: (browser: FetchBrowser, xml: string, relayState: string) =>
      browser.request(`${url}/auth/saml/saml/acs`, {
        method: 'POST',
        body: new URLSearchParams({ SAMLResponse: Buffer.from(xml).toString('base64'), RelayState: relayState }),
      }),
    post: async (path: string, body: unknown, headers: Record<string, string> = {}) => {
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
      return { status: response.status, body: (await response.json()) as Record<string, never> };
    },
    /** Summaries of the entries of a kind. */
    async entries(kind: string): Promise<Record<string, never>[]> {
      await harness.reader.refresh(harness.journal.size);
      const found: Record<string, never>[] = [];
      for await (const entry of harness.reader.entries(0)) {
        if (entry.kind === kind) found.push(JSON.parse(entry.parts.summary?.toString() ?? ''));
      }
      return found;
    },
    async close(): Promise<void> {
      await api.close();
      await store.close();
      await oidc.close();
      await harness.close();
    },
  };
}

/** Id and relay state of an AuthnRequest in a redirect (HTTP-Redirect binding). */
export async function samlRequestOf(location: string): Promise<{ id: string; relayState: string }> {
  const { inflateRawSync } = await import('node:zlib');
  const { searchParams } = new URL(location);
  const xml = inflateRawSync(Buffer.from(searchParams.get('SAMLRequest') ?? '', 'base64')).toString();
  return { id: /ID="([^"]+)"/.exec(xml)?.[1] ?? '', relayState: searchParams.get('RelayState') ?? '' };
}
