// `dogwatch verify`: re-reads the whole journal and checks it against its signed checkpoints. Read-only, also while a gateway runs.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { UsageError } from '../exchange/error.ts';
import { parseNotes } from '../journal/note-file.ts';
import type { Progress, Report } from '../journal/verify.ts';
import type { OutsideFile } from '../journal/verify-heads.ts';
import { findConfig } from './locate-config.ts';
import { printable } from './printable.ts';
import { printJson, printLines } from './record-options.ts';
import { repeated } from './repeated.ts';
import { paint } from './terminal.ts';

interface Options {
  readonly config?: string;
  readonly data?: string;
  readonly sinceCheckpoint: readonly string[];
  readonly key: readonly string[];
  readonly json?: true;
}

export function verifyCommand(): Command {
  return new Command('verify')
    .description('Re-read the whole journal and check it against its signed checkpoints.')
    .option('-c, --config <file>', 'configuration file ($DOGWATCH_CONFIG, ./dogwatch.yaml)')
    .option('--data <dir>', 'data directory, when it is not that of the configuration')
    .option(
      '--since-checkpoint <file>',
      'checkpoints kept elsewhere, which the journal must be a later state of; may be repeated',
      repeated,
      [],
    )
    .option(
      '--key <vkey>',
      'verifier key that the journal must have been signed with, or a file; may be repeated',
      repeated,
      [],
    )
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 when the journal is whole, 1 when something is wrong with it, 2 for wrong use.\nIt only reads, also while a gateway runs.',
    )
    .action(runVerify);
}

async function runVerify(options: Options): Promise<void> {
  const { data: configured, keys, checkpoints } = await findConfig(options.config);
  const data = options.data === undefined ? configured : resolve(options.data);
  if (!existsSync(data)) {
    throw new UsageError('not_found', `there is no data directory ${data}`, {
      remedy: 'the first `dogwatch serve` makes it; --data names another',
    });
  }
  const since = options.sinceCheckpoint.map(checkpointFile);
  const [{ loadKeyEncryptionKey }, { verifyJournal }, { logKeys, witnessKeys }] = await Promise.all([
    import('../journal/keys.ts'),
    import('../journal/verify.ts'),
    import('./verifier-keys.ts'),
  ]);
  const pinned = logKeys(options.key);
  const witnesses = checkpoints.witnesses.flatMap(({ name, key }) =>
    witnessKeys([key]).map((each) => ({ name, key: each })),
  );
  const kek = await loadKeyEncryptionKey(keys.encryption, data);
  const report = await verifyJournal({ dir: data, kek, since, keys: pinned, witnesses }, showProgress);
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  if (options.json) printJson(report);
  else printLines(reportLines(report));
  if (!report.ok) process.exitCode = 1;
}

/** Nobody keeps more checkpoints than this in one file. */
const MAX_CHECKPOINTS = 256 << 20;

/** A file of checkpoints. One that holds none was named by mistake. @throws UsageError */
function checkpointFile(file: string): OutsideFile {
  let text: string;
  try {
    if (statSync(file).size > MAX_CHECKPOINTS) throw new Error(`it is longer than ${MAX_CHECKPOINTS} bytes`);
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError('usage', `the checkpoints ${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  if (parseNotes(text).notes.length > 0) return { file, text };
  throw new UsageError('usage', `${file} holds no checkpoint`, {
    remedy: 'name a copy of /tlog/checkpoint, a file of checkpoints.copies, or what a witness keeps in its --state',
  });
}

const BAR = 30;

function showProgress({ entries, of }: Progress): void {
  if (!process.stderr.isTTY) return;
  const share = of === 0 ? 1 : Math.min(1, entries / of);
  const done = Math.floor(share * BAR);
  const bar = `${'█'.repeat(done)}${'░'.repeat(BAR - done)}`;
  process.stderr.write(`\r${bar} ${Math.floor(share * 100)} %  ${entries} of ${of} entries\x1b[K`);
}

function reportLines(report: Report): string[] {
  const colour = paint();
  const { ok, origin, entries, signed, root, segments, bytes, erasedParts, erasures, checkpoints, problems, notes } =
    report;
  const { witnesses } = report;
  return [
    ok
      ? colour.green(`The journal ${printable(origin)} is whole.`)
      : colour.red(`The journal ${printable(origin)} is NOT whole: ${problems.length} problems.`),
    `${entries} entries in ${segments} segments (${bytes} bytes); ${signed} of them under the newest checkpoint, root ${printable(root)}`,
    `${checkpoints} kept checkpoints${erasedParts > 0 ? `; ${erasedParts} parts erased, their commitments stand` : ''}`,
    ...witnesses.map(({ name, size, time }) =>
      time === undefined
        ? colour.yellow(`the witness ${printable(name)} has cosigned nothing that is here`)
        : `the witness ${printable(name)} cosigned ${size} entries at ${new Date(time * 1000).toISOString()}`,
    ),
    ...erasures.newest.map(({ leaf, time, by, why, parts }) =>
      printable(`erased on ${new Date(time).toISOString()} by ${by}: ${erasedText(parts)} (entry ${leaf}): ${why}`),
    ),
    ...(erasures.count > erasures.newest.length
      ? [`and ${erasures.count - erasures.newest.length} older erasures`]
      : []),
    ...notes.map((note) => colour.yellow(`note: ${printable(note)}`)),
    ...problems.map((problem) => colour.red(printable(problemText(problem)))),
  ];
}

function problemText({ file, byte, entry, what }: Report['problems'][number]): string {
  const place = [file, byte === undefined ? '' : `byte ${byte}`, entry === undefined ? '' : `entry ${entry}`]
    .filter((part) => part !== '')
    .join(', ');
  return `${place}: ${what}`;
}

/** `response of entries 3-9, summary of entries 4`; long lists are cut. */
function erasedText(parts: Report['erasures']['newest'][number]['parts']): string {
  return Object.entries(parts)
    .map(([part, leaves]) => `${part} of entries ${leaves.length > 60 ? `${leaves.slice(0, 60)}…` : leaves}`)
    .join(', ');
}
