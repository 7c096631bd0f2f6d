// Ids as people type them: whole, or the beginning of one that is there.
import { UsageError } from '../exchange/error.ts';

/** The id that begins so; the text itself when none does. @throws UsageError `usage` when several do */
export function wholeId(items: readonly { readonly id: string }[], text: string): string {
  const found = items.filter(({ id }) => id.startsWith(text));
  if (found.length < 2 || found.some(({ id }) => id === text))
    return found.find(({ id }) => id === text)?.id ?? found[0]?.id ?? text;
  throw new UsageError('usage', `${found.length} begin with ${text}`, { remedy: 'give more of the id' });
}
