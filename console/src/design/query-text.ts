// The query line as text: its parts for colouring, and edits that clicks make in it. The API reads it for real (docs/search.md).

export type PartKind =
  | 'field'
  | 'colon'
  | 'operator'
  | 'value'
  | 'text'
  | 'quoted'
  | 'keyword'
  | 'negation'
  | 'paren'
  | 'space';

export interface Part {
  readonly kind: PartKind;
  readonly from: number;
  readonly to: number;
}

/** A term that stands at the top of the query, side by side with others. */
export interface Term {
  readonly from: number;
  readonly to: number;
  readonly negated: boolean;
  /** In lower case; absent for free text and parentheses. */
  readonly field?: string;
  /** As written, without quotation marks. */
  readonly value?: string;
}

const KEYWORD = /^(AND|OR|NOT|TO)(?=[\s()]|$)/;
const FIELD = /^[A-Za-z][A-Za-z-]*(?=:)/;

/** Every character of the text is in exactly one part. Never fails: what cannot be read is text. */
export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  let inValue = false;
  const take = (kind: PartKind, length: number): void => {
    parts.push({ kind, from: at, to: at + length });
    at += length;
  };
  while (at < text.length) {
    const rest = text.slice(at);
    const [space] = /^\s+/.exec(rest) ?? [];
    if (space !== undefined) {
      inValue = false;
      take('space', space.length);
      continue;
    }
    const [quoted] = /^"(?:\\.|[^"\\])*"?/.exec(rest) ?? [];
    if (quoted !== undefined) take('quoted', quoted.length);
    else if (/^[()[\]]/.test(rest)) take('paren', 1);
    else if (inValue) {
      const [operator] = /^(>=|<=|>|<)/.exec(rest) ?? [];
      if (operator !== undefined) take('operator', operator.length);
      else take('value', wordLength(rest));
    } else {
      const [keyword] = KEYWORD.exec(rest) ?? [];
      const [field] = FIELD.exec(rest) ?? [];
      if (keyword !== undefined) take('keyword', keyword.length);
      else if (rest.startsWith('-') && /^-[^\s-]/.test(rest)) take('negation', 1);
      else if (field !== undefined) {
        take('field', field.length);
        take('colon', 1);
        inValue = true;
      } else take('text', wordLength(rest));
    }
  }
  return parts;
}

const wordLength = (rest: string): number => /^(?:\\.|[^\s()"[\]\\])+/.exec(rest)?.[0].length ?? 1;

/** The terms at the top; those inside parentheses, and beside an OR, are not one's own to edit. */
export function termsOf(text: string): Term[] {
  const terms: Term[] = [];
  let depth = 0;
  let negated: number | undefined;
  let open: { from: number; negated: boolean; field?: string; value: string; to: number } | undefined;
  const end = (): void => {
    if (open) {
      const { from, to, negated: not, field, value } = open;
      terms.push({ from, to, negated: not, ...(field !== undefined && { field, value }) });
    }
    open = undefined;
  };
  for (const { kind, from, to } of partsOf(text)) {
    const piece = text.slice(from, to);
    if (kind === 'paren' && /[([]/.test(piece)) {
      open ??= { from: negated ?? from, negated: negated !== undefined, value: '', to };
      depth += 1;
    } else if (kind === 'paren') depth = Math.max(0, depth - 1);
    if (depth === 0 && kind === 'space') {
      end();
      negated = undefined;
    } else if (depth === 0 && kind === 'keyword' && open === undefined) {
      if (piece === 'OR') return [];
    } else if (kind === 'negation' && open === undefined) negated = from;
    else if (open === undefined) {
      open = {
        from: negated ?? from,
        negated: negated !== undefined,
        value: '',
        to,
        ...(kind === 'field' && { field: piece.toLowerCase() }),
      };
    } else {
      open.to = to;
      if (kind === 'quoted') open.value += unquoted(piece);
      else if (kind !== 'colon') open.value += piece;
    }
  }
  end();
  return terms;
}

const unquoted = (piece: string): string => piece.replace(/^"|"$/g, '').replace(/\\(.)/g, '$1');

/** A value as it is written in a query: quoted when it must be. */
export const quoteValue = (value: string): string =>
  /^[A-Za-z0-9_./@+~,#$%&=|-]+(:[A-Za-z0-9_./@+~-]+)*$/.test(value) &&
  !/^(AND|OR|NOT|TO)$/.test(value) &&
  !/^[-<>]/.test(value)
    ? value
    : `"${value.replace(/(["\\])/g, '\\$1')}"`;

/** Adds a term; one of the opposite sense is replaced. */
export function addTerm(text: string, field: string, value: string, negated = false): string {
  const cleared = removeTerms(text, (term) => term.field === field && same(term.value, value));
  return joined(
    needsParentheses(cleared) ? `(${cleared})` : cleared,
    `${negated ? '-' : ''}${field}:${quoteValue(value)}`,
  );
}

/** Whether the term stands there, and in which sense. */
export function senseOf(text: string, field: string, value: string): 'in' | 'out' | undefined {
  const term = termsOf(text).find((each) => each.field === field && same(each.value, value));
  return term && (term.negated ? 'out' : 'in');
}

export const removeTerm = (text: string, field: string, value: string): string =>
  removeTerms(text, (term) => term.field === field && same(term.value, value));

const TIME_FIELDS = new Set(['since', 'until', 'before', 'time']);

/** The relative time that the query begins at, `24h`, when that is all it says of time. */
export function sinceOf(text: string): string | undefined {
  const times = termsOf(text).filter(({ field, negated }) => field !== undefined && TIME_FIELDS.has(field) && !negated);
  const [only] = times;
  return times.length === 1 && only?.field === 'since' && /^\d+(m|h|d|w)$/.test(only.value ?? '')
    ? only.value
    : undefined;
}

/** Whether the query says anything of time. */
export const hasTime = (text: string): boolean =>
  termsOf(text).some(({ field }) => field !== undefined && TIME_FIELDS.has(field));

/** The same query about another time: `since:24h`, or without one when undefined. */
export const withSince = (text: string, since: string | undefined): string => {
  const rest = removeTerms(text, ({ field }) => field !== undefined && TIME_FIELDS.has(field));
  return since === undefined ? rest : joined(needsParentheses(rest) ? `(${rest})` : rest, `since:${since}`);
};

/** The same query from one moment to another, in UTC so that a shared link means the same to everybody. */
export function withRange(text: string, from: number, to: number): string {
  const rest = removeTerms(text, ({ field }) => field !== undefined && TIME_FIELDS.has(field));
  return joined(needsParentheses(rest) ? `(${rest})` : rest, `time:[${instant(from)} TO ${instant(to)}]`);
}

const instant = (time: number): string => new Date(time).toISOString().replace(/\.000Z$/, 'Z');

function removeTerms(text: string, which: (term: Term) => boolean): string {
  let rest = text;
  for (const { from, to } of termsOf(text).filter(which).toReversed())
    rest = `${rest.slice(0, from)} ${rest.slice(to)}`;
  return rest.replace(/\s+/g, (space, at: number) => (insideQuotes(rest, at) ? space : ' ')).trim();
}

const insideQuotes = (text: string, at: number): boolean =>
  partsOf(text).some(({ kind, from, to }) => kind === 'quoted' && from <= at && at < to);

/** An OR at the top would otherwise take the new term to its right side alone. */
function needsParentheses(text: string): boolean {
  let depth = 0;
  for (const { kind, from, to } of partsOf(text)) {
    const piece = text.slice(from, to);
    if (kind === 'paren') depth += /[([]/.test(piece) ? 1 : -1;
    if (kind === 'keyword' && piece === 'OR' && depth === 0) return true;
  }
  return false;
}

const joined = (...pieces: string[]): string => pieces.filter((piece) => piece !== '').join(' ');
const same = (a: string | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase();
