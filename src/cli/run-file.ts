// run.json in the data directory: how a command on this machine finds the gateway that has it open. It holds no secret.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const schema = z.object({
  /** Id of this run; a local operator's token is good for this run alone. */
  run: z.string().min(1).max(64),
  pid: z.int().positive(),
  /** Where the API listens. */
  api: z.url(),
  /** Milliseconds since the epoch. */
  started: z.int(),
});
export type RunFile = z.output<typeof schema>;

const pathIn = (data: string): string => join(data, 'run.json');

/** Tells other processes of this machine about the run. A reader sees the old file or the new one. */
export function writeRunFile(data: string, run: RunFile): void {
  const fresh = `${pathIn(data)}.new`;
  writeFileSync(fresh, `${JSON.stringify(run)}\n`, { mode: 0o600 });
  renameSync(fresh, pathIn(data));
}

export function removeRunFile(data: string): void {
  rmSync(pathIn(data), { force: true });
}

/** What the last run left; undefined when there is nothing readable. Only the lock tells whether it still runs. */
export function readRunFile(data: string): RunFile | undefined {
  try {
    const result = schema.safeParse(JSON.parse(readFileSync(pathIn(data), 'utf8')));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}
