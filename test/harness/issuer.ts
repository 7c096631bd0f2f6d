// An OIDC issuer for tests that mints whatever token a test asks for, and can go down or change its keys.
import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { closeHttp, listen } from './listening.ts';

export const AUDIENCE = 'dogwatch';

/** What differs from a good token. */
export interface TokenWish {
  readonly subject?: string;
  readonly name?: string;
  readonly groups?: readonly string[];
  readonly audience?: string;
  readonly issuer?: string;
  /** Seconds from now; may be negative. */
  readonly expires?: number;
  readonly notBefore?: number;
  /** Sign with a symmetric key, as an attacker would. */
  readonly algorithm?: 'RS256' | 'HS256';
  readonly claims?: Readonly<Record<string, unknown>>;
}

export interface TestIssuer {
  readonly url: string;
  mint(wish?: TokenWish): Promise<string>;
  /** Stops answering; the port stays this issuer's. */
  down(): Promise<void>;
  up(): Promise<void>;
  /** New tokens are signed by a new key, and only that one is published. */
  rotate(): Promise<void>;
  close(): Promise<void>;
}

interface SigningKey {
  readonly kid: string;
  readonly privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];
  readonly jwk: JWK;
}

async function newKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const kid = randomUUID();
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } };
}

/** Starts an issuer on an ephemeral port of 127.0.0.1. */
export async function startTestIssuer(): Promise<TestIssuer> {
  let key = await newKey();
  const handler: RequestListener = (request, response) => {
    const documents: Record<string, unknown> = {
      '/.well-known/openid-configuration': {
        issuer: url,
        jwks_uri: `${url}/jwks`,
        authorization_endpoint: `${url}/auth`,
      },
      '/jwks': { keys: [key.jwk] },
    };
    const document = documents[request.url ?? ''];
    response.writeHead(document ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document ?? {}));
  };
  let server = createServer(handler);
  const port = await listen(server);
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    mint: async (wish = {}) => {
      const now = Math.floor(Date.now() / 1000);
      const token = new SignJWT({
        name: wish.name ?? wish.subject ?? 'claude-sre',
        groups: wish.groups ?? ['sre'],
        jti: randomUUID(),
        ...wish.claims,
      })
        .setProtectedHeader({ alg: wish.algorithm ?? 'RS256', kid: key.kid })
        .setIssuer(wish.issuer ?? url)
        .setSubject(wish.subject ?? 'claude-sre')
        .setAudience(wish.audience ?? AUDIENCE)
        .setIssuedAt(now)
        .setExpirationTime(now + (wish.expires ?? 3600));
      if (wish.notBefore !== undefined) token.setNotBefore(now + wish.notBefore);
      // The classic confusion: an HMAC keyed with the public key that everybody may fetch.
      return token.sign(wish.algorithm === 'HS256' ? Buffer.from(JSON.stringify(key.jwk)) : key.privateKey);
    },
    down: () => closeHttp(server),
    up: async () => {
      server = createServer(handler);
      await listen(server, port);
    },
    rotate: async () => {
      key = await newKey();
    },
    close: () => closeHttp(server),
  };
}
