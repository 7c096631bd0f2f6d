// An issuer, a Datadog and a gateway between them, for the tests of one file.
import assert from 'node:assert/strict';
import type { ConfigInput } from '../../src/config/config.ts';
import { type GatewayProcess, type LaunchOptions, makeSite, type Site, startGateway } from './gateway.ts';
import { startTestIssuer, type TestIssuer } from './issuer.ts';
import { exchangesOf, type JournalEntry, type RecordedExchange, readJournal } from './journal.ts';
import { startTestUpstream, type TestUpstream } from './upstream.ts';

export interface Answer {
  readonly status: number;
  /** Dogwatch's code, when the answer is its own. */
  readonly code: string | null;
  readonly exchange: string;
  readonly headers: Headers;
  readonly body: Buffer;
}

export interface Scene {
  readonly issuer: TestIssuer;
  readonly upstream: TestUpstream;
  readonly site: Site;
  /** The running gateway; another one after `restart`. */
  readonly gateway: GatewayProcess;
  /** A good token of an agent in group sre. */
  readonly token: string;
  /** Calls the gateway as the agent, or with other headers. */
  call(method: string, target: string, body?: string | Uint8Array, headers?: Record<string, string>): Promise<Answer>;
  /** Makes a call that changes something, and remembers it as recorded. @throws when it does not come back as Datadog answered it */
  works(): Promise<Answer>;
  stop(signal?: NodeJS.Signals): Promise<void>;
  restart(options?: LaunchOptions): Promise<void>;
  /** Stops the gateway and reads its journal; everything that `works` ever did must be in it. */
  journal(): Promise<{ entries: JournalEntry[]; exchanges: Map<string, RecordedExchange> }>;
  close(): Promise<void>;
}

export interface SceneOptions extends LaunchOptions {
  readonly configure?: (config: ConfigInput) => ConfigInput;
  /** In place of the upstream's URL. */
  readonly upstreamUrl?: string;
  /** Called when the site is there and nothing runs over it yet. */
  readonly beforeStart?: (site: Site) => void;
}

export async function startScene({
  configure,
  upstreamUrl,
  beforeStart,
  ...launching
}: SceneOptions = {}): Promise<Scene> {
  const issuer = await startTestIssuer();
  const upstream = await startTestUpstream();
  const site = await makeSite({
    issuer: issuer.url,
    upstream: upstreamUrl ?? upstream.url,
    ...(configure && { configure }),
  });
  beforeStart?.(site);
  const release = async (): Promise<void> => {
    await issuer.close();
    await upstream.close();
  };
  let gateway = await startGateway(site, launching).catch(async (error: unknown) => {
    // A test that cannot begin must end: open servers would keep it waiting.
    await release();
    throw error;
  });
  let running = true;
  const token = await issuer.mint({ subject: 'claude-sre' });
  const acknowledged = new Map<string, Buffer>();
  let serial = 0;

  const scene: Scene = {
    issuer,
    upstream,
    site,
    get gateway() {
      return gateway;
    },
    token,
    call: async (method, target, body, headers = { 'dd-api-key': token }) => {
      const response = await fetch(gateway.url + target, {
        method,
        headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
        body: body === undefined ? null : Buffer.from(body),
      }).catch((error: unknown) => {
        throw new Error(
          `the call failed: ${String((error as Error).cause ?? error)}\n${gateway.output().slice(-4000)}`,
        );
      });
      return {
        status: response.status,
        code: response.headers.get('x-dogwatch-error'),
        exchange: response.headers.get('x-dogwatch-exchange') ?? '',
        headers: response.headers,
        body: Buffer.from(await response.arrayBuffer()),
      };
    },
    works: async () => {
      const body = JSON.stringify({
        name: `good call ${++serial}`,
        type: 'query alert',
        query: 'avg(last_5m):avg:a{*} > 1',
      });
      const answer = await scene.call('POST', '/api/v1/monitor', body);
      assert.equal(answer.status, 200, `a good call was answered ${answer.status} ${answer.body}`);
      assert.equal(answer.code, null);
      acknowledged.set(answer.exchange, answer.body);
      return answer;
    },
    stop: async (signal) => {
      if (running) await gateway.end(signal);
      running = false;
    },
    restart: async (options = {}) => {
      await scene.stop();
      gateway = await startGateway(site, options);
      running = true;
    },
    journal: async () => {
      await scene.stop();
      const entries = await readJournal(site);
      const exchanges = exchangesOf(entries);
      for (const [exchange, body] of acknowledged) {
        const recorded = exchanges.get(exchange);
        assert.ok(recorded, `${exchange} was acknowledged and is not in the journal`);
        assert.deepEqual(recorded.response, body, `${exchange} was answered otherwise than recorded`);
      }
      return { entries, exchanges };
    },
    close: async () => {
      await scene.stop('SIGKILL');
      await release();
    },
  };
  return scene;
}

/** Asserts that an answer is Dogwatch's own refusal in Datadog's error shape, and that it says something. */
export function assertRefused(answer: Pick<Answer, 'status' | 'code' | 'body'>, status: number, code: string): void {
  assert.equal(answer.code, code, `expected ${code}, got ${answer.status} ${answer.code}: ${answer.body}`);
  assert.equal(answer.status, status);
  assertErrorShape(answer.body.toString('utf8'));
}

/** Asserts `{"errors":["dogwatch: <what and what to do>"]}`. */
export function assertErrorShape(body: string): void {
  const { errors } = JSON.parse(body) as { errors: string[] };
  assert.equal(errors.length, 1);
  assert.match(errors[0] ?? '', /^dogwatch: \S.{10,}/);
}
