// The disk under a victim: compiles disk-shim.c where there is a compiler, and makes its calls fail as a rig wants.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('./disk-shim.c', import.meta.url));

/**
 * Compiles the shim into a folder.
 *
 * @returns the library, or why there is none
 */
export function compileShim(folder: string): { library: string } | { missing: string } {
  if (process.platform !== 'linux') return { missing: 'the disk shim is for Linux' };
  const library = join(folder, 'disk-shim.so');
  for (const compiler of ['cc', 'gcc', 'clang']) {
    const { error, status, stderr } = spawnSync(compiler, [
      '-O2',
      '-Wall',
      '-shared',
      '-fPIC',
      '-o',
      library,
      SOURCE,
      '-ldl',
    ]);
    if (error !== undefined) continue;
    if (status !== 0) throw new Error(`${compiler} does not compile ${SOURCE}:\n${stderr}`);
    const loads = spawnSync(process.execPath, ['-e', ''], { env: { LD_PRELOAD: library } });
    return loads.status === 0 && loads.stderr.length === 0
      ? { library }
      : { missing: `it cannot be preloaded: ${loads.stderr}` };
  }
  return { missing: 'there is no C compiler (cc, gcc or clang)' };
}

/** Kinds of calls that can fail; as in disk-shim.c. */
export const CALLS = ['write', 'sync', 'open', 'rename', 'read', 'truncate', 'name'] as const;
export type Call = (typeof CALLS)[number];

/** How calls of one kind fail. */
export interface Failing {
  /** Each with the probability of one in so many. */
  readonly oneIn: number;
  readonly error: 'EIO' | 'ENOSPC' | 'EROFS';
  /** At most so many. */
  readonly times: number;
}

const { errno } = constants;
const TIMES = 0xffff_ffff;

/** The file that the shim shares with the rig; what is written into it counts from the next call on. */
export class Failures {
  readonly file: string;

  constructor(file: string) {
    this.file = file;
    this.set({});
  }

  /** @param short one in so many reads and writes does half of its work; 0 for none @param seed of the shim's own draws */
  set(failing: Partial<Record<Call, Failing>>, { short = 0, seed = 1 } = {}): void {
    const words = CALLS.flatMap((call) => {
      const { oneIn = 0, error = 'EIO', times = 0 } = failing[call] ?? {};
      return [oneIn, errno[error], Math.min(times, TIMES), 0];
    });
    // Written over in place: the shim has the file mapped.
    writeFileSync(this.file, Buffer.from(Uint32Array.from([...words, short, seed]).buffer), {
      flag: exists(this.file) ? 'r+' : 'w',
    });
  }

  /** How many calls failed since `set`. */
  failed(): Record<Call, number> {
    const bytes = readFileSync(this.file);
    return Object.fromEntries(CALLS.map((call, at) => [call, bytes.readUInt32LE(at * 16 + 12)])) as Record<
      Call,
      number
    >;
  }
}

function exists(file: string): boolean {
  try {
    readFileSync(file);
    return true;
  } catch {
    return false;
  }
}

/** Environment of a process whose file calls below `root` go through the shim. */
export function shimmed(options: {
  library: string;
  root: string;
  log?: string;
  failures?: Failures;
  ackFd?: number;
}): NodeJS.ProcessEnv {
  return {
    LD_PRELOAD: options.library,
    RIG_ROOT: options.root,
    // libuv does not use io_uring for files unless told to; nobody shall tell it here.
    UV_USE_IO_URING: '0',
    ...(options.log === undefined ? {} : { RIG_LOG: options.log }),
    ...(options.failures === undefined ? {} : { RIG_CONTROL: options.failures.file }),
    ...(options.ackFd === undefined ? {} : { RIG_ACK_FD: String(options.ackFd) }),
  };
}
