// Holds the leaves against the log: entry bundles, tiles of every level, and the root of every signed tree head.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LeafGroup } from './leaf-group.ts';
import { Frontier, leafHash, TILE_WIDTH } from './merkle.ts';
import type { TreeHead } from './note.ts';
import { decodeBundle, encodeBundle, encodeTile, rightmost, tilePath } from './tiles.ts';
import type { Problem } from './verify-segments.ts';

/** A signed tree head, and where it stands. */
export interface PlacedHead {
  readonly head: TreeHead;
  readonly file: string;
  readonly byte: number;
}

/** Compares group by group, from the first entry on. */
export class TreeCheck {
  readonly #dir: string;
  readonly #report: (problem: Problem) => void;
  /** Smallest first. */
  readonly #heads: readonly PlacedHead[];
  /** Tree size of the largest. */
  readonly #signed: number;
  readonly #frontier: Frontier;
  readonly #levels: { index: number; hashes: string[] }[] = [];
  #nextHead = 0;
  /** The tree cannot be followed any further: some leaf is neither in a segment nor in the log. */
  #broken = false;

  /** @param dir the folder of the log @param heads in ascending order of size */
  constructor(dir: string, heads: readonly PlacedHead[], report: (problem: Problem) => void) {
    this.#dir = dir;
    this.#report = report;
    this.#heads = heads;
    this.#signed = heads.at(-1)?.head.size ?? 0;
    this.#frontier = new Frontier(0, [], (level, hash) => this.#tileHash(level, hash));
    this.#checkHeads();
  }

  /** The next leaves, as the segments give them: a whole bundle's worth unless they are the last. */
  compare(group: LeafGroup): void {
    const { first, hashes } = group;
    const count = Math.min(group.count, this.#signed - first);
    if (count <= 0) return;
    const bundle = this.#bundle(first);
    const same = bundle?.wanted === count && group.bundle(count)?.equals(bundle.bytes) === true;
    const logged = same || bundle === undefined ? undefined : this.#leaves(bundle);
    if (same) this.#checkPartialBundles(bundle);
    for (let at = 0; at < count; at++) {
      const text = logged?.[at];
      const differs = text !== undefined && text !== group.text(at);
      if (differs && hashes[at] !== undefined) {
        this.#report({
          file: bundle?.file ?? this.#dir,
          entry: first + at,
          what: `entry ${first + at} is not what the log says of it`,
        });
      }
      // What the log says is what was signed, or the root will tell.
      this.#append(differs ? leafHash(text) : hashes[at], first + at);
    }
  }

  /** After the last leaf. @param end leaf index after the last entry in the segments @param segments their folder */
  finish(end: number, segments: string): void {
    if (end < this.#signed) {
      const what = `the segments end before entry ${end}, but a signed checkpoint covers ${this.#signed} entries`;
      this.#report({ file: segments, entry: end, what });
      // What is left of the log is still held against what was signed.
      const aligned = end - (end % TILE_WIDTH);
      for (let first = aligned; first < this.#signed && !this.#broken; first += TILE_WIDTH) this.#restOf(first, end);
    }
    this.#levels.forEach((tile, level) => {
      this.#checkTile(level, tile.index, tile.hashes);
    });
  }

  #restOf(first: number, end: number): void {
    const bundle = this.#bundle(first);
    const logged = bundle === undefined ? undefined : this.#leaves(bundle);
    const until = Math.min(first + TILE_WIDTH, this.#signed);
    for (let at = Math.max(first, end); at < until; at++) {
      const text = logged?.[at - first];
      this.#append(text === undefined ? undefined : leafHash(text), at);
    }
  }

  #append(hash: string | undefined, entry: number): void {
    if (this.#broken) return;
    if (hash === undefined) {
      this.#broken = true;
      this.#report({
        file: this.#dir,
        entry,
        what: `entry ${entry} is neither in a segment nor in the log: nothing after it can be checked`,
      });
      return;
    }
    this.#frontier.append(hash);
    this.#checkHeads();
  }

  /** Every signed head of the size reached. */
  #checkHeads(): void {
    let root: Buffer | undefined;
    for (; this.#heads[this.#nextHead]?.head.size === this.#frontier.size; this.#nextHead++) {
      const { head, file, byte } = this.#heads[this.#nextHead]!;
      root ??= Buffer.from(this.#frontier.root(), 'latin1');
      if (!head.root.equals(root)) {
        const what = `the entries do not give the root that was signed for ${head.size}: history was rewritten`;
        this.#report({ file, byte, what });
      }
    }
  }

  #tileHash(level: number, hash: string): void {
    let tile = this.#levels[level];
    if (tile === undefined) {
      tile = { index: 0, hashes: [] };
      this.#levels[level] = tile;
    }
    if (tile.hashes.push(hash) < TILE_WIDTH) return;
    this.#checkTile(level, tile.index, tile.hashes);
    tile.index++;
    tile.hashes = [];
  }

  /** The tile as computed, against its file and against every partial version of it that is there. */
  #checkTile(level: number, index: number, hashes: readonly string[]): void {
    if (hashes.length === 0) return;
    const expected = encodeTile(hashes);
    this.#checkFile(tilePath(level, index, hashes.length), expected, level, index);
    this.#checkPartials(level, index, (width) =>
      width <= hashes.length ? expected.subarray(0, width * 32) : undefined,
    );
  }

  #checkFile(path: string, expected: Buffer, level: number | 'entries', index: number): void {
    const file = join(this.#dir, path);
    const found = read(file) ?? read(join(this.#dir, tilePath(level, index)))?.subarray(0, expected.length);
    if (found === undefined) this.#report({ file, what: 'the tile is missing' });
    else if (!found.equals(expected))
      this.#report({ file, byte: firstDifference(found, expected), what: 'the tile is not that of the entries' });
  }

  #checkPartials(level: number | 'entries', index: number, expected: (width: number) => Buffer | undefined): void {
    const folder = join(this.#dir, `${tilePath(level, index)}.p`);
    for (const name of list(folder)) {
      const width = Number(name);
      const wanted = Number.isInteger(width) && width > 0 && width < TILE_WIDTH ? expected(width) : undefined;
      const file = join(folder, name);
      const found = read(file);
      if (wanted === undefined || found === undefined || found.equals(wanted)) continue;
      this.#report({ file, byte: firstDifference(found, wanted), what: 'the partial tile is not that of the entries' });
    }
  }

  /** The bundle that begins with an entry, as the log has it. */
  #bundle(first: number): Bundle | undefined {
    const index = Math.floor(first / TILE_WIDTH);
    const last = rightmost(0, this.#signed);
    const width = index === last.index ? last.width : TILE_WIDTH;
    const file = join(this.#dir, tilePath('entries', index, width));
    const exact = read(file);
    const bytes = exact ?? read(join(this.#dir, tilePath('entries', index)));
    if (bytes === undefined) {
      this.#report({ file, entry: first, what: 'the entry bundle is missing' });
      return undefined;
    }
    return { file, index, first, width, wanted: exact === undefined ? TILE_WIDTH : width, bytes };
  }

  /** Its leaves, and its partial versions checked; undefined when it is malformed. */
  #leaves(bundle: Bundle): readonly string[] | undefined {
    const { file, first, width, wanted, bytes } = bundle;
    const all = decodeBundle(bytes);
    if (all?.length !== wanted) {
      this.#report({ file, byte: 0, entry: first, what: `the entry bundle does not hold ${wanted} whole leaves` });
      return undefined;
    }
    this.#checkPartialBundles(bundle);
    return all.slice(0, width);
  }

  /** @param bundle one that is whole */
  #checkPartialBundles({ index, width, bytes }: Bundle): void {
    this.#checkPartials('entries', index, (part) =>
      part <= width ? encodeBundle((decodeBundle(bytes) ?? []).slice(0, part)) : undefined,
    );
  }
}

/** An entry bundle as it stands in the log. */
interface Bundle {
  readonly file: string;
  readonly index: number;
  /** Leaf index of its first leaf. */
  readonly first: number;
  /** How many of its leaves are signed. */
  readonly width: number;
  /** How many it must hold: more than `width` when it is a full one that came later. */
  readonly wanted: number;
  readonly bytes: Buffer;
}

function firstDifference(a: Buffer, b: Buffer): number {
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at++;
  return at;
}

function read(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Mostly there is none: asking first is a tenth of the cost of an error. */
function list(folder: string): string[] {
  if (!existsSync(folder)) return [];
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
