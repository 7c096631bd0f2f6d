// Where tests put files.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders: string[] = [];

/**
 * A new empty folder, removed when this process ends. Not by a hook: hooks run in the order they were registered, so this one
 * would come before those that stop who writes there, and one that fails keeps those after it from running at all.
 */
export function temporaryFolder(name: string): string {
  if (folders.length === 0) process.once('exit', removeAll);
  const folder = mkdtempSync(join(tmpdir(), `dogwatch-${name}-`));
  folders.push(folder);
  return folder;
}

function removeAll(): void {
  for (const folder of folders) {
    // A process that a failed test left running may still write; what it leaves is the system's to clear.
    try {
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    } catch {}
  }
}
