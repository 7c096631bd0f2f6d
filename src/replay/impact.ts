// What a replay did in sum: each resource from before the first call to after the last, held against the recording's end.
import { difference } from '../change/diff.ts';
import { imageIn } from '../datadog/before.ts';
import { operationByKey } from '../datadog/catalogue.ts';
import { effectOf } from '../datadog/restore.ts';
import { serverMade } from '../datadog/server-made.ts';
import { RISK_LEVELS, type RiskLevel, type RiskTag } from '../exchange/operation.ts';
import type { Blame } from './blame.ts';
import { differencesOf } from './compare.ts';
import type { IdMap } from './id-map.ts';
import { jsonOf, type RecordedCall, succeeded } from './recording.ts';
import type { Replay, ResourceImpact } from './report.ts';
import type { Image, Images } from './target.ts';

/** A resource as the replay goes on. */
interface Course {
  readonly kind: string;
  readonly id: string;
  readonly before: string | undefined;
  after: string | undefined;
  readonly steps: number[];
  risk: RiskLevel;
  readonly tags: Set<RiskTag>;
}

/** The end of a resource in the recording. */
type End = { readonly kind: string; readonly id: string } & ({ readonly gone: true } | { readonly image: unknown });

export class Impact {
  readonly #connection: string;
  readonly #courses = new Map<string, Course>();
  readonly #ends = new Map<string, End>();

  constructor(connection: string) {
    this.#connection = connection;
  }

  /** Takes what the recording says of a call's resource after it. */
  recorded(call: RecordedCall): void {
    if (!succeeded(call.status)) return;
    const effect = effectOf(call.operation);
    const kind = operationByKey(call.operation)?.resource.kind;
    const own = call.resources.filter((resource) => resource.kind === kind);
    if (effect === 'delete') {
      for (const { kind, id } of own) this.#ends.set(`${kind}/${id}`, { kind, id, gone: true });
      return;
    }
    for (const { kind, id, answer, picked } of call.after ?? []) {
      const shown = picked ? answer : imageIn(answer);
      this.#ends.set(`${kind}/${id}`, shown === undefined ? { kind, id, gone: true } : { kind, id, image: shown });
    }
    const [only] = own;
    if (effect === 'none' || only === undefined || own.length > 1) return;
    const name = `${only.kind}/${only.id}`;
    if (call.after?.some((image) => image.kind === only.kind && image.id === only.id)) return;
    const image = imageIn(jsonOf(call.response));
    // An answer that does not show the resource tells no more than that it is another now.
    if (isShown(image, only.id)) this.#ends.set(name, { ...only, image });
    else this.#ends.delete(name);
  }

  /** Takes what a call of the replay made different. */
  changed(n: number, call: RecordedCall, before: Images, after: Images): void {
    const touch = (key: string, { kind, id }: Image, old: string | undefined, now: string | undefined): void => {
      let course = this.#courses.get(key);
      if (!course) {
        course = { kind, id, before: old, after: now, steps: [], risk: call.risk, tags: new Set() };
        this.#courses.set(key, course);
      }
      course.after = now;
      course.steps.push(n);
      if (RISK_LEVELS.indexOf(call.risk) > RISK_LEVELS.indexOf(course.risk)) course.risk = call.risk;
      for (const tag of call.tags) course.tags.add(tag);
    };
    for (const [key, image] of after) {
      const old = before.get(key)?.text;
      if (old !== image.text) touch(key, image, old, image.text);
    }
    for (const [key, image] of before) if (!after.has(key)) touch(key, image, image.text, undefined);
  }

  /** Everything that was changed, by kind and id; and what the recording changed and the replay did not. */
  result(ids: IdMap, blame: Blame): Pick<Replay, 'impact' | 'missing'> {
    const recordedIds = new Map(ids.pairs.map(([recorded, actual]) => [actual, recorded]));
    const met = new Set<string>();
    const impact = [...this.#courses.values()].flatMap((course): ResourceImpact[] => {
      const { kind, id, steps, risk, tags } = course;
      const recordedId = recordedIds.get(id) ?? id;
      const end = this.#ends.get(`${kind}/${recordedId}`);
      met.add(`${kind}/${recordedId}`);
      const before = parsed(course.before);
      const after = parsed(course.after);
      const made = serverMade(kind);
      const { changes } =
        before === undefined || after === undefined ? { changes: [] } : difference(before, after, made);
      const effect =
        before === undefined
          ? after === undefined
            ? 'unchanged'
            : 'created'
          : after === undefined
            ? 'deleted'
            : changes.length > 0
              ? 'updated'
              : 'unchanged';
      const because =
        blame.ofResource(kind, recordedId) ?? 'what stands there was made in another way than Datadog does';
      const divergences = end === undefined ? [] : againstEnd(end, kind, after, ids, because);
      if (effect === 'unchanged' && divergences.length === 0 && before !== undefined) return [];
      const title = titleOf(after ?? before);
      return [
        {
          kind,
          id,
          ...(recordedId !== id && { recordedId }),
          connection: this.#connection,
          ...(title !== undefined && { title }),
          effect,
          ...(before !== undefined && { before }),
          ...(after !== undefined && { after }),
          changes,
          steps,
          risk,
          tags: [...tags],
          ...(end !== undefined && { asRecorded: divergences.length === 0 }),
          divergences,
        },
      ];
    });
    const missing = [...this.#ends.values()].flatMap(({ kind, id }) => {
      const because = blame.ofResource(kind, id);
      return met.has(`${kind}/${id}`) || because === undefined ? [] : [{ kind, id, because }];
    });
    return { impact: impact.sort(byName), missing };
  }
}

function againstEnd(
  end: End,
  kind: string,
  after: unknown,
  ids: IdMap,
  because: string,
): ResourceImpact['divergences'] {
  if ('gone' in end) {
    return after === undefined ? [] : [{ where: 'shape', path: '', recorded: 'deleted', actual: 'there', because }];
  }
  if (after === undefined) return [{ where: 'shape', path: '', recorded: 'there', actual: 'deleted', because }];
  return differencesOf(kind, ids.inValue(end.image), after).flatMap((each) =>
    // What the target keeps beside what it shows is no difference.
    each.recorded === undefined ? [] : [{ ...each, because }],
  );
}

const parsed = (text: string | undefined): unknown => (text === undefined ? undefined : JSON.parse(text));

/** Whether an image is of the resource of that id. */
function isShown(image: unknown, id: string): boolean {
  if (typeof image !== 'object' || image === null || Array.isArray(image)) return false;
  return Object.values(image).some((value) => String(value) === id);
}

function titleOf(image: unknown): string | undefined {
  const holders = [image, (image as { attributes?: unknown } | undefined)?.attributes];
  for (const holder of holders) {
    if (typeof holder !== 'object' || holder === null) continue;
    for (const field of ['title', 'name', 'handle']) {
      const text = (holder as Record<string, unknown>)[field];
      if (typeof text === 'string' && text !== '') return text.slice(0, 256);
    }
  }
  return undefined;
}

const byName = (one: ResourceImpact, other: ResourceImpact): number =>
  RISK_LEVELS.indexOf(other.risk) - RISK_LEVELS.indexOf(one.risk) ||
  one.kind.localeCompare(other.kind) ||
  one.id.localeCompare(other.id);
