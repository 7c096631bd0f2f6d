// Disks that get full: a real one where this user may mount it, and a pretended one everywhere.
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LaunchOptions, Site } from './gateway.ts';

export interface SmallDisk {
  readonly launching: LaunchOptions;
  /** Leaves no room. */
  fill(): void;
  free(): void;
  close(): void;
}

/** File calls of the gateway's process fail as they do on a full disk. */
export function pretendedDisk(site: Site): SmallDisk {
  const flag = join(site.directory, 'no-room');
  return {
    launching: {
      nodeArgs: ['--import', fileURLToPath(new URL('./no-room.ts', import.meta.url))],
      env: { DOGWATCH_TEST_NO_ROOM: flag },
    },
    fill: () => writeFileSync(flag, ''),
    free: () => rmSync(flag, { force: true }),
    close: () => {},
  };
}

/** A file system of its own in memory, at the data directory. Undefined where this user may not mount one. */
export function mountedDisk(site: Site, mebibytes = 24): SmallDisk | undefined {
  if (!existsSync('/proc/mounts')) return undefined;
  spawnSync('mkdir', ['-p', site.dataDir]);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=0700`, 'tmpfs', site.dataDir]);
  if (mounted.status !== 0) return undefined;
  const ballast = join(site.dataDir, 'ballast');
  return {
    launching: {},
    fill: () => {
      const file = openSync(ballast, 'a');
      try {
        for (const size of [1 << 20, 4096]) {
          const piece = Buffer.alloc(size, 1);
          try {
            while (writeSync(file, piece) > 0);
          } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
          }
        }
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(ballast, { force: true }),
    close: () => void spawnSync('umount', ['-l', site.dataDir]),
  };
}
