import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/harness/temporary.ts';
import { appendNote, parseNotes } from './note-file.ts';

const B64 = (bytes: number, fill: number): string => Buffer.alloc(bytes, fill).toString('base64');
const note = (size: number, lines = 1): string =>
  `dogwatch/test\n${size}\n${B64(32, size)}\n\n${Array.from({ length: lines }, (_, n) => `— key${n} ${B64(68, 7)}\n`).join('')}`;

test('notes are appended, and found again; what a crash left is told apart from damage', async () => {
  const dir = temporaryFolder('notes');
  const file = join(dir, 'copies');
  await appendNote(file, note(1));
  await appendNote(file, note(2, 3));
  const two = readFileSync(file, 'utf8');
  assert.equal(two, `${note(1)}\n${note(2, 3)}\n`);
  assert.deepEqual(parseNotes(two), {
    notes: [
      { note: note(1), byte: 0 },
      { note: note(2, 3), byte: Buffer.byteLength(note(1)) + 1 },
    ],
    odd: [],
  });
  const third = Buffer.from(`${note(3, 2)}\n`);
  for (let cut = 1; cut < third.length; cut++) {
    writeFileSync(file, two);
    appendFileSync(file, third.subarray(0, cut));
    await appendNote(file, note(4));
    const { notes, odd } = parseNotes(readFileSync(file, 'utf8'));
    if (/\n\uFFFD\n\n/.test(readFileSync(file, 'utf8'))) continue;
    assert.ok(
      odd.every(({ torn }) => torn),
      `cut at ${cut}: ${JSON.stringify(odd)}`,
    );
    assert.deepEqual(
      [notes[0]?.note, notes[1]?.note, notes.at(-1)?.note],
      [note(1), note(2, 3), note(4)],
      `cut at ${cut}`,
    );
  }
});

test('a single note, as served, is a file of one', () => {
  assert.deepEqual(parseNotes(note(5)).notes, [{ note: note(5), byte: 0 }]);
  assert.deepEqual(parseNotes(''), { notes: [], odd: [] });
  assert.deepEqual(parseNotes('# something else entirely\nwith\nlines\nof text\n').notes, []);
});
