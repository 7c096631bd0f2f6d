import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { entry, site } from '../../test/journal/site.ts';
import { newId } from '../exchange/canonical.ts';
import type { EntryKind, PartName } from '../exchange/entry.ts';
import { newWitnessSecret, parseWitnessSecret } from './cosignature.ts';
import { dataPaths } from './durable.ts';
import { openJournal } from './journal.ts';
import { encodeVerifierKey, noteVerifier, parseNote, parseVerifierKey } from './note.ts';
import { proveExchange } from './prove.ts';
import { openReader } from './reader.ts';
import { type ProofKeys, type ProofReport, verifyProof } from './verify-proof.ts';
import { writeFiles } from './whole-files.ts';

interface Made {
  readonly whole: string;
  readonly without: (...parts: PartName[]) => Promise<string>;
  readonly keys: ProofKeys;
  readonly exchange: string;
  readonly chunks: readonly number[];
}

const witness = parseWitnessSecret(newWitnessSecret('witness.example/w1') ?? '')!;

/** The proof of an exchange with a long response, in a log of several hundred entries. */
async function made(t: Pick<TestContext, 'after'>): Promise<Made> {
  const { options, dir, signingKey } = site(t as TestContext);
  const journal = await openJournal(options);
  const filler = (count: number) =>
    Promise.all(Array.from({ length: count }, () => journal.append(entry({ request: randomBytes(40) }))));
  await filler(300);
  const exchange = newId();
  const add = (id: string, kind: EntryKind, summary: object, parts: { request?: Buffer; response?: Buffer } = {}) =>
    journal.append({ id, time: Date.now(), kind, parts: { summary: Buffer.from(JSON.stringify(summary)), ...parts } });
  const leaves = [
    await add(
      exchange,
      'exchange.intent',
      { exchange, request: { body: { size: 5, recorded: 5 } } },
      { request: Buffer.from('hello') },
    ),
  ];
  const pieces = [randomBytes(1000), Buffer.from('the second piece'), randomBytes(700)];
  const chunks: number[] = [];
  let offset = 0;
  for (const [n, response] of pieces.entries()) {
    chunks.push(await add(newId(), 'exchange.chunk', { exchange, direction: 'response', n, offset }, { response }));
    offset += response.length;
    await filler(20);
  }
  const sha256 = createHash('sha256').update(Buffer.concat(pieces)).digest('hex');
  const body = { size: offset, recorded: offset, chunks, sha256 };
  const outcome = { exchange, outcome: 'complete', response: { status: 200, headers: [], body }, timing: {} };
  leaves.push(...chunks, await add(newId(), 'exchange.outcome', outcome));
  await filler(50);
  await journal.checkpoint();
  const { tlog } = dataPaths(dir);
  const note = readFileSync(join(tlog, 'checkpoint'), 'utf8');
  const { text } = parseNote(note)!;
  writeFiles({
    dir: tlog,
    files: [{ path: 'cosigned', bytes: Buffer.from(note + witness.cosign(text, 1_700_000_000)) }],
  });
  const reader = await openReader(options);
  const without = async (...parts: PartName[]): Promise<string> => {
    const source = { tlog, record: (leaf: number) => reader.record(leaf), checkpoint: () => journal.checkpoint() };
    let all = '';
    for await (const line of proveExchange(source, { exchange, leaves, without: parts })) all += line;
    return all;
  };
  const whole = await without();
  t.after(() => reader.close().then(() => journal.close()));
  const vkey = encodeVerifierKey('dogwatch/test', signingKey.publicKey);
  return { whole, without, keys: { log: [parseVerifierKey(vkey)!], witnesses: [witness.key] }, exchange, chunks };
}

let proof: Made;
const cleanups: (() => unknown)[] = [];
before(async () => {
  proof = await made({ after: (each: () => unknown) => void cleanups.push(each) } as never);
});
test.after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

const check = (text: string | Uint8Array, keys = proof.keys): Promise<ProofReport> => {
  const bytes = Buffer.from(text as string);
  return verifyProof(
    (async function* () {
      for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
    })(),
    keys,
  );
};
const refused = (text: string | Uint8Array, message = /./, keys = proof.keys) =>
  assert.rejects(check(text, keys), { code: 'proof_invalid', message });

test('a whole proof verifies, and says what it proves', async () => {
  const report = await check(proof.whole);
  assert.equal(report.exchange, proof.exchange);
  assert.equal(report.origin, 'dogwatch/test');
  assert.deepEqual(report.cosignedBy, [{ witness: 'witness.example/w1', time: 1_700_000_000 }]);
  assert.deepEqual(report.notes, []);
  assert.equal(report.ended?.outcome, 'complete');
  assert.deepEqual(
    report.entries.map(({ kind, parts }) => [kind, parts.request ?? parts.response]),
    [
      ['exchange.intent', 5],
      ['exchange.chunk', 1000],
      ['exchange.chunk', 16],
      ['exchange.chunk', 700],
      ['exchange.outcome', undefined],
    ],
  );
});

test('parts can be withheld: nothing of them is in the file, and it says what it does not show', async () => {
  const text = await proof.without('response');
  assert.ok(!text.includes(Buffer.from('the second piece').toString('base64')));
  const report = await check(text);
  assert.deepEqual(report.notes, ['the response is withheld: only its commitment is proven']);
  assert.equal(report.entries[1]?.parts.response, 'withheld');
  const bare = await check(await proof.without('summary', 'request', 'response'));
  assert.equal(bare.asked, undefined);
  assert.match(bare.notes.join(), /not shown that all of these entries belong/);
});

test('it is good for the keys it was made with, and no other', async () => {
  const other = noteVerifier('dogwatch/test', randomBytes(32));
  await refused(proof.whole, /not signed by any of the keys/, { ...proof.keys, log: [other] });
  const elsewhere = parseWitnessSecret(newWitnessSecret('elsewhere') ?? '')!;
  await refused(proof.whole, /elsewhere did not cosign/, { ...proof.keys, witnesses: [elsewhere.key] });
  const namesake = parseWitnessSecret(newWitnessSecret('witness.example/w1') ?? '')!;
  await refused(proof.whole, /did not cosign/, { ...proof.keys, witnesses: [namesake.key] });
  assert.deepEqual((await check(proof.whole, { ...proof.keys, witnesses: [] })).cosignedBy, []);
});

test('no flipped bit, removed, repeated or inserted byte passes', async () => {
  const bytes = Buffer.from(proof.whole);
  await fc.assert(
    fc.asyncProperty(
      fc.nat(bytes.length - 1),
      fc.nat(7),
      fc.constantFrom('flip', 'remove', 'repeat', 'cut'),
      async (at, bit, how) => {
        const changed = {
          flip: () => {
            const copy = Buffer.from(bytes);
            copy[at]! ^= 1 << bit;
            return copy;
          },
          remove: () => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]),
          repeat: () => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + 1), bytes.subarray(at)]),
          cut: () => bytes.subarray(0, at),
        }[how]();
        if (changed.equals(bytes)) return;
        await refused(changed);
      },
    ),
    { numRuns: 600 },
  );
});

test('lines that are dropped, swapped, repeated or taken from elsewhere are found', async () => {
  const [head = '', ...lines] = proof.whole.split('\n').slice(0, -1);
  const file = (count: number, ...some: (string | undefined)[]) =>
    `${[head.replace('"entries":5', `"entries":${count}`), ...some].join('\n')}\n`;
  assert.ok(await check(file(5, ...lines)));
  const [intent, first, second, third, outcome] = lines;
  await refused(file(5, ...lines.slice(0, 4)), /ends after 4 of 5/);
  await refused(file(4, ...lines), /more lines follow/);
  await refused(file(4, intent, first, third, outcome), /does not continue the response at byte 1000/);
  await refused(file(4, intent, first, second, outcome), /has 3 pieces, and other ones/);
  await refused(file(5, intent, second, first, third, outcome), /continue|order/);
  await refused(file(5, intent, first, first, second, outcome), /order/);
  await refused(file(4, first, second, third, outcome), /begins the exchange is not in it/);
  await refused(file(5, outcome, intent, first, second, third), /order/);
  assert.match(
    (await check(file(4, intent, first, second, third))).notes.join(),
    /how the exchange ended is not in it/,
  );
  const other = head.replace(proof.exchange, newId());
  await refused(`${[other, ...lines].join('\n')}\n`, /another exchange/);
});

test('parts that were opened cannot be called withheld and stay, or be given another meaning', async () => {
  const change = (from: RegExp | string, to: string) => proof.whole.replace(from, to);
  await refused(change('"closed":{}', '"closed":{"request":"withheld"}'), /both opened and closed/);
  await refused(change('"closed":{}', '"closed":{"response":"withheld"}'), /has no response/);
  await refused(change('"closed":{}', '"closed":{"request":"lost"}'), /not written as/);
  await refused(change('"closed":{}', '"closed":{},"extra":1'), /not written as/);
  await refused(change('"exchange-proof"', '"proof"'), /does not begin/);
  await refused(change('{"closed"', ' {"closed"'), /not written as/);
  await refused(change('index 300', 'index 301'), /does not lead/);
  await refused(change('tlog-proof@v1', 'tlog-proof@v2'), /malformed/);
});

test('hostile files end in a clear error', async () => {
  const head = proof.whole.slice(0, proof.whole.indexOf('\n') + 1);
  await refused('');
  await refused('\n');
  await refused(head, /ends after 0 of 5/);
  await refused(head.replace(':5,', ':999999,'), /does not begin/);
  await refused(`${head}${'['.repeat(1_000_000)}\n`, /not written as/);
  await refused(`${head}${'x'.repeat(8_000_000)}`, /longer than/);
  await refused(Buffer.concat([Buffer.from(head), Buffer.of(0xff, 0xfe, 10)]), /UTF-8/);
  await refused(`${head}{"__proto__":{"leaf":"x"},"closed":{},"leaf":"","parts":{},"proof":""}\n`, /not written as/);
  await refused(`${head}null\n`, /not written as/);
});
