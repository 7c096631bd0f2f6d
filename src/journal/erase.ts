// Erasing parts of records: salt and bytes go, the commitment stays, so the leaf is what it was.
import { commitment } from './leaf.ts';
import { type Erasure, inRanges } from './leaf-ranges.ts';
import { type EntryRecord, encodeRecord, leafOf, nextRecord, readRecord } from './record.ts';

/**
 * The records of a frame without the parts that are to be erased.
 *
 * @param first leaf index of the first record
 * @returns `records` itself when nothing of them is erased; undefined when they cannot be read
 */
export function eraseIn(records: Buffer, first: number, count: number, erasure: Erasure): Buffer | undefined {
  const kept: Buffer[] = [];
  let changed = false;
  let at = 0;
  for (let leaf = first; leaf < first + count; leaf++) {
    const next = nextRecord(records, at);
    if (next === undefined) return undefined;
    const record = readRecord(records, at);
    if (record === undefined) return undefined;
    const erased = withoutParts(record, leaf, erasure);
    changed ||= erased !== record;
    kept.push(erased === record ? records.subarray(at, next) : encodeRecord(erased));
    at = next;
  }
  return changed ? Buffer.concat(kept) : records;
}

/** How many parts of a record are held and in the erasure. */
export const heldParts = (record: EntryRecord, leaf: number, erasure: Erasure): number =>
  record.parts.filter((part) => 'salted' in part && inRanges(erasure[part.name] ?? [], leaf)).length;

function withoutParts(record: EntryRecord, leaf: number, erasure: Erasure): EntryRecord {
  if (heldParts(record, leaf, erasure) === 0) return record;
  const parts = record.parts.map((part) =>
    'salted' in part && inRanges(erasure[part.name] ?? [], leaf)
      ? { name: part.name, erased: commitment(part.salted) }
      : part,
  );
  const erased = { ...record, parts };
  if (leafOf(erased) !== leafOf(record)) throw new Error(`erasing would change the leaf of entry ${leaf}`);
  return erased;
}
