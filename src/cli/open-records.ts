// Opens the record for a command: remote by $DOGWATCH_API, else the gateway that runs on this machine, else the data directory itself.
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { auditInto, type Caller } from '../api/audit.ts';
import { createExplorer } from '../api/explorer.ts';
import { createFindings } from '../api/findings.ts';
import { createInquiries } from '../api/inquiries.ts';
import { localOperator, localOperatorToken } from '../api/local-operator.ts';
import { createRecords } from '../api/records.ts';
import type { Config } from '../config/config.ts';
import { DogwatchError } from '../exchange/error.ts';
import { dataPaths } from '../journal/durable.ts';
import { openKeyring } from '../journal/keyring.ts';
import { loadKeyEncryptionKey } from '../journal/keys.ts';
import type { ProofSource } from '../journal/prove.ts';
import { type ApiAddress, apiRecords } from './api-client.ts';
import { dataExplore } from './explore-source.ts';
import { dataFindings } from './finding-source.ts';
import { findConfig } from './locate-config.ts';
import { openData } from './open-data.ts';
import type { RecordSource } from './record-source.ts';
import { remoteApi } from './remote-api.ts';
import { readRunFile } from './run-file.ts';
import { VERSION } from './version.ts';

/**
 * The record that a command is about.
 * @param configFile what --config said
 * @throws DogwatchError as `openData`; UsageError `config_not_found`, `config_invalid`, `usage`
 */
export async function openRecords(
  configFile: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): Promise<RecordSource> {
  const elsewhere = remoteApi(configFile, env);
  if (elsewhere) return apiRecords(elsewhere);
  const config = await findConfig(configFile, env);
  try {
    return await dataRecords(config);
  } catch (error) {
    if (error instanceof DogwatchError && error.code === 'data_in_use') return runningRecords(config, error);
    throw error;
  }
}

/** The gateway that has the data directory open. */
const runningRecords = async (config: Config, inUse: DogwatchError): Promise<RecordSource> =>
  apiRecords(await runningApi(config, inUse));

/** Where the gateway's API is that has the data directory open, and a local operator's token for it. */
export async function runningApi(config: Config, inUse: DogwatchError): Promise<ApiAddress> {
  const run = readRunFile(config.data);
  if (!run) throw inUse;
  const kek = await loadKeyEncryptionKey(config.keys.encryption, config.data);
  const keyring = await openKeyring(config.data, kek);
  const token = localOperatorToken(keyring.secret('local-operator'), run.run, osUser());
  return { url: run.api, token, ...(config.api.tls && { certificate: config.api.tls.cert }) };
}

/** The data directory itself. Its lock is held meanwhile, so what is read here is audited as it would be by a gateway. */
async function dataRecords(config: Config): Promise<RecordSource> {
  const data = await openData(config);
  const audit = auditInto((entry) => data.journal.append(entry));
  const inquiries = createInquiries({ reader: data.reader, index: data.index, audit, size: () => data.journal.size });
  const proofs: ProofSource = {
    tlog: dataPaths(config.data).tlog,
    record: (leaf) => data.reader.record(leaf),
    checkpoint: () => data.journal.checkpoint(),
  };
  const size = (): number => data.journal.size;
  const explorer = createExplorer({ index: data.index, reader: data.reader, audit, proofs, version: VERSION, size });
  const records = createRecords({
    reader: data.reader,
    index: data.index,
    audit,
    version: VERSION,
    size,
    proofs,
    queries: explorer.queries,
  });
  const caller: Caller = { identity: localOperator(osUser()) };
  // What is asked is about all there is now, not about how far the index happens to be.
  const told = setTimeout(() => process.stderr.write('dogwatch: bringing the index up to date …\n'), 2000);
  await data.index.reached(data.journal.size).finally(() => clearTimeout(told));
  return {
    where: `the data directory ${config.data}`,
    live: false,
    explore: dataExplore(explorer, caller),
    findings: dataFindings(createFindings({ index: data.index, reader: data.reader, audit, size }), caller),
    ask: {
      history: (request) => inquiries.history(caller, request),
      changes: (request) => inquiries.changes(caller, request),
      reads: (request) => inquiries.reads(caller, request),
      account: (session) => inquiries.account(caller, session),
      impact: (session) => inquiries.impact(caller, session),
      revert: (id) => inquiries.revert(caller, id),
    },
    search: (request) => records.search(caller, request),
    sessions: (request) => records.sessions(caller, request),
    session: (id, page) => records.session(caller, id, page),
    exchange: (id) => records.exchange(caller, id),
    har: (id) => records.har(caller, id),
    curl: (id) => records.curl(caller, id),
    proof: (id, without) => records.proof(caller, id, without),
    recording: async (session, against) => ({
      proofs: await records.recording(caller, session, against),
      keys: await readFile(join(dataPaths(config.data).tlog, 'vkey'), 'utf8'),
    }),
    async *tail({ query, last, timeZone }) {
      if (last > 0)
        yield* (await records.search(caller, { query, limit: last, timeZone, order: 'newest' })).items.toReversed();
    },
    close: () => data.close(),
  };
}

/** The operating-system user, as audit entries name a local operator. */
export function osUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}
