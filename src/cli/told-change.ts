// What a call did to one resource, as lines for a terminal.
import type { BoundedChange } from '../api/told-changes.ts';
import type { Resource } from '../exchange/operation.ts';
import { changeLines } from './change-text.ts';
import { printable } from './printable.ts';
import { type Paint, widthOf } from './terminal.ts';

export const nameOf = ({ kind, id, title }: Resource): string =>
  printable(`${kind}/${id}${title === undefined ? '' : ` ${JSON.stringify(title)}`}`);

const DONE: Readonly<Record<string, string>> = {
  create: 'created',
  update: 'changed',
  delete: 'deleted',
  none: 'touched',
};

/** `changed monitor/123 "CPU"`. @param failure how the call ended, of one that was not carried out */
export function didText({ effect, made, resource }: BoundedChange, failure: string, colour: Paint): string {
  const done = DONE[effect] ?? 'touched';
  const did =
    made === 'yes'
      ? done
      : made === 'unknown'
        ? `may have ${done}`
        : `tried and failed (${failure}): would have ${done}`;
  const mark = effect === 'delete' ? colour.red : effect === 'create' ? colour.green : colour.yellow;
  return `${mark(printable(did))} ${nameOf(resource)}`;
}

/** What is different, indented, or why that is not known; nothing when there is nothing to compare. */
export function differenceLines(change: BoundedChange, colour: Paint): string[] {
  const { changes, before, after, made, effect, omitted } = change;
  if (omitted !== undefined)
    return [colour.dim(`    what is different takes ${omitted} bytes, too many to be told here`)];
  if (changes?.length === 0) return ['    nothing is different but what Datadog makes itself'];
  if (changes !== undefined) return indentedChanges(changes, colour);
  if (made !== 'yes' || effect === 'none') return [];
  const missing = before.state === 'unknown' ? before : after;
  return missing.state === 'unknown'
    ? [colour.dim(`    what is different is not known: ${printable(missing.why)}`)]
    : [];
}

export const indentedChanges = (changes: BoundedChange['changes'], colour: Paint): string[] =>
  changeLines(changes ?? [], { width: Math.max(widthOf() - 4, 40), colour }).map((line) => `    ${line}`);
