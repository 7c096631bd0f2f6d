// Patterns with `*`, compiled to plain comparisons. No regular expression, so no input can make matching slow.

/** Tells whether a text matches. */
export type Matcher = (text: string) => boolean;

/** `*` is any run of characters, also none; every other character is itself. Case matters. Time is linear in the text for each literal piece. */
export function compileGlob(pattern: string): Matcher {
  const pieces = pattern.split('*');
  const first = pieces[0] ?? '';
  if (pieces.length === 1) return (text) => text === first;
  const last = pieces.at(-1) ?? '';
  const middle = pieces.slice(1, -1).filter((piece) => piece !== '');
  const atLeast = first.length + last.length;
  if (atLeast === 0 && middle.length === 0) return () => true;
  if (middle.length === 0) {
    if (last === '') return (text) => text.startsWith(first);
    return (text) => text.length >= atLeast && text.startsWith(first) && text.endsWith(last);
  }
  return (text) => {
    if (text.length < atLeast || !text.startsWith(first) || !text.endsWith(last)) return false;
    // The leftmost place for each piece leaves the most room for the rest, so there is nothing to go back to.
    let from = first.length;
    for (const piece of middle) {
      const at = text.indexOf(piece, from);
      if (at === -1) return false;
      from = at + piece.length;
    }
    return from <= text.length - last.length;
  };
}

/** Matches when one of the patterns does. */
export function compileGlobs(patterns: readonly string[]): Matcher {
  const exact = new Set(patterns.filter((pattern) => !pattern.includes('*')));
  const globs = patterns.filter((pattern) => pattern.includes('*')).map(compileGlob);
  const [only] = globs;
  if (only === undefined) return (text) => exact.has(text);
  if (globs.length === 1 && exact.size === 0) return only;
  return (text) => exact.has(text) || globs.some((matches) => matches(text));
}
