import assert from 'node:assert/strict';
import { once } from 'node:events';
import { getPriority } from 'node:os';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { callingThread } from './give-way.ts';

test('a thread gives way alone: the one that started it keeps its priority', async (t) => {
  const own = callingThread();
  if (own === undefined) return t.skip('threads have no priorities of their own here');
  const before = getPriority(own);
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     import(workerData).then(({ giveWay, callingThread }) => {
       giveWay();
       parentPort.postMessage(require('node:os').getPriority(callingThread()));
     });`,
    { eval: true, workerData: new URL('./give-way.ts', import.meta.url).href },
  );
  try {
    const [lowered] = (await once(worker, 'message')) as [number];
    assert.equal(lowered, Math.min(19, before + 10));
    assert.equal(getPriority(own), before);
  } finally {
    await worker.terminate();
  }
});
