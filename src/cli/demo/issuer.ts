// The demo's OIDC issuer: a real oidc-provider on loopback that signs in the two agents, and you.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Adapter, AdapterConstructor, AdapterPayload } from 'oidc-provider';

export const DEMO_AUDIENCE = 'dogwatch';
/** Seconds that a demo token is good for: long enough to play. */
export const TOKEN_LIFETIME = 3600;
const RESOURCE = 'urn:dogwatch:demo';

/** Somebody whom the issuer knows. */
export interface DemoClient {
  readonly id: string;
  readonly name: string;
  readonly groups: readonly string[];
}

export interface DemoIssuer {
  readonly url: string;
  /** Signs a client in by the client credentials grant (RFC 6749 section 4.4), over HTTP as anybody would. */
  signIn(clientId: string): Promise<string>;
  /** The command line that does the same. */
  signInCommand(clientId: string): string;
  close(): Promise<void>;
}

/** Starts the issuer on an ephemeral port of 127.0.0.1. Its keys and the clients' secrets are new at each start. */
export async function startIssuer(clients: readonly DemoClient[]): Promise<DemoIssuer> {
  // Loaded here, since a Dogwatch that was installed without it has commands to run that do not need it.
  const { default: Provider } = await import('oidc-provider');
  const secrets = new Map(clients.map(({ id }) => [id, randomBytes(24).toString('base64url')]));
  let handler: RequestListener = (_request, response) => response.writeHead(503).end();
  const server = createServer((request, response) => handler(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = {
    ...privateKey.export({ format: 'jwk' }),
    alg: 'RS256',
    use: 'sig',
    kid: randomBytes(8).toString('hex'),
  };
  const provider = new Provider(url, {
    adapter: memoryAdapter(),
    jwks: { keys: [key as never] },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    clients: clients.map(({ id }) => ({
      client_id: id,
      client_secret: secrets.get(id) ?? '',
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
    })),
    ttl: { ClientCredentials: TOKEN_LIFETIME },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        getResourceServerInfo: () => ({
          scope: '',
          audience: DEMO_AUDIENCE,
          accessTokenTTL: TOKEN_LIFETIME,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    extraTokenClaims: (_context, token) => {
      const client = clients.find(({ id }) => id === token.clientId);
      return client && { name: client.name, groups: client.groups };
    },
  });
  handler = provider.callback() as RequestListener;

  const credentials = (clientId: string): string => {
    const secret = secrets.get(clientId);
    if (secret === undefined) throw new TypeError(`the demo issuer knows no client ${clientId}`);
    return `${clientId}:${secret}`;
  };
  return {
    url,
    signIn: async (clientId) => {
      const response = await fetch(`${url}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(credentials(clientId)).toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      });
      const answer = (await response.json()) as { access_token?: string; error_description?: string };
      if (!answer.access_token) throw new Error(`the demo issuer gave no token: ${answer.error_description}`);
      return answer.access_token;
    },
    signInCommand: (clientId) => `curl -s -u ${credentials(clientId)} -d grant_type=client_credentials ${url}/token`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Where the provider keeps what it must remember. Its tokens are self-contained JWTs, so this stays nearly empty. */
function memoryAdapter(): AdapterConstructor {
  const stored = new Map<string, AdapterPayload>();
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
    async findByUserCode(): Promise<undefined> {}
    async findByUid(): Promise<undefined> {}
    async consume(): Promise<void> {}
    async destroy(id: string): Promise<void> {
      stored.delete(`${this.#model}/${id}`);
    }
    async revokeByGrantId(): Promise<void> {}
  };
}
