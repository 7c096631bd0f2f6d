// Which of very many rows of one height are in view. Nothing is kept of a row that is not, so that a million cost what a hundred do.
import { type RefObject, useCallback, useEffect, useState } from 'react';

/** Browsers draw no box that is taller (Firefox 17.8 million pixels): above it, one pixel scrolled is more than one pixel of rows. */
const TALLEST = 16_000_000;
/** Rows that keep their place within what is drawn: only what comes into view is placed while somebody scrolls. */
export const TOGETHER = 512;
/** Rows beyond the edges that are there already when somebody scrolls. */
export const BEYOND = 8;

export interface FixedRows {
  /** Indexes of the first and the last row to draw; the last is -1 when there are none. */
  readonly first: number;
  readonly last: number;
  /** Pixels of all rows. */
  readonly height: number;
  /** Pixels from the top of all rows at which those that are drawn begin; */
  readonly shift: number;
  /** and from there on to a row. */
  readonly top: (index: number) => number;
  /** Scrolls as little as brings a row into view, or its place to the middle. */
  readonly show: (index: number, align?: 'nearest' | 'center') => void;
}

/**
 * @param size pixels of a row
 * @param above pixels of what sticks at the top of the scroller and covers rows
 */
export function useFixedRows(
  scroller: RefObject<HTMLElement | null>,
  { count, size, above = 0 }: { count: number; size: number; above?: number },
): FixedRows {
  const [{ top, height }, setView] = useState({ top: 0, height: 0 });
  const all = count * size;
  const tall = Math.min(TALLEST, all);
  // The ends of both lie on each other: all the way down shows the last row.
  const ratio = all <= TALLEST ? 1 : (all - height) / (TALLEST - height);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const look = (): void =>
      setView((was) =>
        was.top === element.scrollTop && was.height === element.clientHeight
          ? was
          : { top: element.scrollTop, height: element.clientHeight },
      );
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, [scroller]);
  const show = useCallback(
    (index: number, align: 'nearest' | 'center' = 'nearest'): void => {
      const element = scroller.current;
      if (!element) return;
      const room = element.clientHeight - above;
      const [start, offset] = [index * size, element.scrollTop * ratio];
      if (align === 'center') element.scrollTop = (start - (room - size) / 2) / ratio;
      else if (start < offset) element.scrollTop = start / ratio;
      else if (start + size > offset + room) element.scrollTop = (start + size - room) / ratio;
    },
    [scroller, size, above, ratio],
  );
  const scrolled = Math.min(top, Math.max(0, tall - height));
  const offset = scrolled * ratio;
  const first = Math.max(0, Math.floor(offset / size) - BEYOND);
  const anchor = first - (first % TOGETHER);
  return {
    first,
    last: Math.min(count - 1, Math.ceil((offset + height) / size) + BEYOND),
    height: tall,
    shift: anchor * size - offset + scrolled,
    top: (index) => (index - anchor) * size,
    show,
  };
}
