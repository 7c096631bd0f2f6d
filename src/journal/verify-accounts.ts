// What entries say of erasures and key changes, held against what was found: no part is gone, and no key signs, without an entry that says so.
import type { ErasedEvent, PartName } from '../exchange/entry.ts';
import { type Announcement, announcementOf } from './key-chain.ts';
import { PARTS, SALT } from './leaf.ts';
import { type LeafRanges, parseRanges, RangeCollector, rangesText, unite, without } from './leaf-ranges.ts';
import type { EntryRecord } from './record.ts';
import type { Problem, RecordWatch } from './verify-segments.ts';

/** An erasure, as its entry tells it. */
export interface ToldErasure {
  /** Leaf index of the entry. */
  readonly leaf: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly by: string;
  readonly why: string;
  /** By part, the leaves as ranges. */
  readonly parts: { readonly [Part in PartName]?: string };
}

/** Erasures that a report shows; the newest. */
const MOST_SHOWN = 50;
/** Ranges that a problem shows. */
const MOST_RANGES = 20;

/** Sees what was erased, and the journal's own records, in order. */
export class Accounts implements RecordWatch {
  readonly announcements: Announcement[] = [];
  /** The newest erasures, oldest first. */
  readonly erasures: ToldErasure[] = [];
  /** How many entries tell of one. */
  told = 0;
  readonly #gone = new Map<PartName, RangeCollector>();
  readonly #accounted = new Map<PartName, LeafRanges[number][]>();

  erased(part: PartName, leaf: number): void {
    let gone = this.#gone.get(part);
    if (gone === undefined) {
      gone = new RangeCollector();
      this.#gone.set(part, gone);
    }
    gone.add(leaf);
  }

  own(record: EntryRecord, leaf: number): void {
    if (record.kind === 'journal.key') this.#announce(record, leaf);
    else if (record.kind === 'journal.erased') this.#account(record, leaf);
  }

  /** Parts that are gone without an entry that says so. @param file the folder of the segments */
  problems(file: string): Problem[] {
    const found: Problem[] = [];
    for (const [part, gone] of this.#gone) {
      const left = without(gone.ranges, unite(this.#accounted.get(part) ?? [], []));
      if (left.length === 0) continue;
      const shown = rangesText(left.slice(0, MOST_RANGES)) + (left.length > MOST_RANGES ? ', …' : '');
      const what = `the ${part} of entries ${shown} is erased, and no entry says by whom or why`;
      found.push({ file, entry: left[0]![0], what });
    }
    return found;
  }

  #announce(record: EntryRecord, leaf: number): void {
    const announcement = announcementOf(leaf, summaryOf(record));
    if (announcement !== undefined) this.announcements.push(announcement);
  }

  #account(record: EntryRecord, leaf: number): void {
    const event = readErased(summaryOf(record));
    if (event === undefined) return;
    for (const part of PARTS) {
      // An erasure can only be of what was there before it.
      const ranges = event.ranges[part]?.filter(([, to]) => to < leaf) ?? [];
      const all = this.#accounted.get(part) ?? [];
      for (const range of ranges) all.push(range);
      this.#accounted.set(part, all);
    }
    this.told++;
    this.erasures.push({ leaf, time: record.time, by: event.by, why: event.why, parts: event.parts });
    if (this.erasures.length > MOST_SHOWN) this.erasures.shift();
  }
}

const summaryOf = ({ parts }: EntryRecord): Buffer | undefined => {
  const summary = parts.find(({ name }) => name === 'summary');
  return summary !== undefined && 'salted' in summary ? summary.salted.subarray(SALT) : undefined;
};

/** What an entry `journal.erased` says; undefined when its summary is not there or has another shape. */
export function readErased(
  summary: Uint8Array | undefined,
):
  | { by: string; why: string; parts: ToldErasure['parts']; ranges: { readonly [Part in PartName]?: LeafRanges } }
  | undefined {
  let event: ErasedEvent;
  try {
    event = JSON.parse(Buffer.from(summary ?? []).toString('utf8')) as ErasedEvent;
  } catch {
    return undefined;
  }
  const parts = event.erased?.parts;
  if (typeof parts !== 'object' || parts === null) return undefined;
  const ranges: { [Part in PartName]?: LeafRanges } = {};
  for (const part of PARTS) {
    const text = parts[part];
    if (text === undefined) continue;
    const read = typeof text === 'string' ? parseRanges(text) : undefined;
    if (read === undefined) return undefined;
    ranges[part] = read;
  }
  return { by: event.who?.name ?? '', why: event.erased.why, parts, ranges };
}
