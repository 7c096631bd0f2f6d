// A tenth of the crash rig's rounds: after kill -9, lost power and failing disks nothing acknowledged is lost, and the journal verifies.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { temporaryFolder } from './harness/temporary.ts';
import { type CrashReport, failureRounds, killRounds, powerRounds } from './rig/crash-rounds.ts';
import { compileShim } from './rig/disk.ts';

const folder = temporaryFolder('shim');
const shim = compileShim(folder);

function assertKept({ broken, ...counts }: CrashReport): string {
  assert.deepEqual(broken, []);
  assert.ok(counts.acknowledged > counts.rounds, 'the load was too small to mean anything');
  return JSON.stringify(counts);
}

// Much of the time is waiting for processes to start and for the disk: two at a time.
describe('The crash rig', { concurrency: 2 }, () => {
  test('killed 50 times with several writers', async (t) => {
    // Two journals at once: much of a round is waiting for a process to start.
    for (const report of await Promise.all([killRounds(25), killRounds(25)])) t.diagnostic(assertKept(report));
  });

  test('the power lost at 50 moments', async (t) => {
    if ('missing' in shim) return t.skip(shim.missing);
    t.diagnostic(assertKept(await powerRounds(50, shim.library)));
  });

  test('calls of the disk failed in 30 runs', async (t) => {
    if ('missing' in shim) return t.skip(shim.missing);
    const report = await failureRounds(30, shim.library);
    assert.ok(report.injected > 0, 'nothing failed');
    t.diagnostic(assertKept(report));
  });
});
