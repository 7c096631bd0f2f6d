// `dogwatch verify-proof`: checks a proof file with public keys alone; needs no data directory, configuration or network.
import { closeSync, createReadStream, fstatSync, openSync } from 'node:fs';
import { Command } from 'commander';
import { DogwatchError, UsageError } from '../exchange/error.ts';
import type { ProofReport } from '../journal/verify-proof.ts';
import { printable } from './printable.ts';
import { printJson, printLines } from './record-options.ts';
import { repeated } from './repeated.ts';
import { paint } from './terminal.ts';

interface Options {
  readonly key: readonly string[];
  readonly witnessKey: readonly string[];
  readonly json?: true;
}

export function verifyProofCommand(): Command {
  return new Command('verify-proof')
    .description('Check a proof file offline, with nothing but public keys.')
    .argument('<file>', 'proof file, - for standard input')
    .requiredOption('--key <vkey>', "the log's verifier key, or a file of them; may be repeated", repeated, [])
    .option(
      '--witness-key <vkey>',
      "a witness's verifier key, or a file of them: each must have cosigned",
      repeated,
      [],
    )
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExit status: 0 when it verifies, 1 when it does not, 2 for wrong use.')
    .action(async (file: string, options: Options) => {
      if (options.key.length === 0) throw new UsageError('usage', 'no --key was given');
      const [{ verifyProof }, { logKeys, witnessKeys }] = await Promise.all([
        import('../journal/verify-proof.ts'),
        import('./verifier-keys.ts'),
      ]);
      const keys = { log: logKeys(options.key), witnesses: witnessKeys(options.witnessKey) };
      try {
        const report = await verifyProof(opened(file), keys);
        if (options.json) printJson(report);
        else printLines(reportLines(report));
      } catch (error) {
        if (!options.json || !(error instanceof DogwatchError) || error.code !== 'proof_invalid') throw error;
        printJson({ ok: false, code: error.code, message: error.message });
        process.exitCode = 1;
      }
    });
}

function opened(file: string): AsyncIterable<Uint8Array> {
  if (file === '-') return process.stdin;
  try {
    const fd = openSync(file, 'r');
    if (!fstatSync(fd).isDirectory()) return createReadStream(file, { fd });
    closeSync(fd);
  } catch (cause) {
    throw new UsageError('usage', `the proof ${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  throw new UsageError('usage', `${file} is a directory, not a proof`);
}

function reportLines(report: ProofReport): string[] {
  const colour = paint();
  const { exchange, origin, size, root, signedBy, cosignedBy, entries, asked, ended, notes } = report;
  const text = (value: unknown): string => printable(String(value ?? '?'));
  const request = asked?.request;
  const what = [
    ...(asked === undefined
      ? []
      : [
          `${text(request?.method)} ${text(request?.host)}${text(request?.target)}`,
          `by ${text(asked.identity?.name ?? 'nobody who was identified')} at ${time(asked.receivedAt)}; ${text(asked.verdict?.decision)} by rule ${text(asked.verdict?.rule)}`,
        ]),
    ...(ended?.outcome === undefined
      ? []
      : [`outcome ${text(ended.outcome)}${ended.response ? `, status ${text(ended.response.status)}` : ''}`]),
  ];
  return [
    colour.green(`Verified: exchange ${exchange} stands in the log ${printable(origin)}.`),
    ...what.map((line) => `  ${line}`),
    `Checkpoint of ${size} entries, root ${root}`,
    `  signed by ${printable(signedBy.join(', '))}`,
    ...cosignedBy.map(({ witness, time: at }) => `  cosigned by ${printable(witness)} at ${time(at * 1000)}`),
    ...entries.map((entry) => {
      const parts = Object.entries(entry.parts).map(([name, state]) =>
        typeof state === 'number' ? `${name} ${state} bytes` : `${name} ${state}`,
      );
      return `  entry ${entry.index} ${entry.kind} ${time(entry.time)}: ${parts.join(', ')}`;
    }),
    ...notes.map((note) => colour.yellow(`note: ${printable(note)}`)),
  ];
}

function time(ms: unknown): string {
  const date = new Date(Number(ms));
  return Number.isNaN(date.getTime()) ? '?' : date.toISOString();
}
