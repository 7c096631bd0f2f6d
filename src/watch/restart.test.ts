// After a restart: state comes back from its file, a damaged one is said, and findings that the journal knows go on under their ids.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/harness/temporary.ts';
import { call, HOUR, identity, MONDAY, Scenario } from '../../test/harness/watching.ts';
import type { Finding } from '../exchange/finding.ts';
import { type Journalled, reconciled } from './reconcile.ts';
import { readState, stateFile, writeState } from './state-file.ts';

const KEY = Buffer.alloc(32, 7);
const remove = (time: number, n: number, who?: string) =>
  call(time, 'v1.DeleteMonitor', { on: `monitor/${n}`, ...(who !== undefined && { identity: identity(who) }) });

test('an engine that comes back from its file goes on as if nothing had happened', async () => {
  const file = stateFile(temporaryFolder('watch'));
  const one = new Scenario();
  for (let n = 0; n < 40; n++) one.see(remove(MONDAY + n * 1000, n));
  await writeState(file, KEY, { through: 40, engine: one.engine.save() });
  const two = new Scenario();
  const { state, trouble } = readState(file, KEY);
  assert.equal(trouble, undefined);
  assert.equal(state?.through, 40);
  two.engine.load(state?.engine);
  for (let n = 40; n < 60; n++) {
    const row = remove(MONDAY + n * 1000, n);
    one.see(row);
    two.see(row);
  }
  one.pass(MONDAY + HOUR);
  two.pass(MONDAY + HOUR);
  assert.equal(two.events().filter((event) => event.startsWith('opened')).length, 0);
  const ends = ({ told }: Scenario) =>
    told
      .filter(({ event }) => event === 'ended')
      .map(({ finding }) => [finding.id, finding.evidence.count, finding.ended]);
  assert.deepEqual(ends(two), ends(one));
  assert.ok(ends(two).length > 0);
});

test('a file that was cut, changed or sealed by another key is put aside and said; there need be none', async () => {
  const file = stateFile(temporaryFolder('watch'));
  assert.deepEqual(readState(file, KEY), {});
  await writeState(file, KEY, { through: 1, engine: {} });
  const whole = readFileSync(file);
  const changed = Buffer.from(whole);
  changed[whole.length - 1]! ^= 1;
  for (const bytes of [
    whole.subarray(0, 20),
    whole.subarray(0, whole.length - 3),
    changed,
    Buffer.from('DWWATCH9'.repeat(9)),
    // What the version before left is another form of state: an erasure without a gateway must get over it, too.
    Buffer.concat([Buffer.from('DWWATCH1'), whole.subarray(8)]),
  ]) {
    writeFileSync(file, bytes);
    const { state, trouble } = readState(file, KEY);
    assert.equal(state, undefined);
    assert.match(trouble ?? '', /damaged|torn|version/);
    assert.deepEqual(readdirSync(dirname(file)), ['state.damaged']);
  }
  await writeState(file, KEY, { through: 1, engine: {} });
  assert.equal(readState(file, Buffer.alloc(32, 8)).state, undefined);
});

/** What an engine tells that caught up with some calls, and what the journal has of them. */
function caughtUp(rows: readonly ReturnType<typeof remove>[], journalled: readonly Journalled[]) {
  const scene = new Scenario('blinding').see(...rows);
  return {
    scene,
    rest: reconciled(scene.told, new Map(journalled.map((each) => [each.finding.id, each])), scene.engine.lasting),
  };
}

test('what the journal has is not told again, and goes on under its id', () => {
  const before = new Scenario('blinding').see(remove(MONDAY, 1));
  const finding: Finding = { ...before.findings[0]!, id: 'of the journal' };
  const { scene, rest } = caughtUp([remove(MONDAY, 1), remove(MONDAY + 500, 2)], [{ finding, ended: false }]);
  assert.deepEqual(rest, []);
  assert.ok(scene.engine.lasting.has('of the journal'));
  scene.see(remove(MONDAY + 60_000, 3)).pass(MONDAY + HOUR);
  assert.deepEqual([...new Set(scene.told.slice(1).map((each) => each.finding.id))], ['of the journal']);
});

test('what the journal does not have is told; what it has open and nobody knows of is over', () => {
  const other = new Scenario('blinding').see(remove(MONDAY, 1, 'somebody else'));
  const finding: Finding = { ...other.findings[0]!, id: 'orphan' };
  const { rest } = caughtUp([remove(MONDAY, 1)], [{ finding, ended: false }]);
  assert.deepEqual(
    rest.map(({ event, finding: { id } }) => [event, id]),
    [
      ['opened', 'finding-1'],
      ['ended', 'orphan'],
    ],
  );
});

test('what the journal has as ended stays ended', () => {
  const before = new Scenario('blinding').see(remove(MONDAY, 1)).pass(MONDAY + HOUR);
  const finding: Finding = { ...before.findings[0]!, id: 'over' };
  const { scene, rest } = caughtUp([remove(MONDAY, 1)], [{ finding, ended: true }]);
  assert.deepEqual(rest, []);
  assert.equal(scene.engine.lasting.size, 0);
});
