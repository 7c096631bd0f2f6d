// A gateway in the test's own process: real journal, policy and upstream; identity and credential as the test says.
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import type { Config } from '../../src/config/config.ts';
import type { Entry } from '../../src/exchange/entry.ts';
import { DogwatchError } from '../../src/exchange/error.ts';
import type { ExchangeOutcome } from '../../src/exchange/exchange.ts';
import type { Identity } from '../../src/exchange/identity.ts';
import { createGateway, type Gateway } from '../../src/gateway/gateway.ts';
import type { Restraints } from '../../src/gateway/restrain.ts';
import { type Journal, openJournal } from '../../src/journal/journal.ts';
import { openReader } from '../../src/journal/reader.ts';
import { type PolicyConfigInput, policySchema } from '../../src/policy/config.ts';
import { compilePolicy } from '../../src/policy/policy.ts';
import { fingerprintOf } from '../../src/vault/fingerprint.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { site } from '../journal/site.ts';
import { exchangesOf, imagesOf, type JournalEntry, type RecordedExchange } from './journal.ts';
import { closeHttp, listen } from './listening.ts';

export const TOKEN = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZ2VudC1zbWl0aCJ9.c2lnbmF0dXJlLW9mLWEtdGVzdA';
export const API_KEY = '0f1e2d3c4b5a69788796a5b4c3d2e1f0';
export const APP_KEY = 'a0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b9';

export const AGENT: Identity = {
  issuer: 'https://issuer.test',
  subject: 'agent-smith',
  kind: 'agent',
  name: 'agent-smith',
  groups: ['sre'],
  onBehalfOf: [],
  claims: {},
};

export interface Arrived {
  readonly method: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface Rig {
  readonly gateway: Gateway;
  readonly port: number;
  readonly upstream: Server;
  /** Requests whose body reached the upstream in full. */
  readonly arrived: Arrived[];
  /** Answers a request as soon as its head is there. Default: reads the body, answers `{"ok":true}`. */
  answer: (req: IncomingMessage, res: ServerResponse) => void;
  /** Decides over every append; throws to make it fail, awaits to make it late. */
  beforeAppend: (entry: Entry) => void | Promise<void>;
  /** Lines of the log. */
  readonly log: string[];
  /** Everything in the journal so far. */
  entries(): Promise<JournalEntry[]>;
  /** Waits until nothing is in flight, then gives the exchanges in the order of their first entry. */
  exchanges(): Promise<RecordedExchange[]>;
  /** Waits until nothing is in flight, and gives the one exchange. */
  only(): Promise<RecordedExchange>;
  settled(): Promise<void>;
}

export interface RigOptions {
  readonly limits?: Partial<Config['gateway']['limits']>;
  readonly caps?: Config['gateway']['record'];
  readonly policy?: PolicyConfigInput;
  readonly domain?: string;
  /** Read what is changed; otherwise nothing but the calls of the test reaches the upstream. */
  readonly images?: boolean;
  readonly imageLimits?: Partial<Config['gateway']['images']>;
  readonly verify?: (token: string) => Identity | Promise<Identity>;
  readonly restraints?: Restraints;
}

const LIMITS: Config['gateway']['limits'] = {
  requestBody: 16 << 20,
  hold: 64 << 10,
  decompressed: 1 << 20,
  headers: 32 << 10,
  headersTimeout: 5_000,
  requestTimeout: 20_000,
  upstreamConnectTimeout: 2_000,
  upstreamHeadersTimeout: 5_000,
  upstreamBodyTimeout: 5_000,
  connections: 100,
  inFlight: 50,
  drain: 5_000,
  sessionIdle: 60_000,
};

/** Starts upstream, journal and gateway; all end with the test. */
export async function startRig(t: TestContext, options: RigOptions = {}): Promise<Rig> {
  const arrived: Arrived[] = [];
  const upstream = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => undefined);
    req.on('end', () => {
      const { method = '', url: target = '', rawHeaders, headers } = req;
      arrived.push({ method, target, rawHeaders, headers, body: Buffer.concat(chunks) });
    });
    res.on('error', () => undefined);
    rig.answer(req, res);
  });
  const upstreamPort = await listen(upstream);
  const { dir, kek, options: journalOptions } = site();
  const journal = await openJournal(journalOptions);
  const log: string[] = [];
  const gateway = await createGateway({
    config: {
      listen: { host: '127.0.0.1', port: 0 },
      domain: options.domain,
      insecure: false,
      limits: { ...LIMITS, ...options.limits },
      images: { timeout: 1_000, size: 256 << 10, share: 0.2, ...options.imageLimits },
      record: options.caps ?? { requestBodyCap: undefined, responseBodyCap: undefined },
    },
    journal: { append: (entry) => appendTo(journal, entry) },
    verifier: {
      check: async (token) => ({
        identity: await (options.verify ?? known)(token),
        key: token,
        cleared: 0,
        expiresAt: Number.POSITIVE_INFINITY,
      }),
      claimed: () => ({ issuer: AGENT.issuer, subject: 'claimed' }),
    },
    ...(options.restraints && { restraints: options.restraints }),
    judge: compilePolicy(policySchema.parse(options.policy ?? {})),
    vault: vaultOf(`http://127.0.0.1:${upstreamPort}`, options),
    fingerprint: fingerprintOf(Buffer.alloc(32, 7)),
    log: pino({ level: 'debug' }, { write: (line: string) => void log.push(line) }),
  });

  async function appendTo(to: Journal, entry: Entry): Promise<number> {
    await rig.beforeAppend(entry);
    return to.append(entry);
  }

  const rig: Rig = {
    gateway,
    port: gateway.address.port,
    upstream,
    arrived,
    answer: (req, res) => {
      req.on('end', () => res.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}'));
    },
    beforeAppend: () => undefined,
    log,
    async entries() {
      const reader = await openReader({ dir, kek });
      const all: JournalEntry[] = [];
      try {
        for await (const { leaf, kind, parts } of reader.entries(0, journal.size)) {
          all.push({
            leaf,
            kind: kind as JournalEntry['kind'],
            summary: JSON.parse(parts.summary?.toString('utf8') ?? 'null'),
            request: parts.request && Buffer.from(parts.request),
            response: parts.response && Buffer.from(parts.response),
            ...imagesOf(parts),
          });
        }
      } finally {
        await reader.close();
      }
      return all;
    },
    async exchanges() {
      await rig.settled();
      const problems: string[] = [];
      // A chunk may hold nothing but the head that left before any byte of the body.
      const holding = (await rig.entries()).filter(
        ({ kind, request, response }) => kind !== 'exchange.chunk' || request || response,
      );
      const all = exchangesOf(holding, problems);
      assert.deepEqual(problems, []);
      return [...all.values()];
    },
    async only() {
      const all = await rig.exchanges();
      assert.equal(all.length, 1, `${all.length} exchanges are in the journal`);
      return all[0]!;
    },
    async settled() {
      const until = Date.now() + 8_000;
      while (gateway.stats.inFlight > 0) {
        assert.ok(Date.now() < until, `${gateway.stats.inFlight} exchanges never ended`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
  t.after(async () => {
    // An exchange that never ends fails its own test; it does not keep this one from ending.
    await Promise.race([gateway.close(), new Promise((resolve) => setTimeout(resolve, 1_500).unref())]);
    await closeHttp(upstream);
    await journal.close();
  });
  return rig;
}

function known(token: string): Identity {
  if (token === TOKEN) return AGENT;
  throw new DogwatchError('token_bad_signature', 'the token is not accepted');
}

function vaultOf(upstream: string, options: RigOptions): Vault {
  const description = {
    site: 'datadoghq.com',
    groups: ['sre'],
    readOnly: false,
    images: options.images === true,
    sandbox: false,
    origin: 'config' as const,
    credential: 'keys' as const,
    sources: [],
    upstream,
  };
  const connections = new Map([
    ['prod', { ...description, name: 'prod', default: true }],
    ['other', { ...description, name: 'other', default: false }],
    ['finance', { ...description, name: 'finance', default: false, groups: ['finance'] }],
  ]);
  const vault: Pick<Vault, 'connection' | 'connections' | 'defaultConnection' | 'credentialNow' | 'secretsOf'> = {
    connection: (name) => connections.get(name),
    connections: () => [...connections.values()],
    defaultConnection: () => connections.get('prod'),
    credentialNow: () => ({ apiKey: API_KEY, appKey: APP_KEY }),
    secretsOf: () => [Buffer.from(API_KEY), Buffer.from(APP_KEY)],
  };
  return vault as Vault;
}

/** What an exchange's record says of its end, in short. */
export const endOf = ({ outcome }: { outcome: ExchangeOutcome | undefined }): string =>
  `${outcome?.outcome ?? 'none'}${outcome?.error ? ` ${outcome.error.code}` : ''}`;

/** All text of everything recorded, bodies included, to look for secrets in. */
export const allText = (entries: readonly JournalEntry[]): string =>
  entries
    .map(({ summary, request, response }) => `${JSON.stringify(summary)} ${request ?? ''} ${response ?? ''}`)
    .join('\n');

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly code: string | undefined;
  readonly body: Buffer;
  readonly trailers: NodeJS.Dict<string>;
}

/** Sends one request and reads the whole answer. Rejects when the answer breaks off. */
export function call(
  rig: Rig,
  method: string,
  path: string,
  body?: string | Buffer,
  headers: Record<string, string | string[]> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const req = request({ port: rig.port, method, path, headers: { 'dd-api-key': TOKEN, ...length, ...headers } });
    req.on('error', reject).on('response', (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
      res.on('end', () =>
        resolve({
          status: res.statusCode ?? 0,
          headers: res.headers,
          code: res.headers['x-dogwatch-error'] as string | undefined,
          body: Buffer.concat(chunks),
          trailers: res.trailers,
        }),
      );
    });
    req.end(body);
  });
}

/** A request's head as text, with host and token. */
export const head = (line: string, ...headers: string[]): string =>
  `${[line, 'Host: gw', `DD-API-KEY: ${TOKEN}`, ...headers].join('\r\n')}\r\n\r\n`;
/** Longer than is held. */
export const LONG = Buffer.alloc(300 * 1024, 'abcdefghij');
export const LOGS = '/api/v2/logs';
export const MONITOR = '/api/v1/monitor';

/** Reads the request and answers with this JSON. */
export const json = (text: string) => (req: IncomingMessage, res: ServerResponse) => {
  req.resume().on('end', () => res.writeHead(200, { 'content-type': 'application/json' }).end(text));
};
