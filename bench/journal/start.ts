// How long the journal takes to start over histories of several sizes, and how much of them it reads.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROCESS = fileURLToPath(new URL('./start-process.ts', import.meta.url));

const run = (...args: string[]): string =>
  spawnSync(process.execPath, [PROCESS, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 20,
  }).stdout;

/** A row for each size in MiB. Every history ends as a kill left it. */
export async function measureStarts(directory: string, sizes: readonly number[]): Promise<Record<string, number>[]> {
  const rows = [];
  for (const size of sizes) {
    const folder = mkdtempSync(join(directory, 'dogwatch-bench-'));
    try {
      run('fill', folder, String(size));
      const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((item) => item.isFile());
      const bytes = files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
      // The first start after the kill catches up; the second shows what is left when nothing is to be done.
      for (const start of [1, 2]) {
        const {
          milliseconds,
          read,
          size: entries,
          segments,
          peak,
        } = JSON.parse(run('open', folder)) as Record<string, number>;
        rows.push({
          'history MiB': Math.round(bytes / 1024 ** 2),
          start,
          entries: entries!,
          segments: segments!,
          'ms to open': Math.round(milliseconds!),
          'MiB read': Math.round((read! / 1024 ** 2) * 10) / 10,
          'MiB at most': Math.round(peak!),
        });
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return rows;
}
