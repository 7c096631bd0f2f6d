// A company's OIDC provider for tests: a real oidc-provider where people sign in by forms, and a browser that is fetch and a cookie jar.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Adapter, AdapterConstructor, AdapterPayload } from 'oidc-provider';
import { closeHttp, listen } from './listening.ts';

// With what form encoding changes (RFC 6749 section 2.3.1).
export const CLIENT_SECRET = 'a-secret of:the+client%that=no&log-shall-show';

export interface OidcIdp {
  readonly url: string;
  /** Requests that arrived, as `METHOD path?query`. */
  readonly log: string[];
  close(): Promise<void>;
}

/**
 * Starts it on an ephemeral port of 127.0.0.1. Everybody can sign in by name; the name's groups are in `groups`.
 * Clients: `dogwatch`, confidential, with that redirect URI; `dogwatch-cli`, public and native, also with the device grant.
 */
export async function startOidcIdp(
  redirectUri: string,
  groups: Readonly<Record<string, readonly string[]>>,
): Promise<OidcIdp> {
  const { default: Provider } = await import('oidc-provider');
  let handler: RequestListener = (_request, response) => response.writeHead(503).end();
  const log: string[] = [];
  const server = createServer((request, response) => {
    log.push(`${request.method} ${request.url}`);
    handler(request, response);
  });
  await listen(server);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig', kid: 'one' };
  const provider = new Provider(url, {
    adapter: memoryAdapter(),
    jwks: { keys: [jwk as never] },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    conformIdTokenClaims: false,
    claims: { openid: ['sub'], profile: ['name', 'groups'], email: ['email', 'email_verified'] },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: async () => ({
        sub: id,
        name: `${id} at work`,
        email: `${id}@example.com`,
        email_verified: true,
        groups: [...(groups[id] ?? [])],
      }),
    }),
    clients: [
      {
        client_id: 'dogwatch',
        client_secret: CLIENT_SECRET,
        grant_types: ['authorization_code'],
        redirect_uris: [redirectUri],
      },
      {
        client_id: 'dogwatch-cli',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
        redirect_uris: ['http://127.0.0.1/callback'],
      },
    ],
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true }, deviceFlow: { enabled: true } },
  });
  handler = provider.callback() as RequestListener;
  return { url, log, close: () => closeHttp(server) };
}

/** Where the provider keeps what it must remember. */
function memoryAdapter(): AdapterConstructor {
  const stored = new Map<string, AdapterPayload>();
  const by = (field: 'userCode' | 'uid', value: string) => [...stored.values()].find((each) => each[field] === value);
  return class implements Adapter {
    readonly #model: string;
    constructor(model: string) {
      this.#model = model;
    }
    async upsert(id: string, payload: AdapterPayload): Promise<void> {
      stored.set(`${this.#model}/${id}`, payload);
    }
    async find(id: string): Promise<AdapterPayload | undefined> {
      return stored.get(`${this.#model}/${id}`);
    }
    async findByUserCode(code: string): Promise<AdapterPayload | undefined> {
      return by('userCode', code);
    }
    async findByUid(uid: string): Promise<AdapterPayload | undefined> {
      return by('uid', uid);
    }
    async consume(id: string): Promise<void> {
      const payload = stored.get(`${this.#model}/${id}`);
      if (payload) payload.consumed = Math.floor(Date.now() / 1000);
    }
    async destroy(id: string): Promise<void> {
      stored.delete(`${this.#model}/${id}`);
    }
    async revokeByGrantId(grant: string): Promise<void> {
      for (const [key, { grantId }] of stored) if (grantId === grant) stored.delete(key);
    }
  };
}

export interface Page {
  readonly status: number;
  readonly url: string;
  readonly headers: Headers;
  readonly text: string;
}

/** A browser as far as redirects, cookies and forms go. Cookies are kept by host and port, as a careful browser would. */
export class FetchBrowser {
  readonly cookies = new Map<string, Map<string, string>>();

  /** One request, without following a redirect. */
  async request(url: string, init: RequestInit = {}): Promise<Page> {
    const { origin } = new URL(url);
    const jar = this.cookies.get(origin) ?? new Map<string, string>();
    this.cookies.set(origin, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { ...init.headers, ...(cookie !== '' && { cookie }) },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /max-age=0|expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return { status: response.status, url, headers: response.headers, text: await response.text() };
  }

  /** Follows redirects until there is a page, or the next one would be where `stop` says. */
  async go(url: string, init: RequestInit = {}, stop: (url: string) => boolean = () => false): Promise<Page> {
    let page = await this.request(url, init);
    for (let hops = 0; hops < 20; hops++) {
      const location = page.headers.get('location');
      if (page.status < 300 || page.status >= 400 || location === null) return page;
      const next = new URL(location, page.url).href;
      if (stop(next)) return { ...page, url: next };
      page = await this.request(next);
    }
    throw new Error('too many redirects');
  }

  /** Fills in the provider's forms, login and consent, until it sends the browser where `stop` says. */
  async signIn(url: string, login: string, stop: (url: string) => boolean): Promise<Page> {
    let page = await this.go(url, {}, stop);
    for (let forms = 0; forms < 5 && !stop(page.url); forms++) {
      const action = /<form[^>]*action="([^"]+)"/.exec(page.text)?.[1];
      if (action === undefined) return page;
      const body = new URLSearchParams(
        [...page.text.matchAll(/<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"/g)].map(
          ([, name = '', value = '']): [string, string] => [name, value],
        ),
      );
      if (page.text.includes('name="login"')) {
        body.set('login', login);
        body.set('password', 'any');
      }
      page = await this.go(new URL(action, page.url).href, { method: 'POST', body }, stop);
    }
    return page;
  }
}
