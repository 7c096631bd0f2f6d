// Proofs of trees of up to 70,000 leaves: they verify, and with any single bit of them changed they do not.
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomInt } from 'node:crypto';
import { before, test } from 'node:test';
import fc from 'fast-check';
import { signingKeyOf } from './keys.ts';
import { leafHash, nodeHash } from './merkle.ts';
import {
  checkpointText,
  encodeVerifierKey,
  type NoteVerifier,
  parseNote,
  parseTreeHead,
  parseVerifierKey,
  signNote,
  verifyNote,
} from './note.ts';
import { consistencyProof, inclusionProof, rangeHash, verifyConsistency, verifyInclusion } from './tree-proof.ts';

const LEAVES = 70_000;
const ORIGIN = 'dogwatch/test';

/** Every complete subtree, by height. */
const levels: string[][] = [];
const subtree = (height: number, index: number): string => levels[height]![index]!;
const rootOf = (size: number): Promise<string> => rangeHash(0, size, subtree);

before(() => {
  let row = Array.from({ length: LEAVES }, (_, n) => leafHash(`leaf ${n}`));
  while (row.length > 0) {
    levels.push(row);
    const below = row;
    row = Array.from({ length: below.length >> 1 }, (_, n) => nodeHash(below[2 * n]!, below[2 * n + 1]!));
  }
});

const sizes = fc.integer({ min: 1, max: LEAVES });
const signing = signingKeyOf(generateKeyPairSync('ed25519').privateKey);
const known: NoteVerifier[] = [parseVerifierKey(encodeVerifierKey(ORIGIN, signing.publicKey))!];

/** A signed tree head: what binds a size to its root. */
const signed = async (size: number): Promise<string> =>
  signNote(checkpointText({ origin: ORIGIN, size, root: Buffer.from(await rootOf(size), 'latin1') }), ORIGIN, signing);

/** Size and root of a checkpoint that the key signed. */
function headOf(note: string): { size: number; root: string } | undefined {
  const parsed = parseNote(note);
  if (parsed === undefined || verifyNote(parsed, known).length === 0) return undefined;
  const head = parseTreeHead(parsed.text);
  return head === undefined ? undefined : { size: head.size, root: head.root.toString('latin1') };
}

/** Every text that differs in one bit. */
function* flips(text: string): Generator<string> {
  const bytes = Buffer.from(text, 'latin1');
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    yield bytes.toString('latin1');
    bytes[bit >> 3]! ^= 1 << (bit & 7);
  }
}

/** Every number that differs in one bit, of the 48 that a leaf index can have. */
function* flippedNumbers(value: number): Generator<number> {
  for (let bit = 0; bit < 48; bit++) yield Math.floor(value / 2 ** bit) % 2 === 1 ? value - 2 ** bit : value + 2 ** bit;
}

test('inclusion and consistency proofs of random sizes and pairs up to 70,000 verify', async () => {
  await fc.assert(
    fc.asyncProperty(sizes, sizes, fc.nat(), async (a, b, pick) => {
      const [from, to] = a < b ? [a, b] : [b, a];
      const index = pick % to;
      const toRoot = await rootOf(to);
      const proof = await inclusionProof(index, to, subtree);
      assert.ok(verifyInclusion({ index, size: to, leaf: subtree(0, index), root: toRoot, proof }));
      const claim = {
        from,
        to,
        fromRoot: await rootOf(from),
        toRoot,
        proof: await consistencyProof(from, to, subtree),
      };
      assert.ok(verifyConsistency(claim), `${from} to ${to}`);
    }),
    { numRuns: 500 },
  );
});

test('an inclusion proof with any single bit of proof, leaf, index or root changed does not verify', async () => {
  for (const size of [1, 2, 255, 65_536, 65_537, LEAVES, 1 + randomInt(LEAVES), 1 + randomInt(LEAVES)]) {
    const index = randomInt(size);
    const head = headOf(await signed(size))!;
    const leaf = subtree(0, index);
    const proof = await inclusionProof(index, size, subtree);
    const holds = (claim: { root?: string; leaf?: string; index?: number; proof?: readonly string[] }): boolean =>
      verifyInclusion({ ...head, index, leaf, proof, ...claim });
    assert.ok(holds({}), `leaf ${index} of ${size}`);
    for (const other of flips(leaf)) assert.ok(!holds({ leaf: other }));
    for (const other of flips(head.root)) assert.ok(!holds({ root: other }));
    for (const other of flippedNumbers(index))
      assert.ok(!holds({ index: other }), `index ${other} for ${index} of ${size}`);
    for (const [at, hash] of proof.entries()) {
      for (const other of flips(hash)) assert.ok(!holds({ proof: proof.with(at, other) }));
    }
  }
});

test('a consistency proof with any single bit of proof or roots changed does not verify', async () => {
  for (const to of [2, 300, 65_536, LEAVES, 2 + randomInt(LEAVES - 1)]) {
    const from = 1 + randomInt(to - 1);
    const claim = {
      from,
      to,
      fromRoot: await rootOf(from),
      toRoot: await rootOf(to),
      proof: await consistencyProof(from, to, subtree),
    };
    assert.ok(verifyConsistency(claim));
    for (const fromRoot of flips(claim.fromRoot)) assert.ok(!verifyConsistency({ ...claim, fromRoot }));
    for (const toRoot of flips(claim.toRoot)) assert.ok(!verifyConsistency({ ...claim, toRoot }));
    for (const [at, hash] of claim.proof.entries()) {
      for (const other of flips(hash)) assert.ok(!verifyConsistency({ ...claim, proof: claim.proof.with(at, other) }));
    }
  }
});

test('a signed size and root with any single bit changed do not verify', async () => {
  // What a proof says of size and root alone is not enough: trees of several sizes share their paths. The signature binds both.
  const note = await signed(LEAVES);
  assert.deepEqual(headOf(note), { size: LEAVES, root: await rootOf(LEAVES) });
  const bytes = Buffer.from(note, 'utf8');
  for (const other of flips(bytes.toString('latin1'))) {
    assert.equal(headOf(Buffer.from(other, 'latin1').toString('utf8')), undefined);
  }
});
