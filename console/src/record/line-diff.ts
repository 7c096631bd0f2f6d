// Two states of a resource as lines beside each other: what stayed, what went, what came.
import { diff } from '@codemirror/merge';

/** One row of a side-by-side view. Numbers are 1-based; absent where the side has no such line. */
export interface DiffRow {
  readonly kind: 'same' | 'changed' | 'removed' | 'added';
  readonly left?: { readonly number: number; readonly text: string };
  readonly right?: { readonly number: number; readonly text: string };
}
/** Rows, or how many equal lines are left out between them. */
export type DiffPart = DiffRow | { readonly kind: 'skipped'; readonly from: number; readonly rows: readonly DiffRow[] };

/** Lines of both texts, paired. */
export function diffRows(before: readonly string[], after: readonly string[]): DiffRow[] {
  const rows: DiffRow[] = [];
  let [i, j] = [0, 0];
  const side = (lines: readonly string[], at: number) => ({ number: at + 1, text: lines[at] ?? '' });
  const equalUntil = (end: number): void => {
    while (i < end) rows.push({ kind: 'same', left: side(before, i++), right: side(after, j++) });
  };
  for (const { fromA, toA, toB } of changesOf(before, after)) {
    equalUntil(fromA);
    while (i < toA && j < toB) rows.push({ kind: 'changed', left: side(before, i++), right: side(after, j++) });
    while (i < toA) rows.push({ kind: 'removed', left: side(before, i++) });
    while (j < toB) rows.push({ kind: 'added', right: side(after, j++) });
  }
  equalUntil(before.length);
  return rows;
}

interface Range {
  readonly fromA: number;
  readonly toA: number;
  readonly toB: number;
}

/** Runs of lines that differ. Each different line is one character to the algorithm, whose characters are its units. */
function changesOf(before: readonly string[], after: readonly string[]): readonly Range[] {
  const letters = new Map<string, string>();
  const letterOf = (line: string): string => {
    const known = letters.get(line);
    if (known !== undefined) return known;
    // Past the surrogates, which would be taken in pairs.
    const code = letters.size < 0xd7ff ? letters.size + 1 : letters.size + 1 + 0x801;
    const letter = String.fromCharCode(code);
    letters.set(line, letter);
    return letter;
  };
  const [a, b] = [before.map(letterOf).join(''), after.map(letterOf).join('')];
  if (letters.size > 0xf000) return [{ fromA: 0, toA: before.length, toB: after.length }];
  return diff(a, b, { scanLimit: 5000, timeout: 500 });
}

/** Leaves out equal lines that are further than `context` from any difference. */
export function withContext(rows: readonly DiffRow[], context = 3): DiffPart[] {
  const near = new Uint8Array(rows.length);
  for (const [at, { kind }] of rows.entries()) {
    if (kind === 'same') continue;
    near.fill(1, Math.max(0, at - context), Math.min(rows.length, at + context + 1));
  }
  const parts: DiffPart[] = [];
  for (let at = 0; at < rows.length; ) {
    if (near[at] === 1) {
      parts.push(rows[at++]!);
      continue;
    }
    let end = at;
    while (end < rows.length && near[end] === 0) end += 1;
    const skipped = rows.slice(at, end);
    parts.push(...(skipped.length <= 2 ? skipped : [{ kind: 'skipped' as const, from: at, rows: skipped }]));
    at = end;
  }
  return parts;
}
