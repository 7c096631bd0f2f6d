// Holds the resources that Dogwatch tells of a change against what the recording itself says. `npm run resources -- --corpus FILE`.
import { parseArgs } from 'node:util';
import { classify, createdResources } from '../../src/datadog/classify.ts';
import { hostKindOf } from '../../src/datadog/sites.ts';
import { normaliseTarget } from '../../src/datadog/target.ts';
import { titled } from '../../src/datadog/touched.ts';
import type { Fingerprint } from '../../src/exchange/keys.ts';
import type { Resource } from '../../src/exchange/operation.ts';
import { type RecordedInteraction, readCorpus } from './corpus.ts';
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

/** What Dogwatch tells of an exchange. */
function toldBy(recorded: RecordedInteraction): Resource[] {
  const url = new URL(recorded.url);
  const host = hostKindOf(url.hostname.replace('.datadoghq.com', ''));
  const target = normaliseTarget(url.pathname + url.search);
  const { requestBody, responseBody, status, method } = recorded;
  const { classification } = classify({ method, target, host, body: requestBody }, fingerprint);
  const created = createdResources(classification.operation, status, responseBody, fingerprint);
  return titled(classification.operation, [...classification.resources, ...created], requestBody, responseBody);
}

export function compareResources(corpus: readonly RecordedInteraction[]): ResourceComparison {
  const families = new Map<string, FamilyCount>();
  const wrong: string[] = [];
  for (const recorded of corpus) {
    const expected = expectedResource(recorded);
    if (expected === undefined) continue;
    const count = families.get(expected.family) ?? { changes: 0, right: 0, titled: 0 };
    families.set(expected.family, count);
    count.changes++;
    const told = toldBy(recorded);
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

if (import.meta.main) {
  const { values } = parseArgs({ options: { corpus: { type: 'string' } } });
  if (values.corpus === undefined) throw new Error('usage: npm run resources -- --corpus FILE');
  const { families, wrong } = compareResources(readCorpus(values.corpus).flat());
  const line = (family: string, { changes, right, titled: named }: FamilyCount): string =>
    `${family.padEnd(24)} ${String(changes).padStart(7)} ${String(right).padStart(7)} ${String(named).padStart(7)}`;
  process.stdout.write(
    `${'family'.padEnd(24)} ${'changes'.padStart(7)} ${'right'.padStart(7)} ${'titled'.padStart(7)}\n`,
  );
  const all: FamilyCount = { changes: 0, right: 0, titled: 0 };
  for (const [family, count] of [...families].sort(([a], [b]) => (a < b ? -1 : 1))) {
    process.stdout.write(`${line(family, count)}\n`);
    all.changes += count.changes;
    all.right += count.right;
    all.titled += count.titled;
  }
  process.stdout.write(`${line('all', all)}\n`);
  for (const each of wrong) process.stdout.write(`${each}\n`);
  if (wrong.length > 0) process.exitCode = 1;
}
