// `npm run recordings -- --corpus FILE [--concurrency N] [--json]`: every recorded Datadog exchange once more, by Datadog's own client, through the gateway;
// what comes back, what the journal holds of it, and which resources it names for a change, by family.
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { selfSigned } from '../harness/certificate.ts';
import { siteFingerprint } from '../harness/fingerprint.ts';
import { makeSite, type Site, startGateway } from '../harness/gateway.ts';
import { startTestIssuer } from '../harness/issuer.ts';
import { exchangesOf, readJournal } from '../harness/journal.ts';
import { type ClientOrder, type ClientResult, DOMAIN } from './client-process.ts';
import { type Comparison, compare, passes } from './compare.ts';
import { readCorpus } from './corpus.ts';
import { startReplayServer } from './replay-server.ts';
import { compareResources, journalled, type ResourceComparison, tableOf } from './resources.ts';

const HOSTS = ['api', 'http-intake.logs', 'event-management-intake', 'ip-ranges'];
/** The two ways in which the client is told of the gateway; each does every other scenario. */
const STYLES = [
  { subject: 'by-dd-site', parity: 0 },
  { subject: 'by-base-server', parity: 1 },
] as const;

export interface RunOptions {
  readonly corpus: string;
  readonly concurrency: number;
}

/** Runs the whole corpus. Everything it starts is gone when it returns. */
export async function runRecordings({
  corpus: file,
  concurrency,
}: RunOptions): Promise<Comparison & { resources: ResourceComparison; seconds: number }> {
  const corpus = readCorpus(file);
  const certificate = selfSigned(['127.0.0.1', ...HOSTS.map((host) => `${host}.${DOMAIN}`)]);
  const issuer = await startTestIssuer();
  let site: Site | undefined;
  const replay = await startReplayServer(corpus, {
    apiKey: () => site?.apiKey ?? '',
    appKey: () => site?.appKey ?? '',
  });
  try {
    site = await makeSite({
      issuer: issuer.url,
      upstream: replay.url,
      configure: (config) => ({
        ...config,
        gateway: { ...config.gateway, domain: DOMAIN, tls: { cert: './gateway.crt', key: './gateway.key' } },
        policy: { unknown: 'allow' },
      }),
    });
    writeFileSync(join(site.directory, 'gateway.crt'), certificate.cert);
    writeFileSync(join(site.directory, 'gateway.key'), certificate.key, { mode: 0o600 });
    const gateway = await startGateway(site);
    const started = Date.now();
    const results = new Map<string, ClientResult>();
    try {
      await Promise.all(
        STYLES.map(async ({ subject, parity }) => {
          const token = await issuer.mint({ subject });
          const order = { corpus: file, parity, concurrency };
          for (const result of await runClient(site as Site, subject, token, order)) results.set(result.id, result);
        }),
      );
    } finally {
      await gateway.end();
    }
    const seconds = (Date.now() - started) / 1000;
    const exchanges = exchangesOf(await readJournal(site));
    const subjectOf = (id: string): string => STYLES[Number.parseInt(id, 10) % 2]?.subject ?? '';
    const comparison = compare(
      corpus.flat(),
      ({ id }) => {
        const result = results.get(id);
        return { result, recorded: exchanges.get(result?.exchange ?? ''), subject: subjectOf(id) };
      },
      await siteFingerprint(site),
    );
    const resources = compareResources(corpus.flat(), ({ id }) => {
      const exchange = exchanges.get(results.get(id)?.exchange ?? '');
      return exchange ? journalled(exchange) : [];
    });
    const unasked = corpus.flat().filter(({ id }) => !replay.arrived.has(id));
    const changed = [...results.values()].filter(({ id, target }) => replay.arrived.get(id) !== target);
    const differing = [
      ...replay.differing,
      ...unasked.map(({ id, url }) => `${id} ${url}: never reached Datadog`),
      ...changed.map(({ id, target }) => `${id} ${target}: arrived as ${replay.arrived.get(id)}`),
      ...comparison.differing,
    ];
    return { ...comparison, resources, differing, seconds };
  } finally {
    await replay.close();
    await issuer.close();
  }
}

function runClient(
  site: Site,
  subject: (typeof STYLES)[number]['subject'],
  token: string,
  order: Omit<ClientOrder, 'baseServer'>,
): Promise<ClientResult[]> {
  const bySite = subject === 'by-dd-site';
  const child = fork(fileURLToPath(new URL('./client-process.ts', import.meta.url)), {
    env: {
      ...process.env,
      NODE_EXTRA_CA_CERTS: join(site.directory, 'gateway.crt'),
      DD_API_KEY: token,
      ...(bySite && { DD_SITE: `${DOMAIN}:${site.port}` }),
    },
  });
  const results: ClientResult[] = [];
  return new Promise((resolve, reject) => {
    child.on('message', (message) => {
      if (message !== 'done') results.push(message as ClientResult);
      else {
        child.disconnect();
        resolve(results);
      }
    });
    child.once('exit', (code) =>
      code === 0 ? undefined : reject(new Error(`the client ${subject} ended with status ${code}`)),
    );
    child.send({ ...order, ...(!bySite && { baseServer: `https://127.0.0.1:${site.port}` }) } satisfies ClientOrder);
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      corpus: { type: 'string' },
      concurrency: { type: 'string', default: '8' },
      json: { type: 'boolean', default: false },
    },
  });
  if (!values.corpus) {
    console.error('usage: npm run recordings -- --corpus FILE [--concurrency N] [--json]');
    process.exitCode = 2;
    return;
  }
  const result = await runRecordings({ corpus: values.corpus, concurrency: Number(values.concurrency) });
  const { counts, differing, resources, seconds } = result;
  const unresolved = Object.fromEntries(result.unresolved);
  const redactedPaths = Object.fromEntries(result.redactedPaths);
  if (values.json) {
    const families = Object.fromEntries(resources.families);
    const { wrong } = resources;
    console.log(JSON.stringify({ counts, unresolved, redactedPaths, families, wrong, differing, seconds }));
  } else {
    console.table({ ...counts, differing: differing.length, seconds: Math.round(seconds) });
    console.log('not resolved:', unresolved);
    console.log(`\nresources that changes name\n${tableOf(resources)}`);
    for (const line of [...resources.wrong, ...differing].slice(0, 50)) console.log(line);
  }
  process.exitCode = passes(result) && resources.wrong.length === 0 ? 0 : 1;
}

if (import.meta.main) await main();
