// Acknowledged means durable: a gateway killed at any moment has lost nothing that an agent or Datadog saw.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killAgainAndAgain } from './harness/kill-rig.ts';

const ROUNDS = 8;

test(`killed ${ROUNDS} times under load: every answer received and every mutation sent is in the journal`, async (t) => {
  const { broken, ...report } = await killAgainAndAgain({ rounds: ROUNDS });
  t.diagnostic(JSON.stringify(report));
  assert.deepEqual(broken, []);
  assert.ok(report.answered > ROUNDS, 'the load was too small to mean anything');
  assert.ok(report.mutations > ROUNDS, 'the load was too small to mean anything');
  assert.ok(report.unknown > 0, 'no death came between an intent and its outcome');
});
