// Runs a replay: fetches and verifies the recording, sets up what it is replayed against, tells what happened.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { hostsOf } from '../datadog/sites.ts';
import { UsageError } from '../exchange/error.ts';
import { readVerifierKeys } from '../journal/verifier-keys.ts';
import { connectionTarget, type OriginalConnection } from '../replay/connection-target.ts';
import { htmlReport } from '../replay/html.ts';
import { isErased, type Recording } from '../replay/recording.ts';
import { replay } from '../replay/replay.ts';
import type { Step } from '../replay/report.ts';
import { sandboxTargets, type Targets } from '../replay/sandbox-target.ts';
import type { Credential } from '../vault/credential.ts';
import { readVault } from './change-connections.ts';
import { findConfig } from './locate-config.ts';
import { readRecording } from './read-recording.ts';
import { printJson, printLines, type RecordOptions, withRecords } from './record-options.ts';
import { remoteApi } from './remote-api.ts';
import { stepLines, summaryLines } from './replay-text.ts';

const MAX_EDIT = 32 << 20;

export interface ReplayOptions extends RecordOptions {
  readonly until?: number;
  readonly step?: true;
  readonly skip: readonly number[];
  readonly edit: readonly (readonly [n: number, file: string])[];
  readonly against: string;
  readonly paced?: true;
  readonly report?: string;
}

export async function runReplay(session: string, options: ReplayOptions): Promise<void> {
  const edits = new Map(options.edit.map(([n, file]) => [n, editFile(file)]));
  if (options.step && !process.stdin.isTTY)
    throw new UsageError('usage', '--step waits for Enter, and stdin is no terminal');
  const recording = await withRecords(options, async (records) => {
    // As the proofs name it: what was typed may be the beginning.
    const { id } = (await records.session(session, { limit: 1 })).session;
    const { proofs, keys } = await records.recording(id, options.against);
    return readRecording(proofs, id, readVerifierKeys(keys, 'vkey'));
  });
  for (const n of [...options.skip, ...edits.keys()]) {
    if (n > recording.calls.length)
      throw new UsageError('usage', `there is no call ${n}: the session has ${recording.calls.length}`);
  }
  const { targets, origin } = await targetsFor(recording, options);
  const done = await replay(recording, {
    targets,
    origin,
    ...(options.until !== undefined && { until: options.until }),
    skip: new Set(options.skip),
    edits,
    ...(options.paced && { pause: (milliseconds: number) => delay(milliseconds) }),
    onStep: (step) => tellStep(step, options),
  });
  if (options.report !== undefined) writeFileSync(options.report, htmlReport(done), { mode: 0o600 });
  if (options.json) return printJson(done);
  printLines(summaryLines(done));
}

async function tellStep(step: Step, options: ReplayOptions): Promise<void> {
  if (!options.json) printLines(stepLines(step));
  if (!options.step) return;
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  await prompt.question('');
  prompt.close();
}

function editFile(file: string): Buffer {
  try {
    if (statSync(file).size > MAX_EDIT) throw new Error(`it is longer than ${MAX_EDIT} bytes`);
    const bytes = readFileSync(file);
    JSON.parse(bytes.toString('utf8'));
    return bytes;
  } catch (cause) {
    throw new UsageError('usage', `the body ${file} cannot be taken: ${(cause as Error).message}`, { cause });
  }
}

async function targetsFor(recording: Recording, options: ReplayOptions): Promise<Targets> {
  const names = [...new Set(recording.calls.flatMap((call) => (isErased(call) ? [] : [call.connection])))];
  if (options.against !== 'sandbox') return againstConnection(names, options);
  return sandboxTargets(recording);
}

/** A real organisation. What it holds is what it holds: nothing is put into it before the session. */
async function againstConnection(names: readonly string[], options: ReplayOptions): Promise<Targets> {
  if (remoteApi(options.config)) {
    throw new UsageError(
      'usage',
      'a connection is reached with the credential that this machine holds, and the record is elsewhere',
      {
        remedy: 'run the command beside the gateway, or replay against the sandbox',
      },
    );
  }
  if (names.length > 1) {
    throw new UsageError(
      'usage',
      `the session used ${names.length} connections; only one can be replayed against another`,
    );
  }
  const config = await findConfig(options.config);
  const vault = await readVault(config);
  const connection = vault.connection(options.against);
  if (!connection) {
    throw new UsageError('usage', `there is no connection ${options.against}`, {
      remedy: 'dogwatch connection list names them',
    });
  }
  const originals = names.map((name): OriginalConnection => {
    const held = vault.connection(name);
    return { name, secrets: held && held.credential !== 'missing' ? secretsOf(vault.credentialNow(name)) : [] };
  });
  const { upstream, site } = connection;
  const target = connectionTarget(
    {
      name: connection.name,
      sandbox: connection.sandbox,
      origin: upstream === undefined ? `https://${hostsOf(site).api}` : new URL(upstream).origin,
      credential: headersOf(vault.credentialNow(connection.name)),
    },
    originals,
  );
  return {
    targets: new Map(names.map((name) => [name, target])),
    origin: { resources: 0, calls: 0, guessed: [] },
  };
}

const secretsOf = (credential: Credential): string[] =>
  'accessToken' in credential ? [credential.accessToken] : [credential.apiKey, credential.appKey];

const headersOf = (credential: Credential): Record<string, string> =>
  'accessToken' in credential
    ? { authorization: `Bearer ${credential.accessToken}` }
    : { 'dd-api-key': credential.apiKey, 'dd-application-key': credential.appKey };
