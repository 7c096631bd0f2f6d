// What a run did, from a real index: its counts, what was found about it, and nothing for anybody else.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ApiHarness, intentOf, outcomeOf, startHarness } from '../../test/harness/api-parts.ts';
import { decidedOf, findingOf } from '../../test/harness/findings.ts';
import { newId } from '../exchange/canonical.ts';
import { summariseRun } from './summarise-run.ts';

const SESSION = 'weekly~1';
const { identity } = intentOf(newId());
let parts: ApiHarness;
let size = 0;

before(async () => {
  parts = await startHarness();
  const append = async (...entry: Parameters<ApiHarness['append']>) => {
    size = (await parts.append(...entry)) + 1;
  };
  const id = newId();
  await append('exchange.intent', intentOf(id, { session: SESSION }));
  await append('exchange.outcome', outcomeOf(id));
  const subject = { connection: 'main', session: SESSION };
  const over = findingOf({ subject, severity: 'critical' });
  for (const severity of ['high', 'low', 'high'] as const)
    await append('finding.opened', findingOf({ subject, severity }));
  await append('finding.opened', over);
  await append('finding.decided', decidedOf(over.id, 'dismissed', 'a rehearsal'));
  await append('finding.opened', findingOf({ subject: { session: 'another~2' } }));
});
after(() => parts.close());

const summary = (session: string, who = identity) => {
  assert.ok(who);
  return summariseRun(parts.index, size, 'http://127.0.0.1:1', who, session);
};

test('counts of the run, and its findings that are not over, by severity', async () => {
  assert.deepEqual(await summary(SESSION), {
    session: SESSION,
    calls: 1,
    changes: 1,
    refusals: 0,
    errors: 0,
    findings: { high: 2, low: 1 },
    url: 'http://127.0.0.1:1/session/weekly~1',
  });
});

test('a run without a call, and one of somebody else', async () => {
  const none = await summary('idle~3');
  assert.deepEqual([none?.calls, none?.findings], [0, {}]);
  assert.ok(identity);
  assert.equal(await summary(SESSION, { ...identity, subject: 'mallory' }), undefined);
});
