// The orders of a search, and the places in them where a page ends.
import { DogwatchError } from '../exchange/error.ts';

/** `newest` and `oldest` by time; the others by a value, largest first, and then newest first. */
export const SEARCH_ORDERS = ['newest', 'oldest', 'slowest', 'largest', 'riskiest'] as const;
export type SearchOrder = (typeof SEARCH_ORDERS)[number];
export type ValueOrder = Exclude<SearchOrder, 'newest' | 'oldest'>;

export const isValueOrder = (order: SearchOrder | undefined): order is ValueOrder =>
  order !== undefined && order !== 'newest' && order !== 'oldest';

/** A place in an order by value. */
export interface ValueCursor {
  readonly value: number;
  readonly time: number;
  readonly leaf: number;
}

export const valueCursorText = (order: ValueOrder, { value, time, leaf }: ValueCursor): string =>
  Buffer.from(`${order} ${value} ${time} ${leaf}`).toString('base64url');

/** @throws DogwatchError `bad_parameter` when it is no cursor of that order */
export function valueCursorOf(order: ValueOrder, cursor: string | undefined): ValueCursor | undefined {
  if (cursor === undefined) return undefined;
  const text = cursor.length <= 128 ? Buffer.from(cursor, 'base64url').toString('latin1') : '';
  const [, of, value, time, leaf] = /^([a-z]+) (-?\d{1,16}(?:\.\d{1,17})?) (\d{1,16}) (\d{1,16})$/.exec(text) ?? [];
  if (of !== order)
    throw new DogwatchError('bad_parameter', 'The cursor is none that a page before ended with in this order.', {
      remedy: 'Use `next` of the page before as it is, with the same order, or none for the first page.',
    });
  return { value: Number(value), time: Number(time), leaf: Number(leaf) };
}
