// Limits and cursors of pages, the same for every implementation of the index.
import { DogwatchError } from '../exchange/error.ts';
import type { PageRequest, SearchPage } from './search-index.ts';

/** Items of a page when nothing is said, and at most. */
export const PAGE = { usual: 50, most: 500 } as const;

/** Rows that a page may pass over, at most. */
export const SKIP = 1_000_000;

/** A place in an order: a time, then a number that no two items share. */
export interface Cursor {
  readonly time: number;
  readonly leaf: number;
}

/** @throws DogwatchError `bad_parameter` */
export function limitOf({ limit = PAGE.usual }: PageRequest): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= PAGE.most) return limit;
  throw new DogwatchError('bad_parameter', `A page has 1 to ${PAGE.most} items, not ${limit}.`);
}

/** @throws DogwatchError `bad_parameter` */
export function skipOf({ skip = 0 }: SearchPage): number {
  if (Number.isInteger(skip) && skip >= 0 && skip <= SKIP) return skip;
  throw new DogwatchError('bad_parameter', `A page passes over ${SKIP} rows at most, not ${skip}.`);
}

/** @throws DogwatchError `bad_parameter` */
export function cursorOf({ cursor }: PageRequest): Cursor | undefined {
  if (cursor === undefined) return undefined;
  const text = cursor.length <= 64 ? Buffer.from(cursor, 'base64url').toString('latin1') : '';
  const [, time, leaf] = /^(\d{1,16})\.(\d{1,16})$/.exec(text) ?? [];
  if (time === undefined || leaf === undefined)
    throw new DogwatchError('bad_parameter', 'The cursor is none that a page before ended with.', {
      remedy: 'Use `next` of the page before as it is, or none for the first page.',
    });
  return { time: Number(time), leaf: Number(leaf) };
}

export const cursorText = ({ time, leaf }: Cursor): string => Buffer.from(`${time}.${leaf}`).toString('base64url');
