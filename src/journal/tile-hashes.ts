// Hashes of subtrees from the tiles on disk: what proofs over any signed size are made of.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DogwatchError } from '../exchange/error.ts';
import { rootOf, TILE_HEIGHT, TILE_WIDTH } from './merkle.ts';
import { decodeTile, tilePath } from './tiles.ts';
import type { SubtreeHash } from './tree-proof.ts';

/** Tiles kept in memory: a proof needs two of each level at most. */
const MOST_TILES = 64;

/**
 * The subtrees of the log in a folder, for trees of up to `size` leaves; `size` is one that a checkpoint was written for.
 *
 * @throws DogwatchError `journal_damaged` from the function returned, when a tile is missing or too short
 */
export function tileHashes(dir: string, size: number): SubtreeHash {
  const tiles = new Map<string, Promise<readonly string[]>>();
  return async (height, index) => {
    const level = Math.floor(height / TILE_HEIGHT);
    const span = 2 ** (height % TILE_HEIGHT);
    const first = index * span;
    const tile = Math.floor(first / TILE_WIDTH);
    const from = first % TILE_WIDTH;
    const name = tilePath(level, tile);
    let reading = tiles.get(name);
    if (reading === undefined) {
      const held = Math.floor(size / TILE_WIDTH ** level) - tile * TILE_WIDTH;
      reading = readTile(dir, level, tile, Math.min(held, TILE_WIDTH));
      if (tiles.size >= MOST_TILES) tiles.clear();
      tiles.set(name, reading);
    }
    const hashes = (await reading).slice(from, from + span);
    if (hashes.length < span) throw missing(join(dir, name));
    return rootOf(hashes);
  };
}

const missing = (file: string): DogwatchError =>
  new DogwatchError('journal_damaged', `${file}: the tile is missing, or too short for a checkpoint that was signed`, {
    remedy: 'run dogwatch verify to see all that is damaged; tiles are made again from the segments at the next start',
  });

/** At least the first `width` hashes of a tile: of the full one, of the partial one, or of one that is wider. */
async function readTile(dir: string, level: number, index: number, width: number): Promise<readonly string[]> {
  const full = join(dir, tilePath(level, index));
  const exact = join(dir, tilePath(level, index, width));
  for (const file of new Set([exact, full])) {
    const hashes = await decoded(file);
    if (hashes !== undefined && hashes.length >= width) return hashes;
  }
  const wider = (await readdir(`${full}.p`).catch(() => [] as string[]))
    .map(Number)
    .filter((each) => each > width && each < TILE_WIDTH)
    .sort((a, b) => a - b);
  for (const each of wider) {
    const hashes = await decoded(join(`${full}.p`, String(each)));
    if (hashes !== undefined && hashes.length >= width) return hashes;
  }
  throw missing(exact);
}

async function decoded(file: string): Promise<string[] | undefined> {
  try {
    return decodeTile(await readFile(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
