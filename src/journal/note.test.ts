import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { signingKeyOf } from './keys.ts';
import {
  checkpointText,
  encodeVerifierKey,
  isJournalName,
  parseNote,
  parseTreeHead,
  parseVerifierKey,
  signNote,
  verifyNote,
} from './note.ts';

// The example key and note of Go's golang.org/x/mod/sumdb/note documentation.
const GO_KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const GO_NOTE = `If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
`;

test("the note of Go's own documentation verifies", () => {
  const key = parseVerifierKey(GO_KEY);
  assert.ok(key);
  const note = parseNote(GO_NOTE);
  assert.ok(note);
  assert.deepEqual(verifyNote(note, [key]), [key]);
});

test('a verifier key is read as written; with another id or kind it is refused', () => {
  const key = signingKeyOf(generateKeyPairSync('ed25519').privateKey);
  const text = encodeVerifierKey('dogwatch/test', key.publicKey);
  assert.equal(parseVerifierKey(text)?.name, 'dogwatch/test');
  assert.equal(parseVerifierKey(GO_KEY.replace('c74f20a3', 'c74f20a4')), undefined);
  assert.equal(parseVerifierKey(GO_KEY.replace('+AR', '+BR')), undefined);
  assert.equal(parseVerifierKey('PeterNeumann+c74f20a3'), undefined);
});

test('signatures of unknown keys are passed over, a bad one of a known key refuses the note', async () => {
  const [one, other] = [1, 2].map(() => signingKeyOf(generateKeyPairSync('ed25519').privateKey));
  const text = 'dogwatch/test\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n';
  const signed = await signNote(text, 'dogwatch/test', one!);
  const witness = (await signNote(text, 'witness.example', other!)).slice(text.length + 1);
  const keys = [parseVerifierKey(encodeVerifierKey('dogwatch/test', one!.publicKey))!];
  const both = [...keys, parseVerifierKey(encodeVerifierKey('witness.example', other!.publicKey))!];
  assert.deepEqual(verifyNote(parseNote(signed + witness)!, keys), keys);
  assert.deepEqual(verifyNote(parseNote(signed + witness)!, both), both);
  const bad = parseNote(signed + witness.replace(/.{8}\n$/, 'AAAAAA==\n'))!;
  assert.deepEqual(verifyNote(bad, keys), keys);
  assert.deepEqual(verifyNote(bad, both), []);
  const altered = parseNote(signed.replace('\n0\n', '\n1\n'))!;
  assert.deepEqual(verifyNote(altered, keys), []);
  assert.deepEqual(verifyNote(parseNote(witness.padStart(0) && `${text}\n${witness}`)!, keys), []);
});

test('malformed notes are refused', () => {
  for (const note of [
    '',
    'text\n',
    'text\n\n',
    GO_NOTE.slice(0, -1),
    GO_NOTE.replace('— PeterNeumann', '- PeterNeumann'),
    GO_NOTE.replace('— PeterNeumann', '— Peter+Neumann'),
    GO_NOTE.replace('cryptography', 'crypto\tgraphy'),
    GO_NOTE.replace('JnAM=', 'JnAN='),
    `text\n\n${'— a AAAAAAA=\n'.repeat(65)}`,
  ]) {
    assert.equal(parseNote(note), undefined, JSON.stringify(note));
  }
});

test('tree heads are read strictly', () => {
  const root = Buffer.alloc(32, 7);
  const head = { origin: 'dogwatch/test', size: 20_852_163, root };
  assert.deepEqual(parseTreeHead(checkpointText(head)), head);
  assert.deepEqual(parseTreeHead(`${checkpointText(head)}extension\n`), head);
  const text = checkpointText(head);
  for (const bad of [
    text.replace('20852163', '020852163'),
    text.replace('20852163', '-1'),
    text.replace('20852163', '1e3'),
    text.replace('20852163', '99999999999999999'),
    text.slice(0, -1),
    `\n${text}`,
    `${text}\n`,
    text.replace('=', ''),
  ]) {
    assert.equal(parseTreeHead(bad), undefined, JSON.stringify(bad));
  }
});

test('journal names keep to what key names may hold', () => {
  for (const good of ['prod', 'acme/eu-1', 'a.b_c']) assert.ok(isJournalName(good));
  for (const bad of ['', 'a b', 'a+b', '-a', 'a\n', 'ä', 'x'.repeat(129)]) assert.ok(!isJournalName(bad));
});
