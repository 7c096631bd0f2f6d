// Finds what a text could use to look other than it is: control characters, direction overrides, invisible ones, terminal escapes.

/** A piece of text: plain, or a character that must not act, with the name that is shown in its place. */
export type Piece = { readonly text: string } | { readonly mark: string; readonly means: string };

/**
 * ANSI escape sequences (ECMA-48 CSI and OSC) as one; then C0, DEL and C1 controls but tab and line feed, the line separators, bidirectional
 * controls (UAX #9), zero-width and other invisible characters (UTS #55), tags, lone surrogates.
 */
const HOSTILE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]{0,256}(?:\u0007|\u001b\\)|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|\u034f|[\ufe00-\ufe0e]|[\u{e0000}-\u{e0fff}]|\p{Cs}/gu;

const NAMES: Readonly<Record<number, readonly [string, string]>> = {
  0: ['NUL', 'null'],
  7: ['BEL', 'bell'],
  8: ['BS', 'backspace'],
  11: ['VT', 'vertical tab'],
  12: ['FF', 'form feed'],
  13: ['CR', 'carriage return'],
  27: ['ESC', 'escape'],
  127: ['DEL', 'delete'],
  173: ['SHY', 'soft hyphen'],
  8203: ['ZWSP', 'zero-width space'],
  8204: ['ZWNJ', 'zero-width non-joiner'],
  8205: ['ZWJ', 'zero-width joiner'],
  8206: ['LRM', 'left-to-right mark'],
  8207: ['RLM', 'right-to-left mark'],
  8232: ['LSEP', 'line separator'],
  8233: ['PSEP', 'paragraph separator'],
  8234: ['LRE', 'left-to-right embedding'],
  8235: ['RLE', 'right-to-left embedding'],
  8236: ['PDF', 'end of a change of direction'],
  8237: ['LRO', 'left-to-right override'],
  8238: ['RLO', 'right-to-left override'],
  8288: ['WJ', 'word joiner'],
  8294: ['LRI', 'left-to-right isolate'],
  8295: ['RLI', 'right-to-left isolate'],
  8296: ['FSI', 'first-strong isolate'],
  8297: ['PDI', 'end of an isolate'],
  65279: ['BOM', 'zero-width no-break space'],
};

/** Whether there is anything of it in a text. */
export const isHostile = (text: string): boolean => text.search(HOSTILE) !== -1;

/** A text in pieces. Between two letters of an emoji a zero-width joiner is what it should be, and is left alone. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(HOSTILE)) {
    const [hit] = match;
    if (hit === '\u200d' && joinsEmoji(text, match.index)) continue;
    if (match.index > from) found.push({ text: text.slice(from, match.index) });
    from = match.index + hit.length;
    found.push(named(hit));
  }
  if (from < text.length) found.push({ text: text.slice(from) });
  return found;
}

/** The same as one string, for places that show strings alone: names stand in ⟨ ⟩. */
export const visible = (text: string): string =>
  isHostile(text)
    ? pieces(text)
        .map((piece) => ('text' in piece ? piece.text : `⟨${piece.mark}⟩`))
        .join('')
    : text;

function named(hit: string): Piece {
  if (hit.length > 1 && hit.startsWith('\u001b')) {
    return {
      mark: `ESC${visible(hit.slice(1, 24))}`,
      means: 'an escape sequence of terminals (ANSI), which is not obeyed here',
    };
  }
  const point = hit.codePointAt(0) ?? 0;
  const [mark, means] = NAMES[point] ?? [];
  const code = `U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
  return { mark: mark ?? code, means: `${means ?? 'a character that is not seen'} (${code}), shown and not obeyed` };
}

const joinsEmoji = (text: string, at: number): boolean =>
  /\p{Extended_Pictographic}\ufe0f?[\u{1f3fb}-\u{1f3ff}]?$/u.test(text.slice(Math.max(0, at - 6), at)) &&
  /^\p{Extended_Pictographic}/u.test(text.slice(at + 1, at + 3));
