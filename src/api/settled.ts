// What was recorded before a question should be found by it.
import type { SearchIndex } from '../index/search-index.ts';

/** Milliseconds that an answer waits for the index to hold what was durable when it was asked for. */
const PATIENCE = 1000;

/** Waits for that many leaves to be searchable. An index that lags more answers with what it has, and says so. */
export async function settled(index: Pick<SearchIndex, 'reached'>, size: number): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, PATIENCE);
  await Promise.race([index.reached(size).catch(() => undefined), late.promise]);
  clearTimeout(timer);
}
