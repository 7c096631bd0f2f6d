// An issuer whose every document and every token can be wrong in a chosen way, and that counts what is fetched from it.
import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { JWK } from 'jose';
import { type IssuerConfig, type IssuerConfigInput, issuerSchema } from '../../src/identity/config.ts';
import { closeHttp, listen } from './listening.ts';

export type HandAlgorithm = 'RS256' | 'PS256' | 'ES256' | 'EdDSA';

/** A key pair and its public JWK. */
export interface HandKey {
  readonly alg: HandAlgorithm;
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly jwk: JWK;
}

export function handKey(alg: HandAlgorithm = 'ES256', kid: string = randomUUID()): HandKey {
  const { publicKey, privateKey } =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : alg === 'EdDSA'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { alg, kid, privateKey, jwk: { ...(publicKey.export({ format: 'jwk' }) as JWK), kid, use: 'sig' } };
}

const base64url = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A compact JWS over exactly this header and these claims (or claims text), signed as the key's algorithm says. */
export function handSign(header: Record<string, unknown>, claims: unknown, key: HandKey): string {
  const input = `${base64url(header)}.${base64url(claims)}`;
  const options =
    key.alg === 'ES256'
      ? ({ key: key.privateKey, dsaEncoding: 'ieee-p1363' } as const)
      : key.alg === 'PS256'
        ? { key: key.privateKey, padding: 6, saltLength: 32 }
        : key.privateKey;
  const signature = sign(key.alg === 'EdDSA' ? null : 'sha256', Buffer.from(input), options);
  return `${input}.${signature.toString('base64url')}`;
}

export interface HandMadeIssuer {
  readonly url: string;
  /** The keys it signs with and publishes; may be changed at any time. */
  keys: HandKey[];
  /** Answers in place of the good documents. */
  discovery: RequestListener | undefined;
  jwks: RequestListener | undefined;
  /** How often each document was asked for. */
  readonly fetched: { discovery: number; jwks: number };
  config(overrides?: Partial<IssuerConfigInput>): IssuerConfig;
  /** Good claims; `now` in milliseconds. */
  claims(overrides?: Record<string, unknown>, now?: number): Record<string, unknown>;
  /** A token by the first key. */
  token(overrides?: Record<string, unknown>, header?: Record<string, unknown>, now?: number): string;
  close(): Promise<void>;
}

/** Starts an issuer on an ephemeral port of 127.0.0.1. */
export async function startHandMadeIssuer(keys: HandKey[] = [handKey()]): Promise<HandMadeIssuer> {
  const answer = (value: unknown): RequestListener => {
    return (_request, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
  };
  const server = createServer((request, response) => {
    if (request.url === '/.well-known/openid-configuration') {
      issuer.fetched.discovery += 1;
      const good = answer({ issuer: issuer.url, jwks_uri: `${issuer.url}/jwks` });
      (issuer.discovery ?? good)(request, response);
    } else if (request.url === '/jwks') {
      issuer.fetched.jwks += 1;
      (issuer.jwks ?? answer({ keys: issuer.keys.map(({ jwk }) => jwk) }))(request, response);
    } else response.writeHead(404).end();
  });
  const url = `http://127.0.0.1:${await listen(server)}`;
  const issuer: HandMadeIssuer = {
    url,
    keys,
    discovery: undefined,
    jwks: undefined,
    fetched: { discovery: 0, jwks: 0 },
    config: (overrides) => issuerSchema.parse({ name: 'hand', issuer: url, audience: 'dogwatch', ...overrides }),
    claims: (overrides, now = Date.now()) => {
      const iat = Math.floor(now / 1000);
      return { iss: url, sub: 'agent-1', aud: 'dogwatch', iat, exp: iat + 600, ...overrides };
    },
    token: (overrides, header, now) => {
      const [key] = issuer.keys;
      if (key === undefined) throw new Error('this issuer has no key');
      return handSign({ alg: key.alg, kid: key.kid, ...header }, issuer.claims(overrides, now), key);
    },
    close: () => closeHttp(server),
  };
  return issuer;
}
