// The source text of a syntax tree: what parses to it again.
import { fieldByName } from './fields.ts';
import type { Match, Node } from './query-tree.ts';

/** One line of the query language that parses to this tree. */
export function printQuery(node: Node): string {
  switch (node.type) {
    case 'all':
      return '';
    case 'and':
      return node.items.map((item) => (item.type === 'or' ? `(${printQuery(item)})` : printQuery(item))).join(' ');
    case 'or':
      return node.items.map(printQuery).join(' OR ');
    case 'not':
      return `-${node.item.type === 'and' || node.item.type === 'or' ? `(${printQuery(node.item)})` : printQuery(node.item)}`;
    case 'text':
      return quote(node.text);
    case 'field':
      return `${node.field}:${printMatch(node.field, node.match)}`;
  }
}

function printMatch(field: string, match: Match): string {
  switch (match.type) {
    case 'is':
    case 'words':
      return quote(match.type === 'is' ? match.value : match.text);
    case 'like':
      // Escaped, since an asterisk between quotation marks is no wildcard.
      return match.parts.map((part) => part.replace(/[^\w./-]/g, '\\$&').replace(/^-/, '\\-')).join('*');
    case 'compare': {
      const known = fieldByName(field);
      const value = known?.type === 'ordered' ? (known.values?.[match.value] ?? '') : decimal(match.value);
      return `${match.op}${value}`;
    }
    case 'time':
      return `${match.op}${'ago' in match.moment ? `${decimal(match.moment.ago)}ms` : `"${new Date(match.moment.at).toISOString()}"`}`;
  }
}

const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** A number as the language reads it: no exponent, nine decimals at most. */
const decimal = (value: number): string =>
  Number.isInteger(value) ? value.toFixed(0) : value.toFixed(9).replace(/0+$/, '');
