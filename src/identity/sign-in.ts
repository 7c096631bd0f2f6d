// People signing in, whatever the provider: browsers by redirects, `dogwatch login` as command-sign-in.ts has it.
import type { Identity } from '../exchange/identity.ts';
import {
  busy,
  type CommandPending,
  type CommandSignIn,
  createCommandSignIn,
  MAX_PENDING,
  type ProviderView,
  SECRET,
  type SignedIn,
  secret,
} from './command-sign-in.ts';
import { createOidcProvider, type OidcProvider } from './oidc.ts';
import { Pending, sameText } from './pending.ts';
import { quoted, RefusedCredential } from './refused.ts';
import { createSamlProvider, type SamlMaterial, type SamlProvider } from './saml.ts';
import { decodeSaml } from './saml-document.ts';
import type { SignInConfig } from './sign-in-config.ts';
import { UsedIds } from './used-ids.ts';

/** Milliseconds between the redirect with a one-time code and its use. */
const CODE_LIFETIME = 60_000;
const MAX_REMEMBERED = 100_000;

/** Secrets of the providers, by name. */
export interface SignInMaterial {
  readonly clientSecrets: ReadonlyMap<string, string>;
  readonly saml: ReadonlyMap<string, SamlMaterial>;
}

export interface SignInContext {
  readonly config: SignInConfig;
  readonly material: SignInMaterial;
  /** Origin of the API as browsers see it. */
  readonly url: string;
  /** Where bearer assertions are to be delivered (RFC 7522): the URL of `POST /oauth2/token`. */
  readonly tokenEndpoint: string;
  readonly now?: () => number;
}

interface BrowserPending {
  readonly provider: string;
  /** What the browser's cookie must hold; absent for the command's browser, whose answer goes to its loopback port alone. */
  readonly browser?: string;
  readonly returnTo: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly requestId?: string;
  /** The command's sign-in that the answer is for. */
  readonly command?: CommandPending;
}

/** Signs people in. Everything here throws RefusedCredential; its `reason` is for the operator. */
export interface SignIn extends CommandSignIn {
  readonly config: SignInConfig;
  readonly url: string;
  providers(): readonly ProviderView[];
  /** The SAML provider of that name. */
  saml(name: string): SamlProvider | undefined;
  /**
   * Begins in a browser.
   * @returns where to send it, and what its cookie must hold when it comes back
   */
  begin(provider: string | undefined, returnTo: string | undefined): Promise<{ url: string; browser: string }>;
  /** Ends a browser's OIDC sign-in by the query of the callback. */
  callback(query: string, browser: string | undefined): Promise<SignedIn & { readonly returnTo: string }>;
  /**
   * Takes a SAML response. The POST comes from another site and so without the cookie: the person is not signed in before
   * the browser has brought the one-time code back together with it.
   * @returns where to send the browser, with a one-time code
   */
  consume(provider: string, form: { SAMLResponse: string; RelayState: string }): Promise<{ url: string }>;
  /** Ends a browser's SAML sign-in. */
  complete(code: string, browser: string | undefined): SignedIn & { readonly returnTo: string };
  /** Verifies a bearer assertion (RFC 7522) of any of the SAML providers. */
  verifySaml(assertion: string): Promise<Identity>;
  /** Tries a provider. @returns a sentence */
  probe(provider: string): Promise<string>;
}

/** Puts the providers together. Nothing is fetched before somebody signs in. */
export function createSignIn({ config, material, url, tokenEndpoint, now = Date.now }: SignInContext): SignIn {
  const used = new UsedIds(MAX_REMEMBERED);
  const oidcs = new Map<string, OidcProvider>();
  const samls = new Map<string, SamlProvider>();
  for (const each of config.providers) {
    if (each.kind === 'oidc') {
      const clientSecret = material.clientSecrets.get(each.name);
      oidcs.set(each.name, createOidcProvider(each, { url, clientSecret, used, now }));
    } else {
      const files = material.saml.get(each.name);
      if (files === undefined) throw new TypeError(`no key material for ${each.name}`);
      const context = { url, tokenEndpoint, used, started: now(), now };
      samls.set(each.name, createSamlProvider(each, files, context));
    }
  }
  const browsers = new Pending<BrowserPending>(MAX_PENDING, now);
  const completed = new Pending<SignedIn & { browser: string; returnTo: string }>(MAX_PENDING, now);

  function viewOf(name: string | undefined): ProviderView {
    const found = name === undefined ? config.providers[0] : config.providers.find((each) => each.name === name);
    if (found === undefined) {
      const reason = name === undefined ? 'no provider is configured' : `no provider is configured as ${quoted(name)}`;
      throw new RefusedCredential('login_provider_unknown', reason);
    }
    if (found.kind === 'saml') return { name: found.name, kind: 'saml' };
    const { issuer, scopes } = found;
    return { name: found.name, kind: 'oidc', issuer, clientId: found.cliClientId ?? found.clientId, scopes };
  }

  /** Remembers a browser's sign-in and asks its provider. */
  async function send(pending: Omit<BrowserPending, 'nonce' | 'verifier' | 'requestId'>): Promise<string> {
    const state = secret();
    const begun = { ...pending, nonce: secret(), verifier: secret() };
    const saml = samls.get(pending.provider);
    if (saml !== undefined) {
      const { id, url: target } = await saml.request(state);
      return browsers.add(state, { ...begun, requestId: id }) ? target : busy();
    }
    const target = await (oidcs.get(pending.provider) as OidcProvider).request({ ...begun, state });
    return browsers.add(state, begun) ? target : busy();
  }

  /** The pending sign-in of an answer: of this browser, of this provider, and of no answer before. */
  function answered(state: string | null, browser: string | undefined, kind: 'oidc' | 'saml'): BrowserPending {
    const pending = state !== null && SECRET.test(state) ? browsers.peek(state) : undefined;
    if (state === null || pending === undefined) {
      throw new RefusedCredential('login_state_mismatch', 'no sign-in under way has this state');
    }
    if (!(kind === 'oidc' ? oidcs : samls).has(pending.provider)) {
      throw new RefusedCredential(
        'login_state_mismatch',
        `the state is of ${pending.provider}, which is no ${kind} provider`,
      );
    }
    // Before it is taken: somebody who got hold of a state must not be able to end the sign-in of another browser.
    if (
      kind === 'oidc' &&
      !(pending.browser !== undefined && browser !== undefined && sameText(pending.browser, browser))
    ) {
      throw new RefusedCredential('login_state_mismatch', 'another browser began this sign-in');
    }
    browsers.take(state);
    return pending;
  }

  return {
    config,
    url,
    providers: () => config.providers.map(({ name }) => viewOf(name)),
    saml: (name) => samls.get(name),

    async begin(name, returnTo) {
      const browser = secret();
      const { name: provider } = viewOf(name);
      return { url: await send({ provider, browser, returnTo: localPath(returnTo) }), browser };
    },

    async callback(query, browser) {
      const parameters = new URLSearchParams(query);
      for (const name of ['state', 'code', 'iss', 'error']) {
        if (parameters.getAll(name).length > 1) {
          throw new RefusedCredential('login_state_mismatch', `${name} stands twice in the answer`);
        }
      }
      const state = parameters.get('state');
      const { provider, nonce, verifier, returnTo } = answered(state, browser, 'oidc');
      const identity = await (oidcs.get(provider) as OidcProvider).finish(query, {
        state: state ?? '',
        nonce,
        verifier,
      });
      return { identity, provider, returnTo };
    },

    async consume(provider, form) {
      const saml = samls.get(provider);
      if (saml === undefined)
        throw new RefusedCredential('login_provider_unknown', `${quoted(provider)} is no SAML provider`);
      const xml = decodeSaml(form.SAMLResponse);
      const pending = answered(form.RelayState, undefined, 'saml');
      if (pending.provider !== provider) {
        throw new RefusedCredential(
          'login_state_mismatch',
          `the sign-in began at ${pending.provider}, not ${provider}`,
        );
      }
      const identity = await saml.verifyResponse(xml, pending.requestId ?? '');
      const code = secret();
      const { command, browser, returnTo } = pending;
      if (command?.redirect !== undefined) {
        command.done = { code, identity, until: now() + CODE_LIFETIME };
        const { port, state } = command.redirect;
        return { url: `http://127.0.0.1:${port}/callback?${new URLSearchParams({ code, state })}` };
      }
      if (!completed.add(code, { identity, provider, browser: browser ?? '', returnTo }, CODE_LIFETIME)) busy();
      return { url: `${url}/auth/saml/${provider}/complete?code=${code}` };
    },

    complete(code, browser) {
      const done = completed.peek(code);
      if (done === undefined) throw new RefusedCredential('login_code_refused', 'no sign-in waits under this code');
      if (browser === undefined || !sameText(done.browser, browser)) {
        throw new RefusedCredential('login_state_mismatch', 'another browser began this sign-in');
      }
      completed.take(code);
      const { identity, provider, returnTo } = done;
      return { identity, provider, returnTo };
    },

    ...createCommandSignIn({ viewOf, oidc: (name) => oidcs.get(name), send, now }),

    async verifySaml(assertion) {
      let why = new RefusedCredential('saml_wrong_issuer', 'no SAML provider is configured');
      for (const saml of samls.values()) {
        try {
          return await saml.verifyAssertion(assertion);
        } catch (error) {
          if (!(error instanceof RefusedCredential)) throw error;
          // The provider that it is of knows best what is wrong with it.
          if (samls.size === 1 || assertion.includes(`>${saml.config.entityId}<`)) why = error;
        }
      }
      throw why;
    },

    async probe(name) {
      const saml = samls.get(name);
      if (saml !== undefined) {
        const [warning] = saml.warnings();
        if (warning !== undefined) throw new RefusedCredential('sign_in_unavailable', warning);
        return `SAML, our metadata is ${saml.spEntityId}`;
      }
      const oidc = oidcs.get(name);
      if (oidc === undefined)
        throw new RefusedCredential('login_provider_unknown', `no provider is configured as ${name}`);
      const { keys, jwks } = await oidc.probe();
      return `OIDC, ${keys} ${keys === 1 ? 'key' : 'keys'} from ${jwks}; redirect URI ${url}/auth/callback`;
    },
  };
}

/** A path of our own origin, with its query. @throws RefusedCredential `login_return_refused` */
function localPath(given: string | undefined): string {
  if (given === undefined) return '/auth/session';
  const here = 'https://here.invalid';
  const target = /^\/(?![/\\])[\x21-\x7e]*$/.test(given) && !given.includes('\\') && URL.parse(given, here);
  if (!target || target.origin !== here || target.pathname.startsWith('//') || given.length > 1024) {
    throw new RefusedCredential('login_return_refused', `the path to return to is ${quoted(given)}`);
  }
  return `${target.pathname}${target.search}`;
}
