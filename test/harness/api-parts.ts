// For the API's tests: a real journal, index and issuer, with a few exchanges in them.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { pino } from 'pino';
import type { ApiOptions } from '../../src/api/context.ts';
import { newId } from '../../src/exchange/canonical.ts';
import type { Entry, EntryKind } from '../../src/exchange/entry.ts';
import type { ExchangeIntent, ExchangeOutcome } from '../../src/exchange/exchange.ts';
import { issuersSchema } from '../../src/identity/config.ts';
import { openIdentityStore } from '../../src/identity/identity-store.ts';
import { createVerifier } from '../../src/identity/verifier.ts';
import { openSqliteIndex } from '../../src/index/sqlite.ts';
import { openJournal } from '../../src/journal/journal.ts';
import { openKeyring } from '../../src/journal/keyring.ts';
import { createKeys, loadKeyEncryptionKey, loadSigningKey } from '../../src/journal/keys.ts';
import { readerOf } from '../../src/journal/reader.ts';
import type { TopRates } from '../../src/watch/watch.ts';
import { temporaryFolder } from './temporary.ts';

export const RUN = 'run-1';

const none = {
  calls: 0,
  perSecond: 0,
  actions: { create: 0, read: 0, update: 0, delete: 0, execute: 0 },
  refusals: 0,
  errors: 0,
};
/** The rates while nobody calls. */
const IDLE: TopRates = { time: 0, window: 60_000, total: none, rows: [], more: 0 };

/** An issuer on loopback that signs what it is told to. */
async function startIssuer() {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256', use: 'sig' };
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    token: (groups: readonly string[], claims: { audience?: string; exp?: string } = {}) =>
      new SignJWT({ name: 'Ada', groups })
        .setProtectedHeader({ alg: 'ES256', kid: 'k' })
        .setIssuer(url)
        .setSubject('ada')
        .setAudience(claims.audience ?? 'dogwatch')
        .setIssuedAt()
        .setExpirationTime(claims.exp ?? '5m')
        .sign(privateKey),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

export type ApiHarness = Awaited<ReturnType<typeof startHarness>>;

/** Everything an API works with. `close` ends it all. */
export async function startHarness() {
  const folder = temporaryFolder('api');
  const dir = join(folder, 'data');
  createKeys({ kek: join(folder, 'kek'), signing: join(folder, 'sign') });
  const kek = await loadKeyEncryptionKey({ file: join(folder, 'kek') }, dir);
  const signingKey = await loadSigningKey({ file: join(folder, 'sign') }, dir);
  const journal = await openJournal({ dir, name: 'test', kek, signingKey });
  const keyring = await openKeyring(dir, kek);
  const reader = await readerOf(dir, keyring, false);
  const index = await openSqliteIndex({ dir, kek, keyring });
  journal.onDurable((_entry, leaf) => index.advance(leaf + 1));
  const issuer = await startIssuer();
  const identities = await openIdentityStore({ dir, key: keyring.secret('tokens') });
  const verifier = createVerifier(
    issuersSchema.parse([{ name: 'test', issuer: issuer.url, jwks: `${issuer.url}/jwks`, audience: 'dogwatch' }]),
    { tokens: identities.tokens, revocations: identities.revocations },
  );
  const lines: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => lines.push(line) });
  const notReady: string[] = [];

  const options: ApiOptions = {
    config: {
      name: 'test',
      data: dir,
      api: { listen: { host: '127.0.0.1', port: 0 }, insecure: false, openLog: true },
      roles: { auditor: ['security'], operator: ['runners'], admin: ['platform'] },
    },
    version: '0.0.0',
    run: { id: RUN, started: Date.now() },
    journal,
    reader,
    index,
    verifier,
    identities,
    watch: { top: async () => IDLE, decided: () => undefined, suppressions: () => undefined },
    gatewayUrl: 'http://127.0.0.1:8080',
    keyring,
    connections: () => [
      {
        name: 'main',
        site: 'datadoghq.com',
        default: true,
        readOnly: false,
        groups: ['sre'],
        sandbox: false,
        images: true,
        credential: 'keys',
        limits: [],
      },
    ],
    reloadConnections: async () => ['main has changed'],
    gatewayStats: {
      inFlight: 1,
      connections: 2,
      bytesReceived: 3,
      bytesSent: 4,
      malformed: 5,
      refusalsSuppressed: 6,
      exchanges: new Map([['read complete 2xx', 7]]),
      refusals: new Map([['denied', 8]]),
      latency: [1, 2, 3],
      latencySum: 30,
    },
    latencyBuckets: [1, 10],
    witnessing: () => ({ witnesses: [], copies: [], needed: 1 }),
    notReady: () => notReady,
    log,
  };
  return {
    options,
    journal,
    reader,
    index,
    keyring,
    issuer,
    /** What was logged. */
    lines,
    notReady,
    /** Appends an entry, and waits until it can be found. */
    async append(
      kind: EntryKind,
      summary: object,
      parts: { request?: Uint8Array; response?: Uint8Array } = {},
      id = newId(),
    ): Promise<number> {
      const entry: Entry = {
        id,
        time: Date.now(),
        kind,
        parts: { summary: Buffer.from(JSON.stringify(summary)), ...parts },
      };
      const leaf = await journal.append(entry);
      index.advance(leaf + 1);
      await index.reached(leaf + 1);
      return leaf;
    },
    async close() {
      await identities.close();
      await index.close();
      await reader.close();
      await journal.close();
      await issuer.close();
    },
  };
}

/** The intent of a POST that creates a dashboard. */
export function intentOf(exchange: string, overrides: Partial<ExchangeIntent> = {}): ExchangeIntent {
  return {
    exchange,
    receivedAt: Date.now(),
    session: 'nightly~1',
    identity: {
      issuer: 'https://idp',
      subject: 'agent-1',
      kind: 'agent',
      name: 'claude-sre',
      groups: ['sre'],
      onBehalfOf: [{ issuer: 'https://idp', subject: 'alice' }],
      claims: {},
    },
    client: { userAgent: 'curl/8' },
    source: '10.0.0.1:999',
    connection: 'main',
    classification: {
      operation: 'v1.CreateDashboard',
      action: 'create',
      risk: 'low',
      tags: [],
      resources: [],
      asked: {},
    },
    verdict: { decision: 'allow', rule: 'default' },
    request: {
      method: 'POST',
      target: '/api/v1/dashboard',
      host: 'api.datadoghq.com',
      httpVersion: '1.1',
      headers: [['Content-Type', 'application/json']],
      body: { size: 16, recorded: 16 },
    },
    ...overrides,
  };
}

export function outcomeOf(exchange: string, overrides: Partial<ExchangeOutcome> = {}): ExchangeOutcome {
  return {
    exchange,
    outcome: 'complete',
    response: { status: 200, headers: [['content-type', 'application/json']], body: { size: 21, recorded: 21 } },
    resources: [{ kind: 'dashboard', id: 'abc-def', title: 'Latency' }],
    timing: { forwarded: 1, firstByte: 5, completed: 6 },
    ...overrides,
  };
}
