// What a disk holds after the power went: durable is only what a sync that succeeded covered. The rest is there or not, sector by sector.
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DiskCall } from './disk-log.ts';

/** What becomes of what nothing forced to disk. POSIX allows all of these. */
export type Unsynced =
  /** It is lost. */
  | 'lost'
  /** It is there. */
  | 'kept'
  /** Any 512-byte sectors of any writes are there, in any order; of names, the first so many changes. */
  | 'sectors'
  /** As `sectors`, and any of the changes of names. */
  | 'any';

const SECTOR = 512;

/** A change of a file's bytes. */
interface Change {
  readonly kind: 'write' | 'truncate';
  readonly offset: number;
  readonly bytes: Buffer;
  readonly dsync: boolean;
  /** The call returned, so a later sync covers it. */
  ended: boolean;
  durable: boolean;
  /** A sync over it failed: no later one makes it durable. */
  lost: boolean;
}

interface Inode {
  /** Where the bytes it had before are; undefined for a new file. */
  readonly before: string | undefined;
  readonly folder: boolean;
  readonly changes: Change[];
}

/** A change of names; it takes place in `folder`. */
interface Naming {
  readonly kind: 'set' | 'move' | 'drop';
  readonly path: string;
  readonly from?: string;
  readonly inode: Inode;
  readonly folder: Inode | undefined;
  durable: boolean;
  lost: boolean;
}

/** Inode numbers of a folder's files and folders, by path relative to it; taken before the process runs. */
export function inodesOf(root: string): Map<string, bigint> {
  const found = new Map<string, bigint>([['', statSync(root, { bigint: true }).ino]]);
  for (const item of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    found.set(item, statSync(join(root, item), { bigint: true }).ino);
  }
  return found;
}

export interface PowerLoss {
  /** The folder that the process worked in; only its path counts. */
  readonly root: string;
  /** A copy of it from before. */
  readonly before: string;
  /** What `inodesOf(root)` gave before. */
  readonly inodes: ReadonlyMap<string, bigint>;
  /** The calls up to the moment of the loss. */
  readonly calls: readonly DiskCall[];
  readonly unsynced: Unsynced;
  /** 0 (inclusive) to 1. */
  readonly random: () => number;
}

/** Writes what the disk holds into a new folder. */
export function losePower(loss: PowerLoss, into: string): void {
  const { namings, names } = replay(loss);
  const { unsynced, random } = loss;
  const firstLost = Math.floor(random() * (namings.length + 1));
  namings.forEach((naming, at) => {
    const kept =
      naming.durable ||
      unsynced === 'kept' ||
      (unsynced === 'sectors' && at < firstLost) ||
      (unsynced === 'any' && random() < 0.5);
    if (kept) rename(names, naming);
  });
  mkdirSync(into, { recursive: true });
  const made = new Set(['']);
  for (const [path, inode] of [...names].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const parent = dirname(path) === '.' ? '' : dirname(path);
    if (path === '' || !made.has(parent)) continue; // Its folder is not there, so it cannot be reached.
    if (inode.folder) {
      mkdirSync(join(into, path), { mode: 0o700 });
      made.add(path);
    } else writeFileSync(join(into, path), contentOf(inode, loss), { mode: 0o600 });
  }
}

function rename(names: Map<string, Inode>, { kind, path, from, inode }: Naming): void {
  if (kind === 'drop') {
    if (names.get(path) === inode) names.delete(path);
    return;
  }
  if (from !== undefined && names.get(from) === inode) names.delete(from);
  names.set(path, inode);
}

/** Follows the calls: names as they were durable at first, and all changes with what became durable of them. */
function replay({ root, before, inodes, calls }: PowerLoss): { names: Map<string, Inode>; namings: Naming[] } {
  const byNumber = new Map<bigint, Inode>();
  const names = new Map<string, Inode>();
  for (const [path, number] of inodes) {
    const folder = statSync(join(before, path)).isDirectory();
    const inode: Inode = { before: folder ? undefined : join(before, path), folder, changes: [] };
    byNumber.set(number, inode);
    names.set(path, inode);
  }
  const live = new Map(names);
  const namings: Naming[] = [];
  const name = (naming: Omit<Naming, 'folder' | 'durable' | 'lost'>): void => {
    const parent = dirname(naming.path) === '.' ? '' : dirname(naming.path);
    namings.push({ ...naming, folder: live.get(parent), durable: false, lost: false });
    rename(live, namings.at(-1)!);
  };
  const relative = (path: Buffer): string =>
    path
      .toString()
      .slice(root.length + 1)
      .replace(/\/+$/, '');
  const under = new Map<bigint, { writes?: Change; covered?: (Change | Naming)[] }>();
  for (const { type, call, inode: number, offset, result, a, b } of calls) {
    const inode = byNumber.get(number);
    const path = relative(a);
    const known = live.get(path);
    if (type === 'create') {
      // A path that is already there was opened; else the number is of a new file, whoever had it before.
      if (known !== undefined && known === inode) {
        if (result === 1) inode.changes.push({ ...truncation(0) });
        continue;
      }
      const created: Inode = { before: undefined, folder: false, changes: [] };
      byNumber.set(number, created);
      name({ kind: 'set', path, inode: created });
    } else if (type === 'mkdir') {
      const created: Inode = { before: undefined, folder: true, changes: [] };
      byNumber.set(number, created);
      name({ kind: 'set', path, inode: created });
    } else if (type === 'unlink' || type === 'rmdir') {
      if (known !== undefined) name({ kind: 'drop', path, inode: known });
    } else if (type === 'rename' || type === 'link') {
      const to = relative(b);
      if (known !== undefined) {
        name(
          type === 'link'
            ? { kind: 'set', path: to, inode: known }
            : { kind: 'move', path: to, from: path, inode: known },
        );
      }
    } else if (type === 'write' && inode !== undefined) {
      const change: Change = {
        kind: 'write',
        offset,
        bytes: a,
        dsync: result === 1,
        ended: false,
        durable: false,
        lost: false,
      };
      inode.changes.push(change);
      under.set(call, { writes: change });
    } else if (type === 'truncate') inode?.changes.push(truncation(offset));
    else if (type === 'sync' && inode !== undefined) {
      const changes: (Change | Naming)[] = inode.changes.filter(({ ended, durable }) => ended && !durable);
      under.set(call, {
        covered: changes.concat(namings.filter(({ folder, durable }) => folder === inode && !durable)),
      });
    } else if (type === 'end') finish(under.get(call), result);
  }
  return { names, namings };
}

const truncation = (length: number): Change => ({
  kind: 'truncate',
  offset: length,
  bytes: Buffer.alloc(0),
  dsync: false,
  ended: true,
  durable: false,
  lost: false,
});

/** A write or a sync has returned. */
function finish(call: { writes?: Change; covered?: (Change | Naming)[] } | undefined, result: number): void {
  const { writes, covered = [] } = call ?? {};
  if (writes !== undefined) {
    writes.ended = true;
    writes.durable = writes.dsync && result === writes.bytes.length;
    writes.lost = result < 0;
  }
  for (const change of covered) {
    // After a failed sync the kernel calls the pages clean: a later one has nothing to do with them.
    if (result < 0) change.lost = true;
    else if (!change.lost) change.durable = true;
  }
}

/** The bytes of a file. */
function contentOf({ before, changes }: Inode, { unsynced, random }: PowerLoss): Buffer {
  let content = before === undefined ? Buffer.alloc(0) : readFileSync(before);
  const put = (bytes: Buffer, offset: number): void => {
    if (offset + bytes.length > content.length) {
      content = Buffer.concat([content, Buffer.alloc(offset + bytes.length - content.length)]);
    }
    bytes.copy(content, offset);
  };
  for (const { kind, offset, bytes, durable } of changes) {
    const whole = durable || unsynced === 'kept' || (unsynced !== 'lost' && random() < 0.3);
    if (kind === 'truncate') {
      if (!whole) continue;
      content =
        offset <= content.length
          ? content.subarray(0, offset)
          : Buffer.concat([content, Buffer.alloc(offset - content.length)]);
      content = Buffer.from(content);
    } else if (whole) put(bytes, offset);
    else if (unsynced !== 'lost') {
      for (let at = 0; at < bytes.length; ) {
        const to = Math.min(bytes.length, at + SECTOR - ((offset + at) % SECTOR));
        if (random() < 0.5) put(bytes.subarray(at, to), offset + at);
        at = to;
      }
    }
  }
  return content;
}

/** A copy of a folder that shares nothing with it. */
export function copyFolder(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
}
