import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cosignatureIn, cosignaturesOf, newWitnessSecret, parseWitnessKey, parseWitnessSecret } from './cosignature.ts';
import { parseNote } from './note.ts';

const TEXT = 'dogwatch/test\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';
const secret = newWitnessSecret('witness.example/w1') ?? '';
const signer = parseWitnessSecret(`${secret}\n`)!;
const key = parseWitnessKey(signer.verifierKey)!;

test('the example of tlog-cosignature has the form that is read', () => {
  const note = parseNote(
    `example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n`,
  );
  assert.equal(note?.signatures[0]?.signature.length, 72);
  assert.equal(note?.signatures[0]?.signature.readBigUInt64BE(), 1679315147n);
});

test('a cosignature verifies; another time, text, witness or bit does not', () => {
  const line = signer.cosign(TEXT, 1_700_000_000);
  assert.deepEqual(cosignatureIn(line, TEXT, key), { witness: 'witness.example/w1', time: 1_700_000_000, line });
  assert.equal(cosignatureIn(line, TEXT.replace('3', '4'), key), undefined);
  const other = parseWitnessSecret(newWitnessSecret('witness.example/w1') ?? '')!;
  assert.equal(cosignatureIn(line, TEXT, other.key), undefined);
  const bytes = Buffer.from(line.split(' ')[2] ?? '', 'base64');
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(cosignatureIn(`— ${key.name} ${flipped.toString('base64')}\n`, TEXT, key), undefined, `bit ${bit}`);
  }
});

test('signatures of strangers are passed over, a bad one of a known witness refuses the note', () => {
  const stranger = parseWitnessSecret(newWitnessSecret('stranger') ?? '')!;
  const good = signer.cosign(TEXT, 1);
  const note = (lines: string) => parseNote(`${TEXT}\n${lines}`)!;
  assert.equal(cosignaturesOf(note(stranger.cosign(TEXT, 1) + good), [key])?.length, 1);
  assert.equal(cosignaturesOf(note(good + good), [key])?.length, 1);
  assert.deepEqual(cosignaturesOf(note(stranger.cosign(TEXT, 1)), [key]), []);
  assert.equal(cosignaturesOf(note(good + signer.cosign('other\n', 1)), [key]), undefined);
});

test('keys that are none are refused', () => {
  const { verifierKey } = signer;
  for (const text of [
    '',
    'x',
    verifierKey.replace('+', '-'),
    verifierKey.replace('w1', 'w2'),
    verifierKey.slice(0, -2),
  ]) {
    assert.equal(parseWitnessKey(text), undefined, text);
  }
  for (const text of ['', verifierKey, secret.replace('w1', 'w2'), secret.slice(0, -4)]) {
    assert.equal(parseWitnessSecret(text), undefined);
  }
  for (const name of ['', 'a b', 'a+b', 'a\nb', 'x'.repeat(300)]) assert.equal(newWitnessSecret(name), undefined);
  assert.equal(signer.verifierKey, parseWitnessSecret(secret)?.verifierKey);
});
