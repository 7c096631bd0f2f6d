// A replayed answer held against the recorded one: status, shape and values, without what a server makes anew each time.
import { difference } from '../change/diff.ts';
import { fieldPathOf, type Step } from '../change/path.ts';
import { serverMade } from '../datadog/server-made.ts';

/** One way in which an answer is another. */
export interface Divergence {
  readonly where: 'status' | 'shape' | 'value';
  /** `data.attributes.name`, as people write it; empty for the status and the whole. */
  readonly path: string;
  readonly recorded?: unknown;
  readonly actual?: unknown;
  /** Why, in words for people. */
  readonly because: string;
}

export type Found = Omit<Divergence, 'because'>;

/** More would tell nothing new. */
const MOST = 100;

/** Differences of two answers with the same status. `recorded` has the ids of the replay already. */
export function differencesOf(kind: string, recorded: unknown, actual: unknown): Found[] {
  const { changes } = difference(recorded, actual, serverMade(kind));
  const found: Found[] = [];
  for (const { type, path, before, after } of changes) {
    if (found.length >= MOST) break;
    const where = textOf(path);
    const field = lastField(path);
    if (type === 'moved') continue;
    if (type === 'added') {
      if (!isEmpty(after) && !isGenerated(field, after, after))
        found.push({ where: 'shape', path: where, actual: after });
    } else if (type === 'removed') {
      if (!isEmpty(before) && !isGenerated(field, before, before))
        found.push({ where: 'shape', path: where, recorded: before });
    } else if (!(isEmpty(before) && isEmpty(after)) && !isGenerated(field, before, after)) {
      const same = typeOf(before) === typeOf(after) || before === null || after === null;
      found.push({ where: same ? 'value' : 'shape', path: where, recorded: before, actual: after });
    }
  }
  return found;
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;
const FINGERPRINT = /dwfp_/;
/** Fields that a server fills by itself wherever they stand. */
const MADE =
  /^(id|uuid|public_id|url|urls|links|icon|etag|hash|version|elapsed|request_id|took|token|key|secret|created.*|modified.*|updated.*|last_.*|.*_(at|ts|time|timestamp|ms)|.*[a-z](At|Timestamp)|author.*|creator.*|owner|handle|email|total.*count|org_?id|meta|included)$/i;

/** Whether two values are each a server's own: made anew by whoever answers. */
function isGenerated(field: string, recorded: unknown, actual: unknown): boolean {
  if (MADE.test(field)) return true;
  if (typeof recorded === 'string' && FINGERPRINT.test(recorded)) return true;
  if (typeof recorded !== 'string' || typeof actual !== 'string') return false;
  return (UUID.test(recorded) && UUID.test(actual)) || (ISO_TIME.test(recorded) && ISO_TIME.test(actual));
}

/** What many servers leave out as well as write. */
const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === '' ||
  value === false ||
  value === 0 ||
  (typeof value === 'object' && Object.keys(value).length === 0);

const typeOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);

/** The field that a path ends in; an item of a list has its list's. */
function lastField(path: readonly Step[]): string {
  const last = path.at(-1);
  return typeof last === 'string' ? last : '';
}

function textOf(path: readonly Step[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'string') text += text === '' ? step : `.${step}`;
    else text += `[${step.known ?? step.index}]`;
  }
  return text || fieldPathOf(path);
}
