// Makes recorded content safe to show: what an attacker put into a name or body must not steer a terminal or deceive a reader.

// Cc: controls and ANSI escapes; Cf: bidi overrides, zero-width and tag characters; Zl, Zp: line breaks in disguise; Cs: lone surrogates; Co: private use.
const HOSTILE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu;

/**
 * The text with every character that does something instead of showing something written as an escape.
 * @param mode `line` escapes line ends and tabs too; `lines` keeps `\n` and tabs, for bodies
 */
export function printable(text: string, mode: 'line' | 'lines' = 'line'): string {
  return text.replace(HOSTILE, (character) => {
    if (mode === 'lines' && (character === '\n' || character === '\t')) return character;
    if (mode === 'lines' && character === '\r') return '';
    return escaped(character.codePointAt(0) ?? 0);
  });
}

function escaped(code: number): string {
  if (code === 0x0a) return '\\n';
  if (code === 0x0d) return '\\r';
  if (code === 0x09) return '\\t';
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}

const WIDE =
  /[\u{1100}-\u{115F}\u{2E80}-\u{303E}\u{3041}-\u{33FF}\u{3400}-\u{4DBF}\u{4E00}-\u{9FFF}\u{A000}-\u{A4CF}\u{AC00}-\u{D7A3}\u{F900}-\u{FAFF}\u{FE30}-\u{FE6F}\u{FF00}-\u{FF60}\u{FFE0}-\u{FFE6}\u{1F300}-\u{1F64F}\u{1F680}-\u{1F6FF}\u{1F900}-\u{1F9FF}\u{20000}-\u{3FFFD}]/u;
const ZERO = /\p{M}/u;

/** Terminal columns that printable text takes (Unicode TR 11: wide characters take two, combining marks none). */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += ZERO.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return columns;
}

/** The text in exactly `width` columns: cut with `…`, or filled with blanks. */
export function fitted(text: string, width: number): string {
  const columns = columnsOf(text);
  if (columns <= width && text.length <= width * 4) return text + ' '.repeat(width - columns);
  let result = '';
  let used = 0;
  let marks = 0;
  for (const character of text) {
    const step = columnsOf(character);
    // A heap of combining marks on one letter would paint over its neighbours.
    marks = step === 0 ? marks + 1 : 0;
    if (marks > 2) continue;
    if (used + step > width - 1) break;
    result += character;
    used += step;
  }
  return `${result}…${' '.repeat(Math.max(0, width - 1 - used))}`;
}
