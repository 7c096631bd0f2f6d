// What the sandbox's control paths take and refuse, and edits of one thing at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSandbox } from './server.ts';

const keys = { 'dd-api-key': 'a', 'dd-application-key': 'b', 'content-type': 'application/json' };

test('states of another version, and faults that are none, are refused and change nothing; faults happen', async () => {
  const { url, close, sandbox } = await startSandbox({ port: 0 });
  try {
    const put = (path: string, body: object) =>
      fetch(`${url}/_sandbox/${path}`, { method: 'PUT', body: JSON.stringify(body) });
    const before = sandbox.world.save();
    for (const state of [{}, { ...before, version: 2 }, { ...before, now: 'x' }, { ...before, collections: [] }])
      assert.equal((await put('state', state)).status, 400);
    for (const faults of [{ every: -1 }, { status: 200 }, { delayMs: 1e9 }, { drop: 'yes' }])
      assert.equal((await put('faults', faults)).status, 400);
    assert.deepEqual(sandbox.world.save(), before);
    assert.equal((await put('faults', { every: 2, status: 429 })).status, 200);
    const list = async () => (await fetch(`${url}/api/v1/monitor`, { headers: keys })).status;
    assert.deepEqual([await list(), await list(), await list(), await list()], [200, 429, 200, 429]);
    await put('faults', { every: 1, drop: true });
    await assert.rejects(list());
  } finally {
    await close();
  }
});

test('of edits at once each is whole, and the last stands', async () => {
  const { url, close } = await startSandbox({ port: 0 });
  try {
    const body = (n: number) => JSON.stringify({ name: `edit ${n}`, message: `edit ${n}` });
    const made = await fetch(`${url}/api/v1/monitor`, {
      method: 'POST',
      headers: keys,
      body: JSON.stringify({ name: 'a', type: 'query alert', query: 'avg(last_5m):avg:a{*} > 1' }),
    });
    const { id } = (await made.json()) as { id: number };
    const target = `${url}/api/v1/monitor/${id}`;
    const edits = Array.from({ length: 50 }, (_, n) => fetch(target, { method: 'PUT', headers: keys, body: body(n) }));
    for (const answer of await Promise.all(edits)) {
      const { name, message } = (await answer.json()) as { name: string; message: string };
      assert.equal(name, message);
    }
    const { name, message } = (await (await fetch(target, { headers: keys })).json()) as Record<string, string>;
    assert.equal(name, message);
  } finally {
    await close();
  }
});
