// The tree on disk: tiles, entry bundles and the signed checkpoint, written at checkpoints and never half.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Background } from './background.ts';
import type { SigningKey } from './keys.ts';
import { Frontier, leafHash, rootOf, TILE_HEIGHT, TILE_WIDTH } from './merkle.ts';
import { checkpointText, signNote } from './note.ts';
import { decodeBundle, decodeTile, encodeBundle, encodeTile, rightmost, tilePath } from './tiles.ts';
import type { WholeFile } from './whole-files.ts';

/** A signed tree head. */
export interface Checkpoint {
  readonly size: number;
  /** base64 */
  readonly root: string;
  /** The signed note. */
  readonly note: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** A tile or bundle of which the last part is still growing. */
interface Growing<Item> {
  index: number;
  items: Item[];
  /** How many of them the last checkpoint wrote. */
  written: number;
}

/** A partial tile or bundle to be written. */
interface Grown extends WholeFile {
  /** Notes that it is. */
  readonly done: () => void;
}

/** A full tile or bundle, which makes its partial versions superfluous. */
interface Full extends WholeFile {
  readonly partials: string;
}

/**
 * The tree in memory (its right edge) and on disk. Leaves are appended after they are durable in a segment; what is here can
 * be made again from the segments, so it is written at checkpoints only.
 */
export class TileLog {
  readonly #dir: string;
  readonly #background: Background;
  readonly #frontier: Frontier;
  readonly #levels: Growing<string>[];
  readonly #bundle: Growing<string>;
  #full: Full[] = [];
  /** Tree size of the last checkpoint. */
  #written: number;

  private constructor(
    dir: string,
    background: Background,
    size: number,
    levels: Growing<string>[],
    bundle: Growing<string>,
  ) {
    this.#dir = dir;
    this.#background = background;
    this.#levels = levels;
    this.#bundle = bundle;
    this.#written = size;
    this.#frontier = new Frontier(size, edgeOf(levels), (level, hash) => this.#push(level, hash));
  }

  /** A log without leaves. */
  static empty(dir: string, background: Background): TileLog {
    return new TileLog(dir, background, 0, [], { index: 0, items: [], written: 0 });
  }

  /**
   * Takes up the log at a size for which a checkpoint was written.
   *
   * @returns undefined when a tile or bundle that it needs is missing, malformed, or contradicts another.
   */
  static async load(dir: string, background: Background, size: number): Promise<TileLog | undefined> {
    const levels: Growing<string>[] = [];
    for (let level = 0; TILE_WIDTH ** level <= size; level++) {
      const { index, width } = rightmost(level, size);
      const items = await readRightmost(dir, level, index, width, decodeTile);
      if (items === undefined) return undefined;
      levels.push({ index, items, written: width });
    }
    const { index, width } = rightmost(0, size);
    const leaves = await readRightmost(dir, 'entries', index, width, decodeBundle);
    if (leaves === undefined || leaves.some((leaf, at) => leafHash(leaf) !== levels[0]?.items[at])) return undefined;
    return new TileLog(dir, background, size, levels, { index, items: leaves, written: width });
  }

  get size(): number {
    return this.#frontier.size;
  }

  /** Leaves held in memory because no checkpoint wrote them yet. */
  get pending(): number {
    return this.#frontier.size - this.#written;
  }

  /** Full tiles and bundles held in memory because nothing wrote them yet. */
  get held(): number {
    return this.#full.length;
  }

  /** The root, as 32 bytes. */
  root(): Buffer {
    return Buffer.from(this.#frontier.root(), 'latin1');
  }

  /** Appends a leaf and its hash. */
  append(leaf: string, hash: string): void {
    this.#frontier.append(hash);
    const bundle = this.#bundle;
    if (bundle.items.push(leaf) === TILE_WIDTH) this.#finish('entries', bundle, encodeBundle(bundle.items));
  }

  #push(level: number, hash: string): void {
    let tile = this.#levels[level];
    if (tile === undefined) {
      tile = { index: 0, items: [], written: 0 };
      this.#levels[level] = tile;
    }
    if (tile.items.push(hash) === TILE_WIDTH) this.#finish(level, tile, encodeTile(tile.items));
  }

  #finish(level: number | 'entries', growing: Growing<string>, bytes: Buffer): void {
    const path = tilePath(level, growing.index);
    this.#full.push({ path, bytes, partials: `${path}.p` });
    growing.index++;
    growing.items = [];
    growing.written = 0;
  }

  /** Writes the full tiles and bundles, so that they need not be held until the next checkpoint. */
  async flush(): Promise<void> {
    await this.#writing([], async (files) => this.#background.run({ kind: 'write', dir: this.#dir, files }));
  }

  /** Writes all that changed, partial tiles too, without a checkpoint: for a size that was signed already. */
  async restore(): Promise<void> {
    await this.#writing(this.#grown(), async (files) => this.#background.run({ kind: 'write', dir: this.#dir, files }));
  }

  /**
   * Writes all that changed, then signs and writes the checkpoint: it never names a tree whose tiles are not durable.
   * Not to be called again before it ended.
   *
   * @throws what the file system said; then nothing counts as written and the next call writes it again.
   */
  async checkpoint(origin: string, key: SigningKey, time: number): Promise<Checkpoint> {
    const head = { origin, size: this.#frontier.size, root: this.root() };
    let note = '';
    await this.#writing(this.#grown(), async (files, full) => {
      const dir = this.#dir;
      await this.#background.run({ kind: 'write', dir, files });
      note = await signNote(checkpointText(head), origin, key);
      const checkpoint = { path: 'checkpoint', bytes: Buffer.from(note, 'utf8') };
      const remove = full.map(({ partials }) => partials);
      await this.#background.run({ kind: 'write', dir, files: [checkpoint], remove });
    });
    this.#written = head.size;
    return { size: head.size, root: head.root.toString('base64'), note, time };
  }

  /** Partial tiles and bundles that have grown since they were written. */
  #grown(): Grown[] {
    const all: Grown[] = [];
    const add = (level: number | 'entries', growing: Growing<string>, encode: (items: string[]) => Buffer): void => {
      const { items, index } = growing;
      const width = items.length;
      if (width === growing.written) return;
      const done = (): void => {
        if (growing.index === index) growing.written = width;
      };
      all.push({ path: tilePath(level, index, width), bytes: encode(items), done });
    };
    this.#levels.forEach((tile, level) => {
      add(level, tile, encodeTile);
    });
    add('entries', this.#bundle, encodeBundle);
    return all;
  }

  /** Has the full tiles so far and the given partial ones written; when that fails they count as not written. */
  async #writing(grown: readonly Grown[], write: (files: WholeFile[], full: readonly Full[]) => Promise<void>) {
    const full = this.#full;
    this.#full = [];
    try {
      await write(
        [...full, ...grown].map(({ path, bytes }) => ({ path, bytes })),
        full,
      );
    } catch (error) {
      this.#full = [...full, ...this.#full];
      throw error;
    }
    for (const { done } of grown) done();
  }
}

/** The complete subtrees of the tree, largest first, from the growing tiles of its levels. */
function edgeOf(levels: readonly Growing<string>[]): string[] {
  const edge: string[] = [];
  for (const { items } of levels.toReversed()) {
    let from = 0;
    for (let height = TILE_HEIGHT - 1; height >= 0; height--) {
      const span = 2 ** height;
      if ((items.length & span) === 0) continue;
      edge.push(rootOf(items.slice(from, from + span)));
      from += span;
    }
  }
  return edge;
}

/** The first `width` items of a tile or bundle: from its partial version, or from the full one that came later. */
async function readRightmost(
  dir: string,
  level: number | 'entries',
  index: number,
  width: number,
  decode: (bytes: Buffer) => string[] | undefined,
): Promise<string[] | undefined> {
  if (width === 0) return [];
  for (const candidate of [width, TILE_WIDTH]) {
    const bytes = await readFile(join(dir, tilePath(level, index, candidate))).catch(() => undefined);
    const items = bytes === undefined ? undefined : decode(bytes);
    if (items?.length === candidate) return items.slice(0, width);
  }
  return undefined;
}
