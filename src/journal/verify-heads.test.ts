import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { entry, site } from '../../test/journal/site.ts';
import { newWitnessSecret, parseWitnessSecret } from './cosignature.ts';
import { dataPaths } from './durable.ts';
import { openJournal } from './journal.ts';
import { encodeVerifierKey, parseNote, parseVerifierKey } from './note.ts';
import { appendNote } from './note-file.ts';
import { type Report, verifyJournal } from './verify.ts';

const signer = parseWitnessSecret(newWitnessSecret('witness.test/w1') ?? '')!;
const witnesses = [{ name: 'w1', key: signer.key }];

/** A closed journal with a cosigned checkpoint over 2 of its 3 entries. */
async function cosigned() {
  const { options, dir, signingKey } = site();
  const paths = dataPaths(dir);
  const journal = await openJournal(options);
  await journal.append(entry());
  await journal.append(entry());
  const { note } = await journal.checkpoint();
  const both = note + signer.cosign(parseNote(note)!.text, 1_700_000_000);
  await appendNote(paths.cosigned, both);
  writeFileSync(join(paths.tlog, 'cosigned'), both);
  await journal.append(entry());
  await journal.close();
  const key = parseVerifierKey(encodeVerifierKey('dogwatch/test', signingKey.publicKey))!;
  return { options, paths, note: both, key };
}

const said = (report: Report): string => report.problems.map(({ what }) => what).join('; ');

test('what witnesses cosigned is found, and a flipped bit anywhere in it', async () => {
  const { options, paths } = await cosigned();
  const report = await verifyJournal({ ...options, witnesses });
  assert.ok(report.ok, said(report));
  assert.deepEqual(report.witnesses, [{ name: 'w1', size: 2, time: 1_700_000_000 }]);
  for (const file of [paths.cosigned, join(paths.tlog, 'cosigned')]) {
    const whole = readFileSync(file);
    for (let bit = 0; bit < whole.length * 8; bit += 29) {
      const bytes = Buffer.from(whole);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      writeFileSync(file, bytes);
      const { ok } = await verifyJournal({ ...options, witnesses });
      assert.ok(!ok, `bit ${bit & 7} of byte ${bit >> 3} of ${file}`);
    }
    writeFileSync(file, whole);
  }
});

test('keys that are pinned must be those of the journal', async () => {
  const { options, key, note } = await cosigned();
  assert.ok((await verifyJournal({ ...options, keys: [key] })).ok);
  const other = site();
  const otherKey = parseVerifierKey(encodeVerifierKey('dogwatch/test', other.signingKey.publicKey))!;
  assert.match(said(await verifyJournal({ ...options, keys: [otherKey] })), /was given is none of this journal's/);
  const forged = await openJournal(other.options);
  for (let n = 0; n < 5; n++) await forged.append(entry());
  await forged.close();
  const since = [{ file: 'kept', text: note }];
  assert.match(said(await verifyJournal({ ...other.options, since })), /signed anew by another key/);
  assert.match(said(await verifyJournal({ ...other.options, since, keys: [key] })), /history was rewritten/);
});

test('a checkpoint kept elsewhere that covers more shows a directory that was rolled back; a torn one is no sign of it', async () => {
  const { options, note } = await cosigned();
  const { dir } = options;
  const { tlog, checkpoints } = dataPaths(dir);
  const older = [readFileSync(join(tlog, 'checkpoint')), readFileSync(checkpoints)];
  const torn = { file: 'kept', text: `${note}\n${note.slice(0, 30)}` };
  const report = await verifyJournal({ ...options, since: [torn] });
  assert.ok(report.ok, said(report));
  assert.match(report.notes.join(), /interrupted/);
  const journal = await openJournal(options);
  await journal.append(entry());
  const newer = (await journal.checkpoint()).note;
  await journal.close();
  writeFileSync(join(tlog, 'checkpoint'), older[0]!);
  writeFileSync(checkpoints, older[1]!);
  const since = [{ file: 'kept', text: newer }];
  assert.match(
    said(await verifyJournal({ ...options, since })),
    /covers 4 entries, but the newest .* covers 3: it was rolled back/,
  );
});

test('it only reads: a keyring that is missing is told of, and not made', async () => {
  const { options, paths } = await cosigned();
  rmSync(paths.keyring);
  const report = await verifyJournal(options);
  assert.match(said(report), /keyring is missing/);
  assert.equal(report.entries, 3);
  assert.ok(!existsSync(paths.keyring));
});
