// Sets of leaf indexes as ranges: what an erasure is about, however many entries that is.
import type { PartName } from '../exchange/entry.ts';
import { PARTS } from './leaf.ts';

/** Rising, disjoint, not adjacent; both ends included. */
export type LeafRanges = readonly (readonly [from: number, to: number])[];

/** What is to be erased, or was: by part, the leaves. */
export type Erasure = { readonly [Part in PartName]?: LeafRanges };

/** Leaves, in any order, as ranges. */
export function rangesOf(leaves: Iterable<number>): LeafRanges {
  const sorted = [...new Set(leaves)].sort((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const leaf of sorted) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] + 1 === leaf) last[1] = leaf;
    else ranges.push([leaf, leaf]);
  }
  return ranges;
}

/** `0-5,9` */
export const rangesText = (ranges: LeafRanges): string =>
  ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');

/** Reads `0-5,9`; undefined when that is not what it is, or the ranges do not rise. */
export function parseRanges(text: string): LeafRanges | undefined {
  const ranges: [number, number][] = [];
  let after = -1;
  for (const piece of text.split(',')) {
    const match = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(piece);
    if (match === null) return undefined;
    const from = Number(match[1]);
    const to = Number(match[2] ?? match[1]);
    if (from <= after || to < from) return undefined;
    ranges.push([from, to]);
    after = to;
  }
  return ranges;
}

/** Whether a leaf is in one of the ranges. */
export function inRanges(ranges: LeafRanges, leaf: number): boolean {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle]![1] < leaf) low = middle + 1;
    else high = middle;
  }
  return (ranges[low]?.[0] ?? Number.POSITIVE_INFINITY) <= leaf;
}

/** The leaves of both. */
export function unite(a: LeafRanges, b: LeafRanges): LeafRanges {
  const united: [number, number][] = [];
  for (const [from, to] of [...a, ...b].sort((left, right) => left[0] - right[0])) {
    const last = united.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else united.push([from, to]);
  }
  return united;
}

/** The leaves of `a` that are not in `b`. */
export function without(a: LeafRanges, b: LeafRanges): LeafRanges {
  const left: [number, number][] = [];
  let at = 0;
  for (const [from, to] of a) {
    let start = from;
    while (at > 0 && b[at - 1]![1] >= from) at--;
    for (; at < b.length && b[at]![0] <= to; at++) {
      const [cutFrom, cutTo] = b[at]!;
      if (cutTo < start) continue;
      if (cutFrom > start) left.push([start, cutFrom - 1]);
      start = cutTo + 1;
    }
    if (start <= to) left.push([start, to]);
  }
  return left;
}

/** Collects leaves that come in rising order. */
export class RangeCollector {
  readonly #ranges: [number, number][] = [];

  add(leaf: number): void {
    const last = this.#ranges.at(-1);
    if (last !== undefined && last[1] + 1 >= leaf) last[1] = Math.max(last[1], leaf);
    else this.#ranges.push([leaf, leaf]);
  }

  get ranges(): LeafRanges {
    return this.#ranges;
  }
}

/** All leaves that an erasure touches. */
export const leavesOf = (erasure: Erasure): LeafRanges =>
  PARTS.reduce<LeafRanges>((all, part) => unite(all, erasure[part] ?? []), []);
