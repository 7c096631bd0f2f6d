// Findings in the index, over a real journal.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ApiHarness, startHarness } from '../../test/harness/api-parts.ts';
import { decidedOf, findingOf } from '../../test/harness/findings.ts';
import { newId } from '../exchange/canonical.ts';
import { parseQuery } from './query.ts';

let parts: ApiHarness;
const T = Date.parse('2026-11-22T10:00:00Z');
const surge = findingOf({ started: T });
const blinding = findingOf({
  started: T + 10_000,
  noticed: T + 11_000,
  detector: 'blinding',
  severity: 'critical',
  title: 'Monitor muted\u001b[2J by ci/agent-7',
  cause: surge.id,
});
const silence = findingOf({
  started: T - 3_600_000,
  latest: T - 3_000_000,
  noticed: T - 3_500_000,
  detector: 'silence',
  severity: 'low',
  subject: { connection: 'eu', family: 'Logs' },
});

before(async () => {
  parts = await startHarness();
  await parts.append('finding.opened', surge);
  await parts.append('finding.opened', silence);
  await parts.append('finding.opened', blinding);
  await parts.append('finding.updated', { ...surge, latest: T + 120_000, severity: 'critical', score: 99 });
  // What is no finding, and what nothing is known of, harms nothing.
  await parts.append('finding.opened', { title: 'of another version' });
  await parts.append('finding.decided', decidedOf(newId(), 'dismissed', 'nobody knows it'));
});
after(() => parts.close());

const ids = async (filter: Parameters<typeof parts.index.findings>[0] = {}) =>
  (await parts.index.findings(filter)).items.map(({ id }) => id);

test('the newest come first, as the latest entry has them, page by page', async () => {
  const all = await parts.index.findings();
  assert.deepEqual(
    all.items.map(({ id, state, severity }) => [id, state, severity]),
    [
      [blinding.id, 'open', 'critical'],
      [surge.id, 'open', 'critical'],
      [silence.id, 'open', 'low'],
    ],
  );
  assert.equal(all.items[1]?.rate, undefined, 'a list has no rates');
  const paged: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await parts.index.findings({ limit: 1, ...(cursor !== undefined && { cursor }) });
    paged.push(...page.items.map(({ id }) => id));
    cursor = page.next;
    if (cursor === undefined) break;
  }
  assert.deepEqual(paged, [blinding.id, surge.id, silence.id]);
  const one = await parts.index.finding(surge.id);
  assert.deepEqual([one?.score, one?.rate?.points.length, one?.latest], [99, 12, T + 120_000]);
  assert.equal(await parts.index.finding(newId()), undefined);
  assert.equal(await parts.index.finding("' OR 1"), undefined);
  await assert.rejects(parts.index.finding(surge.id.slice(0, 8)), { code: 'not_found' });
});

test('by detector, severity, caller, place, time and cause', async () => {
  assert.deepEqual(await ids({ detectors: ['surge', 'silence'] }), [surge.id, silence.id]);
  assert.deepEqual(await ids({ severities: ['low'] }), [silence.id]);
  assert.deepEqual(await ids({ severities: [] }), []);
  for (const identity of ['CI/agent-7', 'agent-7', 'https://idp#agent-7'])
    assert.deepEqual(await ids({ identity }), [blinding.id, surge.id]);
  assert.deepEqual(await ids({ identity: "x' OR '1'='1" }), []);
  assert.deepEqual(await ids({ connection: 'eu' }), [silence.id]);
  assert.deepEqual(await ids({ family: 'metrics' }), [blinding.id, surge.id]);
  assert.deepEqual(await ids({ session: 'nightly~7' }), [blinding.id, surge.id]);
  assert.deepEqual(await ids({ from: T }), [blinding.id, surge.id]);
  assert.deepEqual(await ids({ until: T - 1 }), [silence.id]);
  assert.deepEqual(await ids({ cause: surge.id }), [blinding.id, surge.id]);
  assert.deepEqual(await ids({ cause: 'nothing' }), []);
});

test('decisions change the state; what ends by itself is resolved, unless somebody decided otherwise', async () => {
  await parts.append('finding.decided', decidedOf(surge.id, 'acknowledged'));
  assert.equal((await parts.index.finding(surge.id))?.state, 'acknowledged');
  await parts.append('finding.ended', { ...surge, ended: T + 180_000 });
  const ended = await parts.index.finding(surge.id);
  assert.equal(ended?.state, 'resolved');
  assert.deepEqual(
    ended?.decisions.map(({ state, who, time }) => [state, who?.name, time]),
    [
      ['acknowledged', 'Ada', 1],
      ['resolved', undefined, T + 180_000],
    ],
  );
  await parts.append('finding.decided', decidedOf(silence.id, 'dismissed', 'maintenance'));
  await parts.append('finding.ended', { ...silence, ended: T });
  const dismissed = await parts.index.finding(silence.id);
  assert.deepEqual([dismissed?.state, dismissed?.decisions.length], ['dismissed', 1]);
  assert.deepEqual(await parts.index.countFindings(), {
    states: { open: 1, resolved: 1, dismissed: 1 },
    severities: { critical: 1 },
    detectors: { blinding: 1 },
  });
  assert.deepEqual((await parts.index.countFindings({ connection: 'eu' })).states, { dismissed: 1 });
  assert.deepEqual(await ids({ states: ['open', 'dismissed'] }), [blinding.id, silence.id]);
});

test('entries about findings are found as any others, and only when asked for', async () => {
  const found = await parts.index.search(parseQuery('kind:finding.* who:ci/agent-7'));
  assert.equal(found.items.length, 4);
  assert.equal(found.items.at(-1)?.what, surge.title);
  assert.equal((await parts.index.search(parseQuery(`kind:finding.decided ${silence.id}`))).items.length, 1);
  assert.equal((await parts.index.search(parseQuery('kind:finding.opened "metric queries in 60"'))).items.length, 2);
  assert.equal((await parts.index.search(parseQuery('who:ci/agent-7'))).items.length, 0);
});

test('an index that is built anew says the same', async () => {
  const before = await parts.index.findings();
  await parts.index.rebuild();
  assert.deepEqual(await parts.index.findings(), before);
  assert.deepEqual((await parts.index.finding(surge.id))?.state, 'resolved');
});
