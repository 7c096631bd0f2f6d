// Picks operations for people: what `dogwatch catalog [FILTER]` shows.
import { type Operation, operations } from './catalogue.ts';

/** Terms with a field, `risk:high`; each compares a whole value, or with a star at the end its beginning. */
const FIELDS: Readonly<Record<string, (operation: Operation) => readonly string[]>> = {
  action: ({ action }) => [action],
  api: ({ api }) => [api],
  kind: ({ resource, within }) => [resource.kind, ...(within === undefined ? [] : [within.kind])],
  method: ({ method }) => [method],
  op: ({ key }) => [key],
  risk: ({ risk }) => [risk],
  tag: ({ tags }) => tags,
  version: ({ version }) => [version],
};

/** The names that a filter may put before a colon. */
export const FILTER_FIELDS: readonly string[] = Object.keys(FIELDS);

/**
 * The operations that fit every term of a filter, in the catalogue's order; all of them for an empty filter.
 * A term is `field:value` with a field of FILTER_FIELDS, or text that is looked for in key, API class, method and path.
 * A minus sign before a term turns it round. Case does not matter.
 */
export function filterOperations(filter: string): Operation[] {
  const tests = filter.trim().toLowerCase().split(/\s+/).filter(Boolean).map(testOf);
  return operations().filter((operation) => tests.every((test) => test(operation)));
}

function testOf(term: string): (operation: Operation) => boolean {
  if (term.startsWith('-') && term.length > 1) {
    const test = testOf(term.slice(1));
    return (operation) => !test(operation);
  }
  const colon = term.indexOf(':');
  const read = colon > 0 && Object.hasOwn(FIELDS, term.slice(0, colon)) ? FIELDS[term.slice(0, colon)] : undefined;
  if (read === undefined) {
    return ({ key, api, method, path }) => `${key} ${api} ${method} ${path}`.toLowerCase().includes(term);
  }
  const value = term.slice(colon + 1);
  const fits = value.endsWith('*')
    ? (text: string) => text.toLowerCase().startsWith(value.slice(0, -1))
    : (text: string) => text.toLowerCase() === value;
  return (operation) => read(operation).some(fits);
}
