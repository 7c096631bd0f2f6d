// Puts something that floats beside its anchor, inside the window.

/** Below the anchor when there is room, else above; `end` lines up the right edges. */
export function place(
  floating: HTMLElement,
  anchor: DOMRect,
  align: 'start' | 'end' | 'middle' = 'start',
  gap = 4,
): void {
  const { width, height } = floating.getBoundingClientRect();
  const left = { start: anchor.left, end: anchor.right - width, middle: anchor.left + anchor.width / 2 - width / 2 }[
    align
  ];
  const below = anchor.bottom + gap;
  const top = below + height > innerHeight - 8 && anchor.top - gap - height > 8 ? anchor.top - gap - height : below;
  floating.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  floating.style.top = `${Math.max(8, top)}px`;
}
