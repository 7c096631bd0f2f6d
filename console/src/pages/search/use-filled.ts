// Which rows of those in view are drawn with what they hold. A row costs a browser half a millisecond; forty that come into view at once are drawn over a
// few frames, those in view before those beyond it, so that none takes long. Whoever drags the bar sees rows go by empty, and has them once he rests.
import { useEffect, useRef, useState } from 'react';
import type { Row } from '../../api/types.ts';
import { BEYOND } from '../../design/fixed-rows.ts';

/** Rows that are drawn anew in one frame. */
const AT_ONCE = 8;

/** @returns the row, when it is there and is drawn by now */
export function useFilled(
  first: number,
  last: number,
  row: (index: number) => Row | undefined,
): (index: number) => Row | undefined {
  const [, again] = useState(0);
  const drawn = useRef<ReadonlySet<Row>>(null);
  const filled = new Map<number, Row>();
  const waiting: number[] = [];
  for (let index = first; index <= last; index++) {
    const item = row(index);
    if (item === undefined) continue;
    if (drawn.current === null || drawn.current.has(item)) filled.set(index, item);
    else waiting.push(index);
  }
  // Far from what was drawn: nothing yet, for somebody who drags is elsewhere in the next frame.
  const far = filled.size === 0 && (drawn.current?.size ?? 0) > 0;
  const middle = (first + last) / 2;
  const distance = (index: number): number => Math.max(0, Math.abs(index - middle) - (last - first) / 2 + BEYOND);
  const next = far ? [] : waiting.toSorted((a, b) => distance(a) - distance(b) || a - b).slice(0, AT_ONCE);
  for (const index of next) {
    const item = row(index);
    if (item !== undefined) filled.set(index, item);
  }
  const more = waiting.length > next.length;
  useEffect(() => {
    if (drawn.current !== null || filled.size > 0) drawn.current = new Set(filled.values());
    if (!more) return undefined;
    const frame = requestAnimationFrame(() => again((n) => n + 1));
    return () => cancelAnimationFrame(frame);
  });
  return (index) => filled.get(index);
}
