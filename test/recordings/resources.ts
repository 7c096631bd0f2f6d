// Holds the resources that Dogwatch tells of a change against what the recording itself says.
import { classify, createdResources } from '../../src/datadog/classify.ts';
import { hostKindOf } from '../../src/datadog/sites.ts';
import { normaliseTarget } from '../../src/datadog/target.ts';
import { titled } from '../../src/datadog/touched.ts';
import type { Fingerprint } from '../../src/exchange/keys.ts';
import type { Resource } from '../../src/exchange/operation.ts';
import type { RecordedExchange } from '../harness/journal.ts';
import type { RecordedInteraction } from './corpus.ts';
import { expectedResource } from './expected-resources.ts';

export interface FamilyCount {
  changes: number;
  right: number;
  titled: number;
}

export interface ResourceComparison {
  readonly families: ReadonlyMap<string, FamilyCount>;
  /** What was told wrongly, and what was expected. */
  readonly wrong: readonly string[];
}

const fingerprint: Fingerprint = (secret) => `dwfp_${Buffer.from(secret).length}`;

/** What the journal holds of an exchange, with the titles that the index adds. */
export function journalled({ intent, outcome, request, response }: RecordedExchange): Resource[] {
  const { operation, resources } = intent.classification;
  return titled(operation, [...resources, ...(outcome?.resources ?? [])], request, response);
}

/** What would be told of an exchange, by the code alone: no gateway stands between. */
export function classified(recorded: RecordedInteraction): Resource[] {
  const url = new URL(recorded.url);
  const host = hostKindOf(url.hostname.replace('.datadoghq.com', ''));
  const target = normaliseTarget(url.pathname + url.search);
  const { requestBody, responseBody, status, method } = recorded;
  const { classification } = classify({ method, target, host, body: requestBody }, fingerprint);
  const created = createdResources(classification.operation, status, responseBody, fingerprint);
  return titled(classification.operation, [...classification.resources, ...created], requestBody, responseBody);
}

/** @param toldOf what Dogwatch told of it */
export function compareResources(
  corpus: readonly RecordedInteraction[],
  toldOf: (recorded: RecordedInteraction) => readonly Resource[],
): ResourceComparison {
  const families = new Map<string, FamilyCount>();
  const wrong: string[] = [];
  for (const recorded of corpus) {
    const expected = expectedResource(recorded);
    if (expected === undefined) continue;
    const count = families.get(expected.family) ?? { changes: 0, right: 0, titled: 0 };
    families.set(expected.family, count);
    count.changes++;
    const told = toldOf(recorded);
    const ofKind = told.filter(({ kind }) => kind === expected.kind);
    const ids = [...new Set(ofKind.map(({ id }) => id))].sort();
    const right = expected.secret
      ? ids.length > 0 && ids.every((id) => id.startsWith('redacted:'))
      : ids.length > 0 && ids.join('\n') === [...new Set(expected.ids)].sort().join('\n');
    if (right) count.right++;
    else {
      const names = told.map(({ kind, id }) => `${kind}/${id}`).join(', ');
      wrong.push(
        `${recorded.id} ${recorded.method} ${recorded.url}: told ${names || 'nothing'}, expected ${expected.kind}/${expected.ids}`,
      );
    }
    if (ofKind.some(({ title }) => title !== undefined)) count.titled++;
  }
  return { families, wrong };
}

/** A table by family, a line each, and all together. */
export function tableOf({ families }: ResourceComparison): string {
  const line = (family: string, ...counts: readonly (string | number)[]): string =>
    [family.padEnd(24), ...counts.map((count) => String(count).padStart(7))].join(' ');
  const all: FamilyCount = { changes: 0, right: 0, titled: 0 };
  const lines = [line('family', 'changes', 'right', 'titled')];
  for (const [family, { changes, right, titled: named }] of [...families].sort(([a], [b]) => (a < b ? -1 : 1))) {
    lines.push(line(family, changes, right, named));
    all.changes += changes;
    all.right += right;
    all.titled += named;
  }
  return [...lines, line('all', all.changes, all.right, all.titled)].join('\n');
}
