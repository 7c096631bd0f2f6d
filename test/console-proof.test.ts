// The console's check of a proof, in the browser's own terms, held against proofs that the journal makes.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readVerifierKeys, type VerifierKey } from '../console/src/proof/note.ts';
import { ProofError, verifyExchange } from '../console/src/proof/verify.ts';
import { newId } from '../src/exchange/canonical.ts';
import type { EntryKind, PartName } from '../src/exchange/entry.ts';
import { dataPaths } from '../src/journal/durable.ts';
import { type Journal, openJournal } from '../src/journal/journal.ts';
import { proveExchange } from '../src/journal/prove.ts';
import { openReader } from '../src/journal/reader.ts';
import { entry, site } from './journal/site.ts';

let proof: (...without: PartName[]) => Promise<string>;
let keys: VerifierKey[];
const exchange = newId();
const cleanups: (() => unknown)[] = [];

before(async () => {
  const { options, dir } = site({ after: (each: () => unknown) => void cleanups.push(each) } as never);
  const journal: Journal = await openJournal(options);
  const filler = async (count: number): Promise<void> => {
    await Promise.all(Array.from({ length: count }, () => journal.append(entry({ request: randomBytes(40) }))));
  };
  const add = (id: string, kind: EntryKind, summary: object, parts: { request?: Buffer; response?: Buffer } = {}) =>
    journal.append({ id, time: Date.now(), kind, parts: { summary: Buffer.from(JSON.stringify(summary)), ...parts } });
  await filler(300);
  const request = { method: 'PUT', body: { size: 5, recorded: 5 } };
  const leaves = [await add(exchange, 'exchange.intent', { exchange, request }, { request: Buffer.from('hello') })];
  await filler(70);
  const body = { size: 7, recorded: 7 };
  const outcome = { exchange, outcome: 'complete', response: { status: 200, headers: [], body }, timing: {} };
  leaves.push(await add(newId(), 'exchange.outcome', outcome, { response: Buffer.from('goodbye') }));
  await filler(20);
  await journal.checkpoint();
  const { tlog } = dataPaths(dir);
  const reader = await openReader(options);
  cleanups.push(() => reader.close().then(() => journal.close()));
  proof = async (...without) => {
    const source = { tlog, record: (leaf: number) => reader.record(leaf), checkpoint: () => journal.checkpoint() };
    let all = '';
    for await (const line of proveExchange(source, { exchange, leaves, without })) all += line;
    return all;
  };
  keys = await readVerifierKeys(readFileSync(join(tlog, 'vkey'), 'utf8'));
});
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

test('a proof that the journal made holds in the browser as well', async () => {
  const { entries, size, signedBy, recorded, notes } = await verifyExchange(await proof(), exchange, keys);
  assert.deepEqual(
    entries.map(({ kind, index }) => [kind, index]),
    [
      ['exchange.intent', 300],
      ['exchange.outcome', 371],
    ],
  );
  assert.ok(size >= 392);
  assert.equal(signedBy.length, 1);
  assert.deepEqual(notes, []);
  assert.equal((recorded.request as { method: string }).method, 'PUT');
  assert.equal(entries[1]?.parts.response, 7);
});

test('what is withheld is said', async () => {
  const { notes, entries } = await verifyExchange(await proof('request'), exchange, keys);
  assert.match(notes.join(), /request is withheld/);
  assert.equal(entries[0]?.parts.request, 'withheld');
});

test('no other key, no other exchange, no missing line is believed', async () => {
  const file = await proof();
  const lines = file.split('\n');
  const refused = (text: string, who = exchange, with_ = keys) =>
    assert.rejects(verifyExchange(text, who, with_), ProofError);
  await refused(file, exchange, []);
  await refused(file, newId());
  await refused(lines.slice(0, 2).join('\n'));
  await refused(`${lines.slice(0, 2).join('\n')}\n`);
  await refused([lines[0], lines[2], lines[1], ''].join('\n'));
  await refused([lines[0], lines[1], lines[1], ''].join('\n'));
  const stranger = keys.map((key) => ({ ...key, name: 'dogwatch/other' }));
  await refused(file, exchange, stranger);
});

test('no character of it can be another one', async () => {
  const file = await proof();
  const rounds = 400;
  for (let round = 0; round < rounds; round++) {
    const at = Math.floor((round * (file.length - 1)) / rounds);
    const now = file.charCodeAt(at);
    const changed = file.slice(0, at) + String.fromCharCode(now ^ 1) + file.slice(at + 1);
    await assert.rejects(
      verifyExchange(changed, exchange, keys),
      `character ${at} ${JSON.stringify(file[at])} was changed`,
    );
  }
});
