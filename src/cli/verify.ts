// `dogwatch verify`: re-reads the whole journal and checks it against its signed checkpoints. Read-only, also while a gateway runs.
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { DogwatchError } from '../exchange/error.ts';
import type { Progress, Report } from '../journal/verify.ts';
import { findConfig } from './locate-config.ts';
import { printable } from './printable.ts';
import { printJson, printLines } from './record-options.ts';
import { paint } from './terminal.ts';

export function verifyCommand(): Command {
  return new Command('verify')
    .description('Re-read the whole journal and check it against its signed checkpoints.')
    .option('-c, --config <file>', 'configuration file ($DOGWATCH_CONFIG, ./dogwatch.yaml)')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', '\nExit status: 0 when the journal is whole, 1 when something is wrong with it.')
    .action(async (options: { config?: string; json?: true }) => {
      const { data, keys } = await findConfig(options.config);
      if (!existsSync(data))
        throw new DogwatchError('not_found', `there is no data directory ${data}`, {
          remedy: 'the first `dogwatch serve` makes it',
        });
      const [{ loadKeyEncryptionKey }, { verifyJournal }] = await Promise.all([
        import('../journal/keys.ts'),
        import('../journal/verify.ts'),
      ]);
      const kek = await loadKeyEncryptionKey(keys.encryption, data);
      const report = await verifyJournal({ dir: data, kek }, showProgress);
      if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
      if (options.json) printJson(report);
      else printLines(reportLines(report));
      if (!report.ok) process.exitCode = 1;
    });
}

function showProgress({ entries, of }: Progress): void {
  if (process.stderr.isTTY)
    process.stderr.write(
      `\r${entries} of ${of} entries (${of === 0 ? 100 : Math.floor((entries / of) * 100)} %)\x1b[K`,
    );
}

function reportLines(report: Report): string[] {
  const colour = paint();
  const { ok, origin, entries, signed, root, segments, bytes, erasedParts, erasures, checkpoints, problems, notes } =
    report;
  return [
    ok
      ? colour.green(`The journal ${printable(origin)} is whole.`)
      : colour.red(`The journal ${printable(origin)} is NOT whole: ${problems.length} problems.`),
    `${entries} entries in ${segments} segments (${bytes} bytes); ${signed} of them under the newest checkpoint, root ${printable(root)}`,
    `${checkpoints} kept checkpoints${erasedParts > 0 ? `; ${erasedParts} parts erased, their commitments stand` : ''}`,
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
