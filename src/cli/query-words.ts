// Lets a query begin with a minus: `dogwatch search -agent:ci` is a term turned round, not an option.

/** A term of a query that begins with a minus: `-agent:ci`, `-"free text"`, `-(a OR b)`. No option looks like that. */
const NEGATED = /^-(?:[A-Za-z][A-Za-z-]*:|["(])/;

/** The arguments, with negated terms made to look like no option: a blank in front, which no query minds. */
export function withQueryWords(argv: readonly string[]): string[] {
  return argv.map((word) => (NEGATED.test(word) ? ` ${word}` : word));
}
