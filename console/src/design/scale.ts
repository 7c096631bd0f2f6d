// Where the axis of a chart ends.

/** A round number not below, that halves well; 2 at least. */
export function ceiling(high: number): number {
  if (!(high > 2)) return 2;
  const power = 10 ** Math.floor(Math.log10(high / 2));
  return 2 * power * ([1, 2, 5, 10].find((factor) => 2 * factor * power >= high) ?? 10);
}
