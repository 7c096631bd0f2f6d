// Starts writer.ts, gathers what it acknowledges, and ends it.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseRanges } from '../../src/journal/leaf-ranges.ts';
import { ROOT } from '../harness/gateway.ts';
import type { WriterOrder } from './writer.ts';

const WRITER = fileURLToPath(new URL('./writer.ts', import.meta.url));
/** A victim that hangs is a defect, found after so many milliseconds. */
const PATIENCE = 20_000;

/** What a victim promised. */
export interface Promised {
  /** Acknowledged entries by leaf index. */
  readonly entries: Map<number, { readonly id: string; readonly response: string }>;
  /** Roots (base64) of checkpoints that were signed and written, by size. */
  readonly checkpoints: Map<number, string>;
  /** Leaves whose responses may be gone, and those of which they must be. */
  readonly erasing: Set<number>;
  readonly erased: Set<number>;
  /** How often the signing key, and the key-encryption key, were replaced. */
  readonly rotated: { signing: number; encryption: number };
  /** How often an entry or checkpoint was refused, by code. */
  readonly refused: Map<string, number>;
  /** Promises that it saw broken itself. */
  readonly broken: string[];
}

export const nothingPromised = (): Promised => ({
  entries: new Map(),
  checkpoints: new Map(),
  erasing: new Set(),
  erased: new Set(),
  rotated: { signing: 0, encryption: 0 },
  refused: new Map(),
  broken: [],
});

/** Adds what lines of descriptor 3 say; a line that is not whole is left out. */
export function addPromises(promised: Promised, text: string): void {
  for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
    const [what, first = '', second = '', third = ''] = line.split(' ');
    if (what === 'entry') {
      // An acknowledged entry that was lost is found by another in its place, too.
      const other = promised.entries.get(Number(first));
      if (other !== undefined && other.id !== second) promised.broken.push(`entry ${first} was acknowledged twice`);
      promised.entries.set(Number(first), { id: second, response: third });
    }
    if (what === 'checkpoint') promised.checkpoints.set(Number(first), second);
    if (what === 'erasing' || what === 'erased') {
      for (const [from, to] of parseRanges(first) ?? [])
        for (let leaf = from; leaf <= to; leaf++) promised[what].add(leaf);
    }
    if (what === 'rotated' && (first === 'signing' || first === 'encryption')) promised.rotated[first]++;
    if (what === 'refused') promised.refused.set(first, (promised.refused.get(first) ?? 0) + 1);
    if (what === 'broken') promised.broken.push(line);
  }
}

export interface Ending {
  /** What came over descriptor 3. */
  readonly told: string;
  readonly output: string;
  readonly code: number | null;
}

/**
 * Runs a victim.
 *
 * @param lifetime milliseconds from its opening of the journal, or, when negative, from its start, until it is killed; undefined
 * lets it end by itself
 */
export function runVictim(
  order: WriterOrder,
  lifetime: number | undefined,
  env: NodeJS.ProcessEnv = {},
): Promise<Ending> {
  const child = spawn(process.execPath, [WRITER, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      NODE_TEST_CONTEXT: undefined,
      NODE_COMPILE_CACHE: join(ROOT, 'node_modules', '.cache', 'dogwatch-test'),
      ...env,
    },
  });
  const reap = (): void => void child.kill('SIGKILL');
  process.once('exit', reap);
  let [told, output] = ['', ''];
  const hangs = (): void => {
    told += '\nbroken it hangs\n';
    reap();
  };
  const timers = [setTimeout(hangs, PATIENCE)];
  const killAfter = (milliseconds: number): void => void timers.push(setTimeout(reap, milliseconds));
  if (lifetime !== undefined && lifetime < 0) killAfter(-lifetime);
  child.stdio[3]?.on('data', (chunk: Buffer) => {
    if (told === '' && lifetime !== undefined && lifetime >= 0) killAfter(lifetime);
    told += chunk.toString('latin1');
  });
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      timers.forEach(clearTimeout);
      process.off('exit', reap);
      resolve({ told, output, code });
    });
  });
}
