// Bad input, from below: a disk whose calls fail, one that is read-only, and one that loses its power under a running gateway.
import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runDogwatch } from './harness/gateway.ts';
import { assertRefused, type Scene, startScene } from './harness/scene.ts';
import { temporaryFolder } from './harness/temporary.ts';
import { type Call, compileShim, Failures, shimmed } from './rig/disk.ts';
import { readDiskLog } from './rig/disk-log.ts';
import { inodesOf, losePower, type Unsynced } from './rig/power-loss.ts';

const folder = temporaryFolder('shim');
const shim = compileShim(folder);

async function isReady({ gateway }: Scene): Promise<boolean> {
  return (await fetch(`${gateway.apiUrl}/readyz`)).status === 200;
}

/** Calls until the gateway refuses; what is answered until then is acknowledged. */
async function untilRefused(scene: Scene, code: RegExp): Promise<void> {
  for (let calls = 0; calls < 200; calls++) {
    const reached = scene.upstream.heads();
    const answer = await scene.call('PUT', '/api/v1/monitor/7', '{"name":"one of many"}');
    if (answer.code !== null && code.test(answer.code)) {
      assertRefused(answer, 503, answer.code);
      assert.equal(scene.upstream.heads(), reached, 'a call that could not be recorded reached Datadog');
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail('nothing was refused');
}

async function verifies(scene: Scene): Promise<void> {
  const { code, output } = await runDogwatch(['verify', '--config', scene.site.configFile]);
  assert.equal(code, 0, output);
}

for (const [name, call, error] of [
  ['a write that fails', 'write', 'EIO'],
  ['an fsync that fails', 'sync', 'EIO'],
  ['a disk that became read-only', 'write', 'EROFS'],
] as const satisfies readonly (readonly [string, Call, 'EIO' | 'EROFS'])[]) {
  test(`${name}: the gateway takes no more calls, says so, and is whole after a restart`, async (t) => {
    if ('missing' in shim) return t.skip(shim.missing);
    const scene = await startScene();
    try {
      const root = join(scene.site.dataDir, 'journal');
      const failures = new Failures(join(scene.site.directory, 'failures'));
      await scene.restart({ env: shimmed({ library: shim.library, root, failures }) });
      await scene.works();
      assert.ok(await isReady(scene));
      failures.set({ [call]: { oneIn: 1, error, times: 1e9 } });
      await untilRefused(scene, /^journal_failed$/);
      // The disk is well again. What failed is not tried again as if nothing had been.
      assert.ok(failures.failed()[call] > 0);
      failures.set({});
      for (const method of ['POST', 'GET', 'DELETE']) {
        const reached = scene.upstream.heads();
        assertRefused(
          await scene.call(method, '/api/v1/monitor/7', method === 'POST' ? '{}' : undefined),
          503,
          'journal_failed',
        );
        if (method !== 'GET') assert.equal(scene.upstream.heads(), reached);
      }
      assert.equal(await isReady(scene), false, 'it calls itself ready');
      assert.equal((await fetch(`${scene.gateway.apiUrl}/healthz`)).status, 200, 'the process does not live');
      const logged = scene.gateway
        .output()
        .split('\n')
        .filter((line) => /"level":[56]0/.test(line) && /journal/.test(line));
      assert.ok(logged.length > 0, `the log does not say so:\n${scene.gateway.output()}`);
      await scene.restart();
      assert.ok(await isReady(scene));
      await scene.works();
      await scene.journal();
      await verifies(scene);
    } finally {
      await scene.close();
    }
  });
}

test('a data directory on a read-only disk: the start is refused, with a reason', async (t) => {
  if ('missing' in shim) return t.skip(shim.missing);
  const scene = await startScene();
  try {
    await scene.works();
    await scene.stop();
    const failures = new Failures(join(scene.site.directory, 'failures'));
    const readOnly = { oneIn: 1, error: 'EROFS', times: 1e9 } as const;
    failures.set({ open: readOnly, write: readOnly, rename: readOnly, truncate: readOnly, name: readOnly });
    const { code, output } = await runDogwatch(['serve', '--config', scene.site.configFile], {
      env: shimmed({ library: shim.library, root: scene.site.dataDir, failures }),
    });
    assert.notEqual(code, 0);
    assert.match(output, /read-?only/);
    assert.doesNotMatch(output, /\n\s+at /, 'a stack trace is no clear error');
    await scene.restart();
    await scene.works();
    await scene.journal();
    await verifies(scene);
  } finally {
    await scene.close();
  }
});

test('the power lost under load, several times: what was answered is recorded, and can be searched for', async (t) => {
  if ('missing' in shim) return t.skip(shim.missing);
  const scene = await startScene();
  try {
    await scene.works();
    const token = await scene.issuer.mint({ subject: 'auditor', groups: ['auditors'] });
    for (const unsynced of ['lost', 'sectors', 'any'] satisfies Unsynced[]) {
      await scene.stop();
      const root = scene.site.dataDir;
      const [before, next, log] = ['before', 'next', 'log'].map((name) => join(scene.site.directory, name)) as [
        string,
        string,
        string,
      ];
      for (const old of [before, next, log]) rmSync(old, { recursive: true, force: true });
      cpSync(root, before, { recursive: true });
      const inodes = inodesOf(root);
      await scene.restart({ env: shimmed({ library: shim.library, root, log }) });
      for (let burst = 0; burst < 5; burst++) await Promise.all(Array.from({ length: 10 }, () => scene.works()));
      await scene.stop('SIGKILL');
      losePower({ root, before, inodes, calls: readDiskLog(log), unsynced, random: Math.random }, next);
      rmSync(root, { recursive: true });
      cpSync(next, root, { recursive: true });
      await verifies(scene);
      await scene.restart();
      const { exchange } = await scene.works();
      const found = await searchable(scene, token, exchange);
      await scene.journal();
      await scene.restart();
      assert.equal(found, scene.upstream.received.length, `${unsynced}: not every exchange is found`);
    }
  } finally {
    await scene.close();
  }
});

/** How many exchanges a search finds, once the newest is among them. */
async function searchable(scene: Scene, token: string, newest: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  const deadline = Date.now() + 20_000;
  for (;;) {
    const seen = await fetch(`${scene.gateway.apiUrl}/api/v1/exchanges/${newest}`, { headers });
    if (seen.status === 200) break;
    assert.ok(Date.now() < deadline, 'the index does not catch up');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  let found = 0;
  let cursor: string | undefined;
  do {
    const url = `${scene.gateway.apiUrl}/api/v1/search?q=op:v1.CreateMonitor&limit=100${cursor === undefined ? '' : `&cursor=${cursor}`}`;
    const page = (await (await fetch(url, { headers })).json()) as { items: unknown[]; next?: string };
    found += page.items.length;
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
}
