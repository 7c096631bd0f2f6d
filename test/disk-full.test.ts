// Bad input, from below: a disk without room. Calls are refused, nothing is sent to Datadog, and it goes on when there is room.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { assertRefused, type Scene, startScene } from './harness/scene.ts';
import { mountedDisk, pretendedDisk, type SmallDisk } from './harness/small-disk.ts';
import { echo } from './harness/upstream.ts';

/** More calls than the journal can have room for in advance. */
const ENOUGH = 4_000;
const RECOVERY = 30_000;

/** Calls until one is refused. What is answered until then is acknowledged, and so must never be lost. */
async function callUntilRefused(scene: Scene): Promise<number> {
  for (let calls = 0; calls < ENOUGH; calls++) {
    const reached = scene.upstream.heads();
    const answer = await scene.call('PUT', '/api/v1/monitor/7', `{"name":"${'long '.repeat(400)}"}`);
    if (answer.code === null) continue;
    // On a real disk the last bit of room may be enough for an intent, and not for its outcome.
    if (answer.code === 'outcome_unrecorded') continue;
    assertRefused(answer, 503, 'journal_unavailable');
    assert.equal(scene.upstream.heads(), reached, 'a call that could not be recorded reached Datadog');
    return calls;
  }
  return assert.fail('nothing was refused');
}

async function worksAgain(scene: Scene): Promise<void> {
  const deadline = Date.now() + RECOVERY;
  for (;;) {
    const { code } = await scene.call('PUT', '/api/v1/monitor/7', '{"name":"again"}');
    if (code === null) return;
    assert.equal(code, 'journal_unavailable');
    assert.ok(Date.now() < deadline, 'it does not recover though there is room');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The disk gets full while Datadog works on a change whose intent is recorded. */
async function fillsInBetween(scene: Scene, disk: SmallDisk): Promise<string> {
  scene.upstream.respond = (call, response) => {
    disk.fill();
    // Longer than what the journal has room for in advance.
    const text = randomText(3 << 20);
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ id: 1, method: call.method, text }));
  };
  const answer = await scene.call('PUT', '/api/v1/monitor/8', '{"name":"in between"}').catch(() => undefined);
  scene.upstream.respond = echo;
  disk.free();
  await worksAgain(scene);
  // Either Dogwatch said so in the place of an answer, or the answer broke off: it never looked whole.
  if (!answer) return '';
  assertRefused(answer, 502, 'outcome_unrecorded');
  assert.equal(answer.headers.get('retry-after'), null, 'it invites to do it twice');
  return answer.exchange;
}

async function fillAndFree(scene: Scene, disk: SmallDisk): Promise<void> {
  const auditor = await scene.issuer.mint({ subject: 'auditor', groups: ['auditors'] });
  for (let round = 0; round < 2; round++) {
    await scene.works();
    disk.fill();
    await callUntilRefused(scene);
    const reached = scene.upstream.heads();
    let unrecorded = 0;
    for (const method of ['POST', 'GET', 'DELETE']) {
      const call = () => scene.call(method, '/api/v1/monitor/7', method === 'POST' ? '{}' : undefined);
      let answer = await call();
      // These are shorter than what was refused, and on a real disk the last bit of room may be enough for their intent.
      for (; answer.code === 'outcome_unrecorded' && unrecorded < 20; answer = await call()) unrecorded++;
      assertRefused(answer, 503, 'journal_unavailable');
    }
    const changes = scene.upstream.received.slice(reached).filter(({ method }) => method !== 'GET');
    assert.equal(changes.length, unrecorded, 'a call that could not be recorded reached Datadog');
    assert.equal((await fetch(`${scene.gateway.apiUrl}/healthz`)).status, 200, 'the process does not live');
    assert.equal((await fetch(`${scene.gateway.apiUrl}/readyz`)).status, 503, 'it calls itself ready');
    disk.free();
    await worksAgain(scene);
    assert.equal((await fetch(`${scene.gateway.apiUrl}/readyz`)).status, 200, 'it does not call itself ready');
  }
  await fillsInBetween(scene, disk);
  const { exchange } = await scene.works();
  // The index lives on the same disk, and catches up.
  const deadline = Date.now() + RECOVERY;
  let status = 0;
  while (status !== 200 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const found = await fetch(`${scene.gateway.apiUrl}/api/v1/exchanges/${exchange}`, {
      headers: { authorization: `Bearer ${auditor}` },
    });
    status = found.status;
  }
  assert.equal(status, 200, 'the index has not caught up');
  // What could not be noted before the stop is noted by the recovery after it.
  await scene.restart();
  const { exchanges } = await scene.journal();
  for (const { id, outcome, outcomes } of exchanges.values()) {
    assert.ok(outcome, `${id} has no outcome`);
    assert.equal(outcomes, 1, `${id} has ${outcomes} outcomes`);
  }
  const between = [...exchanges.values()].filter(({ intent }) => intent.request.target === '/api/v1/monitor/8');
  assert.equal(between.length, 1, 'a change that reached Datadog is not in the journal');
  assert.match(between[0]?.outcome?.outcome ?? '', /^(unknown|upstream-failed)$/);
}

test('disk full', async () => {
  const scene = await startScene();
  const disk = pretendedDisk(scene.site);
  try {
    await scene.restart(disk.launching);
    await fillAndFree(scene, disk);
  } finally {
    await scene.close();
  }
});

test('disk full: a real one, where one can be mounted', async (t) => {
  let disk: SmallDisk | undefined;
  const scene = await startScene({
    beforeStart: (site) => {
      disk = mountedDisk(site);
    },
  });
  try {
    if (disk) await fillAndFree(scene, disk);
    else t.diagnostic('this user may not mount a file system; the pretended one above stands alone');
  } finally {
    await scene.stop('SIGKILL');
    disk?.close();
    await scene.close();
  }
});

test('a file that may not grow: refused, nothing sent, and whole after a restart', async () => {
  const scene = await startScene();
  try {
    await scene.works();
    // 512-byte blocks: no file of this process may become longer than 3 MiB.
    await scene.restart({ shell: 'ulimit -S -f 6144' });
    await scene.works();
    let refusals = 0;
    for (let calls = 0; calls < ENOUGH && refusals < 10; calls++) {
      const reached = scene.upstream.heads();
      const answer = await scene.call('PUT', '/api/v1/monitor/7', JSON.stringify({ name: randomText(4_000) }));
      if (answer.code === null || answer.code === 'outcome_unrecorded') continue;
      assert.match(answer.code, /^journal_(unavailable|failed)$/);
      assert.equal(scene.upstream.heads(), reached, 'a call that could not be recorded reached Datadog');
      refusals++;
    }
    assert.ok(refusals > 0, 'the limit was never reached');
    assert.equal((await fetch(`${scene.gateway.apiUrl}/healthz`)).status, 200, 'the process does not live');
    await scene.restart();
    await scene.works();
    await scene.journal();
  } finally {
    await scene.close();
  }
});

/** Text that does not compress. */
const randomText = (length: number): string => randomBytes(length).toString('base64');
