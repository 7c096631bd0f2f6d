// How identities and resources are called in one line.

import type { Resource } from '../exchange/operation.ts';
import type { RowIdentity } from '../index/search-index.ts';

/** The caller's name; `-` for one that could not be identified. */
export const whoOf = (identity: Pick<RowIdentity, 'name' | 'subject'> | undefined): string =>
  identity?.name || identity?.subject || '-';

/** `monitor/123 "CPU high"`, and how many more. */
export function touchedName(resources: readonly Resource[]): string {
  const [first] = resources;
  if (!first) return '';
  const title = first.title ? ` ${JSON.stringify(first.title)}` : '';
  return `${first.kind}/${first.id}${title}${resources.length > 1 ? ` +${resources.length - 1}` : ''}`;
}
