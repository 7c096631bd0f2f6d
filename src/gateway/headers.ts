// Header lists: order, case and duplicates are kept, because they are evidence and because they are the sender's business.
import { byName } from '../datadog/by-name.ts';
import type { Header } from '../exchange/exchange.ts';

/** Fields that speak to the next hop only (RFC 9110 section 7.6.1), whatever Connection lists besides. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const isHopByHop = byName((name) => HOP_BY_HOP.has(name.toLowerCase()));

/** Node's flat `rawHeaders` as pairs. */
export function headerPairs(raw: readonly string[]): Header[] {
  const pairs: Header[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) pairs.push([raw[i]!, raw[i + 1]!]);
  return pairs;
}

/** undici's flat list of byte strings as pairs; header bytes are ISO 8859-1 (RFC 9110 section 5.5). */
export function headerPairsOfBytes(raw: readonly (Buffer | string)[]): Header[] {
  const pairs: Header[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) pairs.push([text(raw[i]!), text(raw[i + 1]!)]);
  return pairs;
}

const text = (value: Buffer | string): string => (typeof value === 'string' ? value : value.toString('latin1'));

/** The first value of a field, by lower-case name. */
export function headerValue(headers: readonly Header[], name: string): string | undefined {
  for (const [key, value] of headers) if (key.length === name.length && key.toLowerCase() === name) return value;
  return undefined;
}

/** All values of a list-valued field as one list (RFC 9110 section 5.3), by lower-case name. */
export function headerList(headers: readonly Header[], name: string): string | undefined {
  let list: string | undefined;
  for (const [key, value] of headers) {
    if (key.length === name.length && key.toLowerCase() === name)
      list = list === undefined ? value : `${list}, ${value}`;
  }
  return list;
}

/** How often a field occurs, by lower-case name. */
export function headerCount(headers: readonly Header[], name: string): number {
  let count = 0;
  for (const [key] of headers) if (key.length === name.length && key.toLowerCase() === name) count += 1;
  return count;
}

/** The list without hop-by-hop fields, those that Connection names included. */
export function endToEnd(headers: readonly Header[]): Header[] {
  const named = namedByConnection(headers);
  return headers.filter(([name]) => !isHopByHop(name) && !named?.has(name.toLowerCase()));
}

/** The fields that Connection names, if any that would not end here anyway. */
function namedByConnection(headers: readonly Header[]): ReadonlySet<string> | undefined {
  const connection = headerList(headers, 'connection');
  if (connection === undefined || isHopByHop(connection)) return undefined;
  const names = connection.toLowerCase().split(',');
  return new Set(names.map((name) => name.trim()));
}

/** Pairs as the flat list that node:http and undici take. */
export function flatten(headers: readonly Header[]): string[] {
  const flat: string[] = [];
  for (const [name, value] of headers) flat.push(name, value);
  return flat;
}
