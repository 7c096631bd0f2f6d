// Whether an object in JSON has two members of one name, which two readers may read differently.

/**
 * Looks for a name that stands twice in one object, however it is escaped (RFC 7519 section 4, RFC 7515 section 4).
 *
 * @param text what `JSON.parse` accepts
 * @returns the first such name
 */
export function duplicateName(text: string): string | undefined {
  /** For each object or array that is open, the names seen in it; none for an array. */
  const open: (Set<string> | undefined)[] = [];
  let at = 0;
  /** Whether the next string is a name. */
  let named = false;
  while (at < text.length) {
    const character = text[at];
    at += 1;
    if (character === '{') {
      open.push(new Set());
      named = true;
    } else if (character === '[') {
      open.push(undefined);
      named = false;
    } else if (character === '}' || character === ']') {
      open.pop();
    } else if (character === ',') {
      named = open.at(-1) !== undefined;
    } else if (character === ':') {
      named = false;
    } else if (character === '"') {
      const begin = at - 1;
      while (text[at] !== '"' && at < text.length) at += text[at] === '\\' ? 2 : 1;
      at += 1;
      const names = open.at(-1);
      if (!named || names === undefined) continue;
      const name = String(JSON.parse(text.slice(begin, at)));
      if (names.has(name)) return name;
      names.add(name);
    }
  }
  return undefined;
}
