// Brings the tree up to the segments after a start: from the last checkpoint's tiles, or, when those are lost, from the first entry.
import { DogwatchError } from '../exchange/error.ts';
import type { Background } from './background.ts';
import { dataPaths } from './durable.ts';
import type { Keyring } from './keyring.ts';
import { leafHash } from './merkle.ts';
import type { TreeHead } from './note.ts';
import { readerOf } from './reader.ts';
import { leafOf } from './record.ts';
import { TileLog } from './tile-log.ts';

export interface CatchUp {
  /** The data directory. */
  readonly dir: string;
  readonly keyring: Keyring;
  readonly background: Background;
  /** The newest tree head that the journal signed. */
  readonly signed: TreeHead | undefined;
  /** Leaf index after the last whole frame. */
  readonly size: number;
  /** Why the newest segment does not end there as it should. */
  readonly damage: DogwatchError | undefined;
  readonly acceptDamage: boolean;
}

/** So many full tiles are written at once when all of them are made again. */
const FLUSH = 256;

/**
 * The tree over everything that is durable.
 *
 * @returns also, when damage was accepted, what is lost: then the next entry goes into a new segment
 * @throws DogwatchError `journal_damaged`
 */
export async function catchUp(options: CatchUp): Promise<{ tiles: TileLog; accepted?: string }> {
  const { signed, size, damage, acceptDamage } = options;
  if (damage !== undefined && !acceptDamage) throw damage;
  const covered = signed?.size ?? 0;
  if (covered > size && !acceptDamage && damage === undefined) {
    throw new DogwatchError(
      'journal_damaged',
      `${dataPaths(options.dir).segments} ends before entry ${size}, but a signed checkpoint covers ${covered} entries`,
      {
        remedy:
          'entries were removed, or an old copy was put back; restore the newest backup of the whole data directory',
      },
    );
  }
  const loaded = await TileLog.load(dataPaths(options.dir).tlog, options.background, covered);
  const sound = loaded !== undefined && (signed === undefined || loaded.root().equals(signed.root));
  if (!sound && covered > size) {
    throw new DogwatchError(
      'journal_damaged',
      'both segments and tiles are damaged, so the tree cannot be made again',
      {
        remedy: 'restore the data directory from a backup',
      },
    );
  }
  const tiles = sound ? loaded : await rebuild(options, signed);
  try {
    await replay(options, tiles, size);
  } catch (error) {
    if (!acceptDamage) throw error;
    return { tiles, accepted: acceptedMessage(error as Error, tiles.size) };
  }
  if (damage !== undefined) return { tiles, accepted: acceptedMessage(damage, tiles.size) };
  if (covered > size)
    return { tiles, accepted: acceptedMessage(new Error(`entries ${size} to ${covered - 1} are gone`), covered) };
  return { tiles };
}

const acceptedMessage = (error: Error, next: number): string =>
  `the journal was continued at entry ${next} in spite of damage, as an administrator asked: ${error.message}`;

/** All tiles again, from the segments. They must give the root that was signed. */
async function rebuild(options: CatchUp, signed: TreeHead | undefined): Promise<TileLog> {
  const tiles = TileLog.empty(dataPaths(options.dir).tlog, options.background);
  if (signed === undefined) return tiles;
  await replay(options, tiles, signed.size);
  if (!tiles.root().equals(signed.root)) {
    throw new DogwatchError('journal_damaged', `the entries do not give the root that was signed for ${signed.size}`, {
      remedy: 'entries were altered after they were signed; dogwatch verify says which. Restore them from a backup',
    });
  }
  await tiles.restore();
  return tiles;
}

async function replay(options: CatchUp, tiles: TileLog, to: number): Promise<void> {
  if (tiles.size >= to) return;
  const reader = await readerOf(options.dir, options.keyring, false);
  try {
    await reader.refresh(to);
    for await (const batch of reader.records(tiles.size, to)) {
      for (const record of batch) {
        const leaf = leafOf(record);
        tiles.append(leaf, leafHash(leaf));
      }
      if (tiles.held >= FLUSH) await tiles.flush();
    }
  } finally {
    await reader.close();
  }
}
