// One agent of the recordings run: Datadog's own client, unmodified, told of the gateway by DD_SITE or by a base server.
import dns from 'node:dns';
import { client } from '@datadog/datadog-api-client';
import { type RecordedInteraction, readCorpus } from './corpus.ts';
import { REPLAY_HEADER } from './replay-server.ts';

export interface ClientOrder {
  readonly corpus: string;
  /** Scenarios whose number leaves this remainder when divided by two are this client's. */
  readonly parity: 0 | 1;
  readonly concurrency: number;
  /** The gateway as a base server; without one, the client goes by DD_SITE. */
  readonly baseServer?: string;
}

/** How one interaction came back. */
export interface ClientResult {
  readonly id: string;
  /** Path and query as the client sent them. */
  readonly target: string;
  readonly exchange: string;
  readonly status: number;
  /** Base64. */
  readonly body: string;
  readonly error?: string;
}

/** The domain that this test's gateway answers for, and that no DNS knows. */
export const DOMAIN = 'dogwatch.test';

// What a DNS entry for the gateway's domain does where there is one.
const lookup = dns.lookup;
const patched = (name: string, options: dns.LookupAllOptions, callback: (...results: unknown[]) => void): void =>
  lookup(name === DOMAIN || name.endsWith(`.${DOMAIN}`) ? '127.0.0.1' : name, options, callback);
dns.lookup = patched as unknown as typeof dns.lookup;

/** Sends one recorded request through the client's own HTTP layer, with its own authentication and server choice. */
async function repeat(configuration: client.Configuration, recorded: RecordedInteraction): Promise<ClientResult> {
  const url = new URL(recorded.url);
  const server = configuration.getServer(OTHER_HOSTS.get(url.hostname) ?? 'v1.any');
  const context = server.makeRequestContext(url.pathname, recorded.method as client.HttpMethod);
  for (const [name, value] of url.searchParams) context.setQueryParam(name, [value], 'multi');
  context.setHttpConfig(configuration.httpConfig);
  for (const [name, value] of Object.entries(recorded.requestHeaders)) context.setHeaderParam(name, value);
  context.setHeaderParam(REPLAY_HEADER, recorded.id);
  if (recorded.requestBody.length > 0) context.setBody(recorded.requestBody.toString('utf8'));
  for (const method of Object.values(configuration.authMethods)) method?.applySecurityAuthentication(context);
  const sent = new URL(context.getUrl());
  const response = await configuration.httpApi.send(context);
  return {
    id: recorded.id,
    target: sent.pathname + sent.search,
    exchange: response.headers['x-dogwatch-exchange'] ?? '',
    status: response.httpStatusCode,
    body: (await response.body.binary()).toString('base64'),
  };
}

/** Operations that the client sends to hosts of their own, by the host. */
const OTHER_HOSTS: ReadonlyMap<string, string> = new Map([
  ['http-intake.logs.datadoghq.com', 'v2.LogsApi.submitLog'],
  ['event-management-intake.datadoghq.com', 'v2.EventsApi.createEvent'],
  ['ip-ranges.datadoghq.com', 'v1.IPRangesApi.getIPRanges'],
]);

async function run({ corpus, parity, concurrency, baseServer }: ClientOrder): Promise<void> {
  const configuration = client.createConfiguration(
    baseServer === undefined ? {} : { baseServer: new client.ServerConfiguration(baseServer, {}) },
  );
  const scenarios = readCorpus(corpus).filter((_, number) => number % 2 === parity);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let scenario = scenarios[next++]; scenario; scenario = scenarios[next++]) {
      // A scenario's calls follow one another; what one created, the next one reads.
      for (const recorded of scenario) {
        const failed = (error: unknown): ClientResult => ({
          id: recorded.id,
          target: '',
          exchange: '',
          status: 0,
          body: '',
          error: String(error),
        });
        process.send?.(await repeat(configuration, recorded).catch(failed));
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

process.once('message', (order) => {
  run(order as ClientOrder).then(() => process.send?.('done'));
});
