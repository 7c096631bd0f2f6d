// `npm run rig -- [--share 1] [--only kill,power,failure,tamper,go]`: the rigs in full, or a share of their rounds. Exit status 1 when a promise was broken.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readByGo } from './interop/go-reader.ts';
import { type CrashReport, failureRounds, killRounds, type OnRound, powerRounds } from './rig/crash-rounds.ts';
import { compileShim } from './rig/disk.ts';
import { tamper, tamperTable } from './rig/tamper.ts';

const { values } = parseArgs({
  options: {
    share: { type: 'string', default: '1' },
    only: { type: 'string', default: 'kill,power,failure,tamper,go' },
  },
});
const only = new Set(values.only.split(','));
const share = (rounds: number): number => Math.max(1, Math.round(rounds * Number(values.share)));
const folder = mkdtempSync(join(tmpdir(), 'dogwatch-shim-'));
const broken: string[] = [];
const results: Record<string, string | number>[] = [];

const progress =
  (name: string): OnRound =>
  (round, report) => {
    if (round % 50 === 0)
      console.log(`${name}: ${round} rounds, ${report.acknowledged} acknowledged, ${report.broken.length} broken`);
  };

async function crash(name: string, rounds: number, run: (rounds: number, onRound: OnRound) => Promise<CrashReport>) {
  const started = Date.now();
  const { broken: found, ...counts } = await run(rounds, progress(name));
  results.push({ rig: name, ...counts, broken: found.length, seconds: Math.round((Date.now() - started) / 1000) });
  broken.push(...found);
}

try {
  const shim = compileShim(folder);
  if (only.has('kill')) await crash('kill -9', share(500), killRounds);
  if ('library' in shim) {
    if (only.has('power'))
      await crash('power loss', share(500), (rounds, onRound) => powerRounds(rounds, shim.library, onRound));
    if (only.has('failure'))
      await crash('failing disk', share(300), (rounds, onRound) => failureRounds(rounds, shim.library, onRound));
  } else console.log(`power loss and failing disk: skipped, ${shim.missing}`);
  if (results.length > 0) console.table(results);

  if (only.has('tamper')) {
    const tampered = await tamper(share(1000));
    console.table(tamperTable(tampered));
    broken.push(...tampered.broken);
  }
  if (only.has('go')) {
    const read = await readByGo(share(100_000));
    console.log('missing' in read ? `the reader in Go: skipped, ${read.missing}` : `the reader in Go: ${read.output}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const line of broken.slice(0, 50)) console.error(line);
console.log(broken.length === 0 ? 'no promise was broken' : `${broken.length} promises were broken`);
process.exitCode = broken.length === 0 ? 0 : 1;
