// The sealed file: nothing acknowledged is lost, nothing is read that was not written here.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/harness/temporary.ts';
import { openSealedLog } from './sealed-log.ts';

const KEY = randomBytes(32);

/** A log of numbers by name: the state is the last of each. */
async function open(file = fileFor(), key: Uint8Array = KEY) {
  const state = new Map<string, number>();
  const log = await openSealedLog<{ name: string; value: number }>({
    file,
    key,
    replay: ({ name, value }) => void state.set(name, value),
    snapshot: () => [...state].map(([name, value]) => ({ name, value })),
    live: () => state.size,
  });
  const put = async (name: string, value: number) => {
    await log.append({ name, value });
    state.set(name, value);
  };
  return { file, state, put, log };
}

function fileFor(): string {
  const dir = temporaryFolder('sealed');
  return join(dir, 'data', 'identity.log');
}

test('what was appended is there again, one after the other and all at once', async () => {
  const one = await open();
  for (let n = 0; n < 50; n += 1) await one.put('a', n);
  await Promise.all(Array.from({ length: 3000 }, (_, n) => one.put(`n${n}`, n)));
  await one.log.close();
  const again = await open(one.file);
  assert.equal(again.state.get('a'), 49);
  assert.equal(again.state.size, 3001);
  await again.put('b', 7);
  await again.log.close();
  const third = await open(one.file);
  assert.equal(third.state.get('b'), 7);
  await third.log.close();
  assert.equal(statSync(one.file).mode & 0o777, 0o600);
  assert.ok(!readFileSync(one.file).includes('n2999'), 'the file can be read');
});

test('a write that was cut off anywhere is cut away, and what came before it stays', async () => {
  const one = await open();
  await one.put('a', 1);
  const whole = statSync(one.file).size;
  await one.put('b', 2);
  await one.log.close();
  const bytes = readFileSync(one.file);
  for (const size of [whole + 1, whole + 3, whole + 4, whole + 20, bytes.length - 1]) {
    writeFileSync(one.file, bytes);
    truncateSync(one.file, size);
    const again = await open(one.file);
    assert.deepEqual([...again.state], [['a', 1]], `cut at ${size}`);
    await again.put('c', 3);
    await again.log.close();
    const third = await open(one.file);
    assert.deepEqual([...third.state.keys()], ['a', 'c']);
    await third.log.close();
  }
});

test('a frame that was changed, left out, moved or brought from elsewhere is found, and so is another key', async () => {
  const one = await open();
  const ends: number[] = [];
  for (const name of ['a', 'b', 'c']) {
    await one.put(name, 1);
    ends.push(statSync(one.file).size);
  }
  await one.log.close();
  const bytes = readFileSync(one.file);
  const [a = 0, b = 0, c = 0] = ends;
  const header = bytes.subarray(0, 24);
  const [first, second, third] = [bytes.subarray(24, a), bytes.subarray(a, b), bytes.subarray(b, c)];
  const flipped = Buffer.from(bytes);
  flipped[a + 30] = (flipped[a + 30] ?? 0) ^ 1;
  const other = await open();
  await other.put('a', 9);
  await other.log.close();
  const foreign = readFileSync(other.file).subarray(24);
  for (const damaged of [
    flipped,
    Buffer.concat([header, second, third]),
    Buffer.concat([header, second, first, third]),
    Buffer.concat([header, first, first, second]),
    Buffer.concat([header, first, foreign, third]),
    Buffer.from('something else altogether'),
    Buffer.alloc(0),
  ]) {
    writeFileSync(one.file, damaged);
    await assert.rejects(open(one.file), { code: 'identity_store_damaged' });
  }
  // A file of one frame, or none: nothing of it can be a write that was cut off.
  const fresh = await open();
  await fresh.log.close();
  const whole = readFileSync(fresh.file);
  for (const damaged of [
    whole.subarray(0, 24),
    whole.subarray(0, whole.length - 1),
    Buffer.concat([whole.subarray(0, 24), foreign]),
  ]) {
    writeFileSync(fresh.file, damaged);
    await assert.rejects(open(fresh.file), { code: 'identity_store_damaged' });
  }
  writeFileSync(fresh.file, whole);
  await assert.rejects(open(fresh.file, randomBytes(32)), { code: 'identity_store_damaged' });
  writeFileSync(one.file, bytes);
  await assert.rejects(open(one.file, randomBytes(32)), { code: 'identity_store_damaged' });
});

test('the file is written anew before it grows without an end', async () => {
  const one = await open();
  for (let round = 0; round < 12; round += 1) {
    await Promise.all(Array.from({ length: 1000 }, (_, n) => one.put(`n${n % 10}`, round)));
  }
  await one.log.close();
  assert.ok(statSync(one.file).size < 400_000, `${statSync(one.file).size} bytes`);
  const again = await open(one.file);
  assert.equal(again.state.size, 10);
  assert.ok([...again.state.values()].every((value) => value === 11));
  await again.log.close();
  await assert.rejects(again.log.append({ name: 'late', value: 1 }), { code: 'identity_store_failed' });
});

test('written anew, the file holds what counts and no more, and what is appended meanwhile is not lost', async () => {
  const one = await open();
  await Promise.all(Array.from({ length: 500 }, (_, n) => one.put(`n${n}`, n)));
  for (let n = 1; n < 500; n += 1) one.state.delete(`n${n}`);
  const before = statSync(one.file).size;
  const rewritten = one.log.rewrite();
  const meanwhile = Promise.all(Array.from({ length: 20 }, (_, n) => one.put(`m${n}`, n)));
  await Promise.all([rewritten, meanwhile, one.log.rewrite()]);
  assert.ok(statSync(one.file).size < before);
  await one.log.close();
  const again = await open(one.file);
  assert.deepEqual([...again.state.keys()].sort(), ['n0', ...Array.from({ length: 20 }, (_, n) => `m${n}`)].sort());
  await again.log.close();
  await assert.rejects(again.log.rewrite(), { code: 'identity_store_failed' });
});
