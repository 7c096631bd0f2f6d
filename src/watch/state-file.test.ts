// The watch's state on disk: written while the thread goes on, as it was when the writing began; whole, or as it was before.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/harness/temporary.ts';
import { readState, stateFile, writeState } from './state-file.ts';

const dir = temporaryFolder('state');
const file = stateFile(dir);
const key = randomBytes(32);

test('the thread goes on while a large state is written, and what changes meanwhile is not in it', async () => {
  const engine = { bytes: new Uint8Array(24 << 20).fill(7), open: [1] };
  let turns = 0;
  let over = false;
  const turn = (): void => {
    turns++;
    if (!over) setImmediate(turn);
  };
  const written = writeState(file, key, { through: 5, engine });
  engine.open.push(2);
  engine.bytes.fill(8);
  setImmediate(turn);
  await written;
  over = true;
  assert.ok(turns >= 20, `${turns} turns`);
  const { state, trouble } = readState(file, key);
  assert.equal(trouble, undefined);
  assert.equal(state?.through, 5);
  assert.deepEqual(state?.engine, { bytes: new Uint8Array(24 << 20).fill(7), open: [1] });
});

test('a state that was not finished is not read, and the one before it is', async () => {
  await writeState(file, key, { through: 6, engine: 'whole' });
  writeFileSync(`${file}.tmp`, readFileSync(file).subarray(0, 20));
  assert.deepEqual(readState(file, key).state, { through: 6, engine: 'whole' });
  assert.deepEqual(readdirSync(dirname(file)), ['state']);
});
