// Who is to be forgotten is in no byte of what the watch keeps, whatever noticed them; others are known as before.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { serialize } from 'node:v8';
import { temporaryFolder } from '../../test/harness/temporary.ts';
import { call, DAY, HOUR, identity, MONDAY, Scenario } from '../../test/harness/watching.ts';
import { watchMemory } from './forget-state.ts';
import { readState, stateFile, writeState } from './state-file.ts';

const NAME = 'quillfeather';
const GONE = `https://issuer.test#alice-${NAME}`;

/** Somebody who does a little of all that detectors look at; some of it makes findings that last. */
function busy(scene: Scenario, name: string): void {
  const who = { identity: identity(name, [`${name}-team`]), session: `${name}~1` };
  for (let day = 0; day < 5; day++)
    for (let n = 0; n < 20; n++) scene.see(call(MONDAY + day * DAY + n * 60_000, 'v1.ListMonitors', who));
  const now = MONDAY + 5 * DAY;
  for (let n = 0; n < 30; n++) {
    const at = now + n * 500;
    scene.see(
      call(at, 'v1.DeleteMonitor', { ...who, on: `monitor/${n}` }),
      call(at, 'v1.CreateMonitor', { ...who, on: `monitor/new-${n}` }),
      call(at, 'v1.GetDashboard', { ...who, on: `dashboard/${n}`, status: 404 }),
      call(at, 'v2.ListAPIKeys', { ...who, status: 403, outcome: 'refused', denied: true }),
      call(at, 'v2.ListLogsGet', { ...who, responseBytes: 9_000_000 }),
    );
    for (let m = 0; m < 10; m++)
      scene.see(
        call(at + m, 'v1.QueryMetrics', who),
        call(at, 'v1.GetMonitor', { ...who, on: `monitor/${n * 10 + m}` }),
      );
  }
}

const bytesOf = (scene: Scenario): string => Buffer.from(serialize(scene.engine.save())).toString('latin1');

test('a caller that is forgotten is in no byte of the state, and nothing more is told of it; others are as before', () => {
  const scene = new Scenario();
  for (const name of [`alice-${NAME}`, 'bob']) busy(scene, name);
  const detectors = new Set(scene.findings.map(({ detector }) => detector));
  for (const each of ['surge', 'bulk-change', 'enumeration', 'errors', 'volume', 'blinding'] as const)
    assert.ok(detectors.has(each), `${each}: ${[...detectors]}`);
  const { callers, findings } = scene.engine.known();
  assert.ok(callers.includes(GONE));
  assert.ok(bytesOf(scene).includes(NAME));
  const [mine, others] = [
    scene.findings.filter(({ subject }) => subject.identity?.subject === `alice-${NAME}`),
    scene.findings.filter(({ subject }) => subject.identity?.subject === 'bob'),
  ];
  assert.ok(mine.length > 4 && others.length > 4 && mine.every(({ id }) => findings.includes(id)));
  const before = scene.engine.status;
  scene.engine.forget({ callers: callers.filter((key) => key.includes(NAME)), findings: [] });
  assert.ok(!bytesOf(scene).includes(NAME));
  assert.ok(scene.engine.status.keys < before.keys);
  assert.equal(scene.engine.status.identities, before.identities - 1);
  assert.deepEqual(
    scene.engine.known().findings.filter((id) => mine.some((finding) => finding.id === id)),
    [],
  );
  // Others' episodes last, end, and are told; nothing is of the one who is forgotten, until it calls again.
  scene.told.length = 0;
  scene.pass(MONDAY + 6 * DAY);
  const ended = scene.told.filter(({ event }) => event === 'ended').map(({ finding }) => finding.id);
  for (const { id } of others) assert.ok(ended.includes(id));
  assert.ok(!scene.told.some(({ finding }) => JSON.stringify(finding).includes(NAME)));
  scene.see(call(MONDAY + 6 * DAY + HOUR, 'v1.ListMonitors', { identity: identity(`alice-${NAME}`) }));
  assert.equal(scene.engine.status.identities, before.identities);
});

test('what their kind has in common stays as long as others are of it, and findings can be forgotten alone', () => {
  const scene = new Scenario();
  const agent = (n: number) => ({ identity: identity(`ci/${NAME}-${n}`) });
  for (let n = 1; n < 3; n++) scene.see(call(MONDAY + n, 'v1.DeleteMonitor', { ...agent(n), on: 'monitor/1' }));
  const keyOf = (n: number) => `https://issuer.test#ci/${NAME}-${n}`;
  assert.ok(scene.engine.known().callers.includes(keyOf(1)));
  scene.engine.forget({ callers: [keyOf(1)], findings: [] });
  assert.ok(!bytesOf(scene).includes(`${NAME}-1`));
  assert.ok(bytesOf(scene).includes(`|ci/${NAME}-#`));
  const [last] = scene.engine.known().findings;
  assert.ok(last);
  scene.engine.forget({ callers: [], findings: [last] });
  assert.deepEqual(scene.engine.known().findings, []);
  assert.ok(scene.engine.known().callers.includes(keyOf(2)));
  scene.engine.forget({ callers: [keyOf(2)], findings: [] });
  assert.ok(!bytesOf(scene).includes(NAME));
});

test('a subject with a space is not taken for another, nor another for it', () => {
  const scene = new Scenario();
  for (const name of ['eve', 'eve create'])
    for (let n = 0; n < 30; n++)
      scene.see(call(MONDAY + n, 'v1.CreateMonitor', { identity: identity(name), on: `monitor/${n}` }));
  scene.engine.forget({ callers: ['https://issuer.test#eve'], findings: [] });
  const { callers } = scene.engine.known();
  assert.ok(callers.includes('https://issuer.test#eve create'));
  const text = bytesOf(scene);
  assert.ok(text.includes('#eve create create') && scene.engine.status.identities === 1);
});

test('the file of a watch that does not run is forgotten in as well, again and again; so is what was put aside', async () => {
  const dir = temporaryFolder('forget');
  const [file, key] = [stateFile(dir), Buffer.alloc(32, 7)];
  const remains = {
    strangers: async (all: Iterable<string>) => new Set([...all].filter((each) => each.includes(NAME))),
    unheard: async () => new Set<string>(),
  };
  const memory = watchMemory(dir, key);
  await memory.forget(remains);
  await mkdir(dirname(file), { recursive: true });
  writeFileSync(`${file}.damaged`, 'whatever it holds');
  const scene = new Scenario();
  for (const name of [`alice-${NAME}`, 'bob']) busy(scene, name);
  await writeState(file, key, { through: 7, engine: scene.engine.save() });
  for (let time = 0; time < 2; time++) {
    await memory.forget(remains);
    const { state } = readState(file, key);
    assert.equal(state?.through, 7);
    const text = Buffer.from(serialize(state)).toString('latin1');
    assert.ok(!text.includes(NAME) && text.includes('#bob'));
  }
  assert.throws(() => writeFileSync(`${file}.damaged`, '', { flag: 'r+' }), { code: 'ENOENT' });
});
