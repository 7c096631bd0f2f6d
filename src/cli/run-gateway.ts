// Puts a gateway together from its configuration and runs it: data, keys, vault, verifier, policy, listeners, recovery, shutdown.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { createApi } from '../api/api.ts';
import { auditInto } from '../api/audit.ts';
import { createKeeping } from '../api/keeping.ts';
import { localOperator } from '../api/local-operator.ts';
import { createRetention } from '../api/retention.ts';
import type { Config } from '../config/config.ts';
import { formatAddress } from '../config/units.ts';
import { newId } from '../exchange/canonical.ts';
import type { LifecycleEvent } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import { createGateway } from '../gateway/gateway.ts';
import { LATENCY_BUCKETS } from '../gateway/stats.ts';
import { openIdentityStore } from '../identity/identity-store.ts';
import { createTokenEndpoint } from '../identity/token-endpoint.ts';
import { createVerifier } from '../identity/verifier.ts';
import { dataPaths } from '../journal/durable.ts';
import type { Journal } from '../journal/journal.ts';
import { compilePolicy } from '../policy/policy.ts';
import { mayUse } from '../vault/access.ts';
import { fingerprintOf } from '../vault/fingerprint.ts';
import { type Connection, openVault } from '../vault/vault.ts';
import { memoriesOf } from './memories.ts';
import { type OpenData, openData } from './open-data.ts';
import { recordConfig } from './record-config.ts';
import { recoverPending } from './recovery.ts';
import { replayInThread } from './replay-thread.ts';
import { removeRunFile, writeRunFile } from './run-file.ts';
import { prepareSignIn } from './sign-in-material.ts';
import { startResponse } from './start-response.ts';
import { startWatch } from './start-watch.ts';
import { witnessingOf } from './start-witnessing.ts';
import { summariseRun } from './summarise-run.ts';
import { verifyInThread } from './verify-thread.ts';
import { VERSION } from './version.ts';

export interface RunningGateway {
  /** `http://127.0.0.1:8080` */
  readonly gatewayUrl: string;
  readonly apiUrl: string;
  /** Reads the connections and their secrets anew, as SIGHUP asks; on an error those of before stay. */
  reload(): Promise<void>;
  /** Drains the gateway, records the stop, signs the last checkpoint, and closes everything. */
  close(): Promise<void>;
}

/**
 * Runs a gateway and its API.
 * @throws DogwatchError `port_in_use`, `data_in_use`, `key_*`, `wrong_key`, `journal_damaged`, `connection_invalid`, `config_invalid`
 */
export async function runGateway(config: Config, { log }: { log: Logger }): Promise<RunningGateway> {
  const judge = compilePolicy(config.policy);
  const gatewayTls = await readTls(config.gateway.tls);
  const apiTls = await readTls(config.api.tls);
  const signInAt = await prepareSignIn(config);

  await using parts = new AsyncDisposableStack();
  const data = parts.adopt(await openData(config), (each) => each.close());
  const { journal, reader, index, keyring, kek } = data;
  for (const what of journal.recovered) log.warn({ what }, 'the journal was recovered');
  journal.onState(({ state, reason }) => {
    if (state === 'ok') log.info('the journal takes entries again');
    else log.error({ state, reason }, 'the journal takes no entries: calls are refused');
  });
  index.onTrouble = (why) => log.error({ why }, 'a thread of the index ended; it is started again');
  const sizeAtStart = journal.size;
  const witnessing = witnessingOf(config, log);
  // The last checkpoint is handed out as well: after everything that appends, before the journal closes.
  parts.defer(() => witnessing.finish(() => journal.checkpoint()));
  const identities = parts.adopt(
    await openIdentityStore({ dir: config.data, key: keyring.secret('tokens') }),
    (store) => store.close(),
  );
  const verifier = createVerifier(config.issuers, { tokens: identities.tokens, revocations: identities.revocations });
  const vault = await openVault({ dir: config.data, kek, configured: config.connections });
  const started = Date.now();
  await recordLife(journal, 'gateway.start', 'the gateway started', {
    version: VERSION,
    connections: vault.connections().length,
  });

  const fingerprint = fingerprintOf(keyring.secret('fingerprint'));
  const response = parts.adopt(
    await startResponse({ config, identities, keyring, vault, append: (entry) => journal.append(entry), log }),
    (each) => each.close(),
  );
  const watch = startWatch(config, data, log);
  watch?.onFinding((finding, _event, late) => void response.hear(finding, late));
  parts.defer(() => watch?.close());
  let apiUrl = '';
  let signIn: ReturnType<typeof signInAt>;
  const gateway = await createGateway({
    config: config.gateway,
    ...(gatewayTls && { tls: gatewayTls }),
    journal,
    verifier,
    revocations: identities.revocations,
    restraints: response.restraints,
    tokenEndpoint(publicUrl) {
      signIn = signInAt(publicUrl);
      return createTokenEndpoint({
        verifier,
        ...(signIn && { verifySaml: signIn.verifySaml }),
        store: identities,
        append: (entry) => journal.append(entry),
        publicUrl,
        ...(config.gateway.domain !== undefined && { site: siteAt(config.gateway.domain, publicUrl) }),
        mayUse(identity, name) {
          const connection = vault.connection(name);
          return connection !== undefined && mayUse(identity, connection);
        },
        summaryOf: (identity, session) => summariseRun(index, journal.size, apiUrl, identity, session),
        fingerprint,
      });
    },
    judge,
    vault,
    fingerprint,
    log,
    lastSession: (issuer, subject) => index.lastSession({ issuer, subject }),
  });
  const drain = once(() => gateway.close());
  parts.defer(drain);

  const stopping = new AbortController();
  const reloadConnections = async (): Promise<string[]> => {
    const before = vault.connections();
    await vault.reload();
    const changes = changesBetween(before, vault.connections());
    log.info({ changes }, 'connections read anew');
    return changes;
  };
  const run = randomUUID();
  const memories = memoriesOf(config, data, { watch, alerts: response.alerts && response, identities });
  const keeping = createKeeping({ dir: config.data, journal, reader, index, memories });
  const retention = createRetention({ dir: config.data, config: config.retention, keeping, log });
  parts.defer(() => retention.stop());
  const api = await createApi({
    config,
    keeping,
    retention: () => retention.status(),
    verifyJournal: verifyInThread(config, kek),
    replay: replayInThread(dataPaths(config.data).tlog),
    ...(apiTls && { tls: apiTls }),
    version: VERSION,
    run: { id: run, started },
    journal,
    reader,
    index,
    verifier,
    ...(signIn && { signIn }),
    identities,
    ...(watch && {
      watch: {
        top: (options) => watch.top(options),
        suppressions: (list) => watch.suppressions(list),
        decided(decision) {
          watch.decided(decision);
          response.decided(decision);
        },
      },
    }),
    containing: response.containing,
    operators: response.operators,
    ...(response.alerts && { alerts: response.alerts }),
    gatewayUrl: gateway.publicUrl,
    keyring,
    connections: () =>
      vault.connections().map(({ name, site, default: preset, readOnly, groups, sandbox, images, credential }) => ({
        ...{ name, site, default: preset, readOnly, groups, sandbox, images, credential },
        limits: gateway
          .limitsOf(name)
          .map(({ left, ...limit }) => ({ ...limit, until: Date.now() + Math.round(left) })),
      })),
    reloadConnections,
    gatewayStats: gateway.stats,
    latencyBuckets: LATENCY_BUCKETS,
    witnessing: () => witnessing.status(),
    notReady: () => [...(stopping.signal.aborted ? ['the gateway is stopping'] : []), ...whyJournalNotReady(journal)],
    log,
  });
  parts.defer(() => api.close());
  apiUrl = api.url;
  writeRunFile(config.data, { run, pid: process.pid, api: api.url, started });
  parts.defer(() => removeRunFile(config.data));

  // The index may still be catching up with a long journal; calls are served meanwhile.
  const recovery = recover(config, data, sizeAtStart, stopping.signal, log);
  keeping.erasure.resume().then(
    (resumed) => resumed && log.info('an erasure that was interrupted has been ended'),
    (error: unknown) => log.error({ code: codeOf(error), message: messageOf(error) }, 'an erasure is not yet ended'),
  );
  const gatewayUrl = `${gatewayTls ? 'https' : 'http'}://${formatAddress({ host: config.gateway.listen.host, port: gateway.address.port })}`;
  log.info(
    { gateway: gatewayUrl, api: api.url, connections: vault.connections().length, issuers: config.issuers.length },
    'serving',
  );

  const all = parts.move();
  return {
    gatewayUrl,
    apiUrl: api.url,
    async reload() {
      const changes = await reloadConnections();
      await auditInto((entry) => journal.append(entry))(
        { identity: localOperator('SIGHUP') },
        'admin.connection',
        'had the connections read anew',
        { changes },
      );
    },
    close: once(async () => {
      log.info('stopping');
      stopping.abort();
      await drain();
      await recovery;
      const uptimeSeconds = Math.round((Date.now() - started) / 1000);
      await recordLife(journal, 'gateway.stop', 'the gateway stopped', { uptimeSeconds }).catch((error: unknown) =>
        log.error({ code: codeOf(error) }, 'the stop could not be recorded'),
      );
      await all.disposeAsync();
      log.info('stopped');
    }),
  };
}

/**
 * Marks what the last run left open. A failure is told, and the next start tries again; it does not keep calls from being served.
 * @param size leaves of the journal before this run appended any
 */
async function recover(
  config: Config,
  data: OpenData,
  size: number,
  stopping: AbortSignal,
  log: Logger,
): Promise<void> {
  const { index, reader, journal } = data;
  const stopped = new Promise<void>((resolve) => stopping.addEventListener('abort', () => resolve(), { once: true }));
  try {
    await Promise.race([index.reached(size), stopped]);
    if (stopping.aborted) return;
    await reader.refresh(size);
    const count = await recoverPending(await index.pending(size), reader, size, (entry) => journal.append(entry));
    if (count > 0) log.warn({ exchanges: count }, 'exchanges that the last stop cut off now have the outcome unknown');
    await recordConfig(config, data, size);
  } catch (error) {
    log.error(
      { code: codeOf(error), message: messageOf(error) },
      'exchanges that the last stop cut off could not be marked',
    );
  }
}

/** The domain, with the port at which clients reach it. */
const siteAt = (domain: string, publicUrl: string): string => {
  const { port } = new URL(publicUrl);
  return port === '' ? domain : `${domain}:${port}`;
};

async function recordLife(
  journal: Journal,
  kind: 'gateway.start' | 'gateway.stop',
  what: string,
  details: LifecycleEvent['details'],
): Promise<void> {
  const event: LifecycleEvent = { what, details };
  await journal.append({ id: newId(), time: Date.now(), kind, parts: { summary: Buffer.from(JSON.stringify(event)) } });
}

/** What is different, a sentence for each connection. */
function changesBetween(before: readonly Connection[], after: readonly Connection[]): string[] {
  const old = new Map(before.map((connection) => [connection.name, connection]));
  const changes: string[] = [];
  for (const connection of after) {
    const was = old.get(connection.name);
    old.delete(connection.name);
    if (!was) changes.push(`${connection.name} is new`);
    else if (JSON.stringify(was) !== JSON.stringify(connection)) changes.push(`${connection.name} has changed`);
  }
  return [...changes, ...[...old.keys()].map((name) => `${name} is gone`)];
}

function whyJournalNotReady(journal: Journal): string[] {
  const { state, reason } = journal.status();
  return state === 'ok' ? [] : [`the journal takes no entries: ${reason ?? state}`];
}

async function readTls(
  files: { cert: string; key: string } | undefined,
): Promise<{ cert: Buffer; key: Buffer } | undefined> {
  return files && { cert: await readPem(files.cert), key: await readPem(files.key) };
}

async function readPem(file: string): Promise<Buffer> {
  return readFile(file).catch((cause: unknown) => {
    throw new DogwatchError('config_invalid', `${file} cannot be read: ${messageOf(cause)}`, {
      cause,
      remedy: 'tls.cert and tls.key name PEM files',
    });
  });
}

/** The function, run at its first call only; every call gets that promise. */
function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= run();
    return running;
  };
}

const codeOf = (error: unknown): string => (error instanceof DogwatchError ? error.code : 'internal');
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
