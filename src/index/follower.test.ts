// Following the journal: what fails is tried again, for as long as it takes, and not much later than it can succeed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Follower } from './follower.ts';

/** Lets what is resolved be heard of. */
const settled = async (): Promise<void> => {
  for (let n = 0; n < 20; n++) await Promise.resolve();
};

test('however long a disk was full, the index goes on within five seconds of there being room', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let full = true;
  let tries = 0;
  const follower = new Follower({
    advance: async (size) => {
      tries++;
      if (full) throw new Error('database or disk is full');
      return size;
    },
    reset: async () => {},
  });
  // More than is gathered for a while.
  follower.advance(5000);
  for (let second = 0; second < 600; second++) {
    await settled();
    t.mock.timers.tick(1000);
  }
  await settled();
  assert.deepEqual([follower.through, follower.failure], [0, 'database or disk is full']);
  assert.ok(tries >= 600 / 5 && tries < 140, `${tries} tries in ten minutes`);
  full = false;
  for (let second = 0; second < 5; second++) {
    t.mock.timers.tick(1000);
    await settled();
  }
  assert.deepEqual([follower.through, follower.failure], [5000, undefined]);
  follower.close();
});
