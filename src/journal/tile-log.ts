// The tree on disk: tiles, entry bundles and the signed checkpoint, written at checkpoints and never half.
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder, syncFolder, writeWhole } from './durable.ts';
import type { SigningKey } from './keys.ts';
import { Frontier, leafHash, rootOf, TILE_HEIGHT, TILE_WIDTH } from './merkle.ts';
import { checkpointText, signNote } from './note.ts';
import { decodeBundle, decodeTile, encodeBundle, rightmost, tilePath } from './tiles.ts';

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

interface Resource {
  readonly path: string;
  readonly bytes: Buffer;
  /** The folder of partial versions that a full one makes superfluous. */
  readonly partials?: string;
}

/**
 * The tree in memory (its right edge) and on disk. Leaves are appended after they are durable in a segment; what is here can
 * be made again from the segments, so it is written at checkpoints only.
 */
export class TileLog {
  readonly #dir: string;
  readonly #frontier: Frontier;
  readonly #levels: Growing<string>[];
  readonly #bundle: Growing<string>;
  #full: Resource[] = [];
  /** Tree size of the last checkpoint. */
  #written: number;

  private constructor(dir: string, size: number, levels: Growing<string>[], bundle: Growing<string>) {
    this.#dir = dir;
    this.#levels = levels;
    this.#bundle = bundle;
    this.#written = size;
    this.#frontier = new Frontier(size, edgeOf(levels), (level, hash) => this.#push(level, hash));
  }

  /** A log without leaves. */
  static empty(dir: string): TileLog {
    return new TileLog(dir, 0, [], { index: 0, items: [], written: 0 });
  }

  /**
   * Takes up the log at a size for which a checkpoint was written.
   *
   * @returns undefined when a tile or bundle that it needs is missing, malformed, or contradicts another.
   */
  static async load(dir: string, size: number): Promise<TileLog | undefined> {
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
    return new TileLog(dir, size, levels, { index, items: leaves, written: width });
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
    if (tile.items.push(hash) === TILE_WIDTH) this.#finish(level, tile, Buffer.from(tile.items.join(''), 'latin1'));
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
    const full = this.#full;
    this.#full = [];
    try {
      await this.#write(full);
    } catch (error) {
      this.#full = [...full, ...this.#full];
      throw error;
    }
  }

  /**
   * Writes all that changed, then signs and writes the checkpoint: it never names a tree whose tiles are not durable.
   * Not to be called again before it ended.
   *
   * @throws what the file system said; then nothing counts as written and the next call writes it again.
   */
  async checkpoint(origin: string, key: SigningKey, time: number): Promise<Checkpoint> {
    const head = { origin, size: this.#frontier.size, root: this.root() };
    const full = this.#full;
    const partial: { resource: Resource; done: () => void }[] = [];
    const grown = (level: number | 'entries', growing: Growing<string>, encode: (items: string[]) => Buffer) => {
      const { items, index } = growing;
      const width = items.length;
      if (width === growing.written) return;
      const done = (): void => {
        if (growing.index === index) growing.written = width;
      };
      partial.push({ resource: { path: tilePath(level, index, width), bytes: encode(items) }, done });
    };
    this.#levels.forEach((tile, level) => {
      grown(level, tile, (items) => Buffer.from(items.join(''), 'latin1'));
    });
    grown('entries', this.#bundle, encodeBundle);
    this.#full = [];
    try {
      await this.#write([...full, ...partial.map(({ resource }) => resource)]);
      const note = await signNote(checkpointText(head), origin, key);
      await writeWhole(join(this.#dir, 'checkpoint'), note);
      this.#written = head.size;
      for (const { done } of partial) done();
      for (const { partials } of full) {
        if (partials !== undefined) await rm(join(this.#dir, partials), { recursive: true, force: true });
      }
      return { size: head.size, root: head.root.toString('base64'), note, time };
    } catch (error) {
      this.#full = [...full, ...this.#full];
      throw error;
    }
  }

  async #write(resources: readonly Resource[]): Promise<void> {
    const folders = new Set<string>();
    for (const { path, bytes } of resources) {
      const file = join(this.#dir, path);
      const folder = dirname(file);
      if (!folders.has(folder)) await makeFolder(folder);
      folders.add(folder);
      await writeWhole(file, bytes, { folderLater: true });
    }
    for (const folder of folders) await syncFolder(folder);
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
