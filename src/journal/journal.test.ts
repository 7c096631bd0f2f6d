import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entry, site } from '../../test/journal/site.ts';
import { openJournal } from './journal.ts';
import { openReader } from './reader.ts';

test('entries come back as they were given, in the order of the calls', async () => {
  const { options, dir, kek } = site();
  const journal = await openJournal(options);
  const entries = Array.from({ length: 300 }, (_, at) =>
    entry({ request: at % 2 ? Buffer.from(`request ${at}`) : undefined }),
  );
  const told: number[] = [];
  journal.onDurable((_, leaf) => told.push(leaf));
  const leaves = await Promise.all(entries.map((each) => journal.append(each)));
  assert.deepEqual(
    leaves,
    entries.map((_, at) => at),
  );
  assert.equal(journal.size, 300);
  const reader = await openReader({ dir, kek });
  assert.equal(reader.size, 300);
  let at = 0;
  for await (const stored of reader.entries(0)) {
    const given = entries[at]!;
    assert.deepEqual(
      { leaf: stored.leaf, id: stored.id, time: stored.time, kind: stored.kind, erased: stored.erased },
      { leaf: at, id: given.id, time: given.time, kind: given.kind, erased: [] },
    );
    assert.deepEqual({ ...stored.parts }, { ...given.parts });
    at++;
  }
  assert.equal(at, 300);
  assert.deepEqual((await reader.read(137)).parts.request, entries[137]!.parts.request);
  await assert.rejects(reader.read(300), { code: 'not_found' });
  await reader.close();
  await journal.close();
  assert.deepEqual(told, leaves);
});
