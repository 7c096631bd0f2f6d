// What stands beside a page in the lists that count items by offset or pages by number, with links to the neighbours.
import type { Call } from './call.ts';
import type { JsonObject } from './json.ts';

/** Whether a call asks for a list, not for one of it. */
export const isList = ({ operation }: Call): boolean => operation.method === 'GET' && !operation.path.endsWith('}');

interface PageRequest {
  readonly numbered: boolean;
  readonly offset: number;
  readonly size: number;
}

function requested({ query }: Call, fallback: number): PageRequest {
  const number = (name: string): number | undefined => {
    const value = query.has(name) ? Number(query.get(name)) : Number.NaN;
    return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  };
  const size = number('page[size]') ?? number('page[limit]') ?? fallback;
  const page = number('page[number]');
  const numbered = page !== undefined || query.has('page[size]');
  return { numbered, size: Math.max(size, 1), offset: numbered ? (page ?? 0) * size : (number('page[offset]') ?? 0) };
}

/** The counts of a page: those of `number_size` or `offset_limit`, by which the call asked. Null past either end. */
export function pageCounts(call: Call, total: number, { size: fallback = 100, numbered = false } = {}): JsonObject {
  const asked = requested(call, fallback);
  const { size, offset } = asked;
  const last = Math.max(Math.ceil(total / size) - 1, 0);
  if (asked.numbered || numbered) {
    const number = Math.floor(offset / size);
    return {
      type: 'number_size',
      number,
      size,
      total,
      first_number: 0,
      prev_number: number > 0 ? number - 1 : null,
      next_number: number < last ? number + 1 : null,
      last_number: last,
    };
  }
  return {
    type: 'offset_limit',
    offset,
    limit: size,
    total,
    first_offset: 0,
    prev_offset: offset > 0 ? Math.max(offset - size, 0) : null,
    next_offset: offset + size < total ? offset + size : null,
    last_offset: last * size,
  };
}

/** As `pageCounts`, of the older lists: before the first is the first, and after the last there always seems to be more. */
export function openPageCounts(call: Call, total: number, size = 100): JsonObject {
  const counts = pageCounts(call, total, { size });
  return counts.type === 'number_size'
    ? { ...counts, prev_number: counts.prev_number ?? 0, next_number: Number(counts.number) + 1 }
    : {
        ...counts,
        prev_offset: counts.prev_offset ?? 0,
        next_offset: Number(counts.offset) + Number(counts.limit),
        last_offset: 0,
      };
}

/** Links to a page's neighbours by its counts. `always` names those that are there even as null. */
export function pageLinks(call: Call, counts: JsonObject, always: readonly string[] = []): JsonObject {
  const { world, query, operation, params } = call;
  const path = operation.path.replaceAll(/\{([^{}]+)\}/g, (_, name: string) => params[name] ?? '');
  const base = `https://api.${world.site}${path}`;
  const numbered = counts.type === 'number_size';
  const [position, size] = numbered ? ['number', 'size'] : ['offset', 'limit'];
  const kept = [...query].filter(([name]) => !name.startsWith('page[')).map(([name, value]) => `${name}=${value}`);
  const link = (at: unknown): string =>
    `${base}?${[...kept, `page[${position}]=${at}`, `page[${size}]=${numbered ? counts.size : counts.limit}`].join('&')}`;
  const links: JsonObject = { self: query.size > 0 ? `${base}?${query}` : base, first: link(0) };
  const here = Number(counts[position!]);
  const [prev, next, last] = [counts[`prev_${position}`], counts[`next_${position}`], counts[`last_${position}`]];
  if (here > 0 && prev !== null) links.prev = link(prev);
  else if (always.includes('prev')) links.prev = null;
  if (next !== null) links.next = link(next);
  else if (always.includes('next')) links.next = null;
  links.last = numbered || !always.includes('last') ? link(last) : null;
  return links;
}
