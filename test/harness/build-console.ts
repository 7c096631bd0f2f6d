// Builds the console when its sources are newer than what was built, once for all tests that run side by side.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from './gateway.ts';

const CONSOLE = join(ROOT, 'console');
const BUILT = join(CONSOLE, 'dist', 'index.html');
const LOCK = join(ROOT, 'node_modules', '.cache', 'dogwatch-console-build');
const PATIENCE = 90_000;

/** @throws Error with the build's output when it fails */
export async function buildConsole(): Promise<void> {
  for (const until = Date.now() + PATIENCE; !isFresh(); ) {
    if (!lock()) {
      if (Date.now() > until) throw new Error(`the console's build goes on for too long; if none runs, remove ${LOCK}`);
      await sleep(200);
      continue;
    }
    try {
      if (!isFresh()) await build();
    } finally {
      rmdirSync(LOCK);
    }
  }
}

function isFresh(): boolean {
  const built = changedAt(BUILT);
  const sources = [
    join(CONSOLE, 'index.html'),
    join(CONSOLE, 'vite.config.ts'),
    join(CONSOLE, 'compress-files.ts'),
    join(CONSOLE, 'first-load.ts'),
    join(CONSOLE, 'first-script.ts'),
  ];
  for (const folder of ['src', 'public']) {
    for (const entry of readdirSync(join(CONSOLE, folder), { recursive: true, withFileTypes: true }))
      if (entry.isFile()) sources.push(join(entry.parentPath, entry.name));
  }
  return sources.every((file) => changedAt(file) < built);
}

function changedAt(file: string): number {
  try {
    return statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}

/** A directory can be made by one only. One that a killed run left behind is taken over. */
function lock(): boolean {
  try {
    mkdirSync(LOCK, { recursive: false });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      mkdirSync(join(LOCK, '..'), { recursive: true });
      return lock();
    }
    if (Date.now() - changedAt(LOCK) > PATIENCE) rmdirSync(LOCK);
    return false;
  }
}

async function build(): Promise<void> {
  const child = spawn(
    process.execPath,
    [join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', CONSOLE, '--logLevel', 'warn'],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    },
  );
  const written: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => written.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`the console does not build:\n${Buffer.concat(written)}`);
}
