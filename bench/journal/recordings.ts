// How many bytes the journal keeps of real exchanges, recorded with the summaries that the gateway writes, beside the same as text; and how
// quickly they are verified.
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { classify } from '../../src/datadog/classify.ts';
import { normaliseTarget } from '../../src/datadog/target.ts';
import { newId } from '../../src/exchange/canonical.ts';
import type { Entry } from '../../src/exchange/entry.ts';
import type { BodyInfo, ExchangeIntent, ExchangeOutcome } from '../../src/exchange/exchange.ts';
import { openJournal } from '../../src/journal/journal.ts';
import { verifyJournal } from '../../src/journal/verify.ts';
import { type RecordedInteraction, readCorpus } from '../../test/recordings/corpus.ts';
import { kek, signingKey } from './appenders.ts';

const CORPUS = fileURLToPath(new URL('../../../shared/datadog/recordings.ndjson.gz', import.meta.url));

/** What the journal makes of the recordings. */
export interface Recorded {
  /** Bytes per exchange in each form. */
  readonly forms: readonly { readonly as: string; readonly bytes: number }[];
  readonly entries: number;
  /** Bytes of parts in an entry, on average. */
  readonly entryBytes: number;
  /** Entries verified in a second of CPU, all threads together. */
  readonly verified: number;
}

/** Verified is a journal of so many times these entries: a few thousand are over before the code has been compiled. */
const TIMES = 8;
/** The middle one counts. */
const VERIFICATIONS = 3;

/** Undefined when the recordings are not there. */
export async function keepRecordings(): Promise<Recorded | undefined> {
  if (!existsSync(CORPUS)) return undefined;
  const interactions = readCorpus(CORPUS).flat();
  const recorded = interactions.map(recordOf);
  const ndjson = Buffer.from(recorded.map(({ line }) => `${line}\n`).join(''));
  const folder = mkdtempSync(join(tmpdir(), 'dogwatch-bench-'));
  try {
    const dir = join(folder, 'data');
    const entries = recorded.flatMap((each) => each.entries);
    await write(dir, entries);
    const files = readdirSync(join(dir, 'journal'), { recursive: true, withFileTypes: true }).filter((item) =>
      item.isFile(),
    );
    const bytes = files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
    const zstd = zstdCompressSync(ndjson, { params: { [constants.ZSTD_c_compressionLevel]: 19 } });
    const forms = [
      { as: 'journal', bytes },
      { as: 'NDJSON', bytes: ndjson.length },
      { as: 'NDJSON, gzip -9', bytes: gzipSync(ndjson, { level: 9 }).length },
      { as: 'NDJSON, zstd -19', bytes: zstd.length },
    ].map((row) => ({ ...row, bytes: row.bytes / interactions.length }));
    for (let time = 1; time < TIMES; time++) await write(dir, entries);
    const held = entries.flatMap(({ parts }) => Object.values<Uint8Array>({ ...parts }));
    const entryBytes = held.reduce((sum, part) => sum + part.length, 0) / entries.length;
    return { forms, entries: entries.length, entryBytes, verified: await verifiedPerSecond(dir) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function write(dir: string, entries: readonly Entry[]): Promise<void> {
  const journal = await openJournal({ dir, name: 'bench', kek, signingKey });
  // As many at once as an ordinary day brings, so that frames are of an ordinary size.
  for (let at = 0; at < entries.length; at += 16) {
    await Promise.all(entries.slice(at, at + 16).map((entry) => journal.append(entry)));
  }
  await journal.close();
}

async function verifiedPerSecond(dir: string): Promise<number> {
  const rates: number[] = [];
  for (let time = 0; time < VERIFICATIONS; time++) {
    const cpu = process.cpuUsage();
    const report = await verifyJournal({ dir, kek });
    const { user, system } = process.cpuUsage(cpu);
    if (!report.ok) throw new Error(`it does not verify: ${JSON.stringify(report.problems)}`);
    rates.push(report.entries / ((user + system) / 1e6));
  }
  return rates.sort((a, b) => a - b)[VERIFICATIONS >> 1] ?? Number.NaN;
}

const bodyInfo = (body: Buffer): BodyInfo => ({ size: body.length, recorded: body.length });

/** The entries that the gateway records of an exchange, and the same as one line of JSON. */
function recordOf(interaction: RecordedInteraction): { entries: Entry[]; line: string } {
  const { method, requestBody, responseBody } = interaction;
  const { host, pathname, search } = new URL(interaction.url);
  const target = normaliseTarget(pathname + search);
  const time = Date.now();
  const { classification } = classify({ method, target, host: 'api', body: requestBody });
  const intent: ExchangeIntent = {
    exchange: newId(),
    receivedAt: time,
    session: '0195f0a1-7c52-7d3e-9b1a-2f64c0d8e971',
    identity: {
      kind: 'agent',
      issuer: 'https://idp.example.com/realms/agents',
      subject: 'system:serviceaccount:sre:claude',
      name: 'claude-sre',
      groups: ['sre'],
      onBehalfOf: [],
      claims: { 'kubernetes.io/namespace': 'sre', 'kubernetes.io/serviceaccount': 'claude' },
    },
    client: { userAgent: 'datadog-api-client-typescript/1.64.0 (node 24; os linux; arch x64)' },
    source: '10.3.17.201:52144',
    connection: 'production',
    classification,
    verdict: { decision: 'allow', rule: 'default' },
    request: {
      method,
      target: pathname + search,
      host,
      httpVersion: '1.1',
      headers: Object.entries(interaction.requestHeaders),
      body: bodyInfo(requestBody),
    },
  };
  const outcome: ExchangeOutcome = {
    exchange: intent.exchange,
    outcome: 'complete',
    response: {
      status: interaction.status,
      headers: Object.entries(interaction.responseHeaders),
      body: bodyInfo(responseBody),
    },
    timing: { forwarded: time + 1, firstByte: time + 130, completed: time + 131 },
  };
  const request = requestBody.length > 0 ? { request: requestBody } : {};
  const response = responseBody.length > 0 ? { response: responseBody } : {};
  const entry = (kind: Entry['kind'], summary: object, bodies: object): Entry => ({
    id: newId(),
    time,
    kind,
    parts: { summary: Buffer.from(JSON.stringify(summary)), ...bodies },
  });
  const line = { ...intent, ...outcome, requestBody: requestBody.toString(), responseBody: responseBody.toString() };
  return {
    entries:
      classification.action === 'read'
        ? [entry('exchange', { ...intent, ...outcome }, { ...request, ...response })]
        : [entry('exchange.intent', intent, request), entry('exchange.outcome', outcome, response)],
    line: JSON.stringify(line),
  };
}
