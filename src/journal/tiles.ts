// Paths and bytes of a tiled log's resources: C2SP tlog-tiles.
import { TILE_WIDTH } from './merkle.ts';

/** A tile's index as path elements of three digits, all but the last with an x: 1234067 is x001/x234/067. */
export function tileIndex(index: number): string {
  let path = String(index % 1000).padStart(3, '0');
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    path = `x${String(rest % 1000).padStart(3, '0')}/${path}`;
  }
  return path;
}

/** Where a tile is served: `tile/<L>/<N>[.p/<W>]`; for level 'entries' it is an entry bundle. */
export const tilePath = (level: number | 'entries', index: number, width: number = TILE_WIDTH): string =>
  `tile/${level}/${tileIndex(index)}${width === TILE_WIDTH ? '' : `.p/${width}`}`;

/** Number of hashes in the rightmost tile of a level in a tree of `size` leaves, and that tile's index. */
export function rightmost(level: number, size: number): { index: number; width: number } {
  const hashes = Math.floor(size / TILE_WIDTH ** level);
  return { index: Math.floor(hashes / TILE_WIDTH), width: hashes % TILE_WIDTH };
}

/** Bytes of an entry bundle: each leaf behind its length as big-endian uint16. Leaves are ASCII. */
export function encodeBundle(leaves: readonly string[]): Buffer {
  let size = 0;
  for (const leaf of leaves) size += 2 + leaf.length;
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const leaf of leaves) {
    at = bytes.writeUInt16BE(leaf.length, at);
    at += bytes.write(leaf, at, 'latin1');
  }
  return bytes;
}

/** The leaves of an entry bundle; undefined when its lengths do not fit. */
export function decodeBundle(bytes: Buffer): string[] | undefined {
  const leaves: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 2 > bytes.length) return undefined;
    const end = at + 2 + bytes.readUInt16BE(at);
    if (end > bytes.length) return undefined;
    leaves.push(bytes.toString('latin1', at + 2, end));
    at = end;
  }
  return leaves;
}

/** A tile's bytes: its hashes side by side. */
export const encodeTile = (hashes: readonly string[]): Buffer => Buffer.from(hashes.join(''), 'latin1');

/** The hashes of a tile; undefined when it is not whole hashes. */
export function decodeTile(bytes: Buffer): string[] | undefined {
  if (bytes.length % 32 !== 0 || bytes.length > TILE_WIDTH * 32) return undefined;
  const hashes: string[] = [];
  for (let at = 0; at < bytes.length; at += 32) hashes.push(bytes.toString('latin1', at, at + 32));
  return hashes;
}
