import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { entry, site } from '../../test/journal/site.ts';
import { cosignatureIn, newWitnessSecret, parseWitnessSecret } from '../journal/cosignature.ts';
import { dataPaths } from '../journal/durable.ts';
import { openJournal } from '../journal/journal.ts';
import {
  checkpointText,
  encodeVerifierKey,
  parseNote,
  parseTreeHead,
  parseVerifierKey,
  signNote,
} from '../journal/note.ts';
import { tileHashes } from '../journal/tile-hashes.ts';
import { consistencyProof } from '../journal/tree-proof.ts';
import { encodeAddCheckpoint, MAX_BODY } from './add-checkpoint.ts';
import { askWitness, NotCosigned } from './client.ts';
import { startWitnessServer } from './server.ts';
import { openWitnessState } from './state.ts';
import { startWitnessing } from './witnessing.ts';

const silent = pino({ level: 'silent' });
const signer = parseWitnessSecret(newWitnessSecret('witness.test/w1') ?? '')!;

/** A log, and a witness that knows it. */
async function scene(t: TestContext) {
  const { options, dir, signingKey } = site();
  const journal = await openJournal(options);
  const { tlog } = dataPaths(dir);
  const key = parseVerifierKey(encodeVerifierKey('dogwatch/test', signingKey.publicKey))!;
  const stateDir = join(dir, 'witness');
  const state = await openWitnessState(stateDir, signer, [key]);
  const server = await startWitnessServer({ listen: { host: '127.0.0.1', port: 0 }, state, log: silent });
  t.after(async () => {
    await server.close();
    state.close();
    await journal.close();
  });
  const url = `http://127.0.0.1:${server.port}`;
  const grow = async (count: number): Promise<string> => {
    await Promise.all(Array.from({ length: count }, () => journal.append(entry())));
    return (await journal.checkpoint()).note;
  };
  const post = async (body: string, path = '/add-checkpoint', method = 'POST') => {
    const response = await fetch(url + path, { method, ...(method === 'POST' && { body }) });
    return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
  };
  const request = async (checkpoint: string, old: number): Promise<string> => {
    const { size } = parseTreeHead(parseNote(checkpoint)!.text)!;
    return encodeAddCheckpoint({ old, proof: await consistencyProof(old, size, tileHashes(tlog, size)), checkpoint });
  };
  const forged = (size: number, root = randomBytes(32), origin = 'dogwatch/test', by = signingKey) =>
    signNote(checkpointText({ origin, size, root }), origin, by);
  const witness = { name: 'w1', url, key: signer.key };
  return { dir, tlog, journal, stateDir, key, url, grow, post, request, forged, witness };
}

test('a witness answers as tlog-witness says', async (t) => {
  const { grow, post, request, forged, stateDir, key } = await scene(t);
  const first = await grow(5);
  const good = await post(await request(first, 0));
  assert.equal(good.status, 200);
  assert.ok(cosignatureIn(good.body, parseNote(first)!.text, signer.key));
  assert.deepEqual(await post(await request(first, 0)), { status: 409, type: 'text/x.tlog.size', body: '5\n' });
  assert.equal((await post(await request(first, 5))).status, 200, 'the same again');
  const second = await grow(300);
  assert.equal((await post(await request(second, 3))).status, 409);
  const wrong = (await request(second, 5)).replace(
    /\n[A-Za-z0-9+/]{43}=\n/,
    `\n${randomBytes(32).toString('base64')}\n`,
  );
  assert.equal((await post(wrong)).status, 422);
  assert.equal((await post(encodeAddCheckpoint({ old: 5, proof: [], checkpoint: second }))).status, 422);
  assert.equal((await post(await request(second, 5))).status, 200);
  const proof: string[] = [];
  assert.deepEqual(
    await post(encodeAddCheckpoint({ old: 305, proof, checkpoint: await forged(305) })),
    { status: 409, type: 'text/x.tlog.size', body: '305\n' },
    'another root at the same size',
  );
  assert.equal((await post(encodeAddCheckpoint({ old: 306, proof, checkpoint: second }))).status, 400);
  assert.equal(
    (await post(encodeAddCheckpoint({ old: 4, proof, checkpoint: await forged(4) }))).status,
    409,
    'rolled back',
  );
  const stranger = site().signingKey;
  const unknown = await forged(306, randomBytes(32), 'dogwatch/unknown', stranger);
  assert.equal((await post(encodeAddCheckpoint({ old: 0, proof, checkpoint: unknown }))).status, 404);
  const unsigned = await forged(306, randomBytes(32), 'dogwatch/test', stranger);
  assert.equal((await post(encodeAddCheckpoint({ old: 305, proof, checkpoint: unsigned }))).status, 403);
  for (const body of [
    '',
    'old 1',
    'old 01\n\nx',
    'old -1\n\n',
    'old 5\nnothash\n\nx',
    `old 0\n${'A\n'.repeat(99)}\n`,
  ]) {
    assert.equal((await post(body)).status, 400, JSON.stringify(body.slice(0, 20)));
  }
  assert.equal((await post(`old 0\n\n${second}`.replace(/— /, '- '))).status, 400);
  assert.equal((await post('x'.repeat(MAX_BODY + 1))).status, 413);
  assert.equal((await post('', '/add-checkpoint', 'GET')).status, 405);
  assert.equal((await post('', '/')).status, 404);
  await assert.rejects(openWitnessState(stateDir, signer, [key]), { code: 'data_in_use' });
  const kept = readdirSync(stateDir).filter((name) => name.endsWith('.checkpoint'));
  assert.equal(kept.length, 1);
  assert.match(
    readFileSync(join(stateDir, kept[0] ?? ''), 'utf8'),
    /^dogwatch\/test\n305\n[\s\S]*— witness\.test\/w1 /,
  );
});

test('of many at once, only one comes next', async (t) => {
  const { grow, post, request } = await scene(t);
  const bodies: string[] = [];
  for (let round = 0; round < 6; round++) bodies.push(await request(await grow(3), 0));
  const answers = await Promise.all(bodies.map((body) => post(body)));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  assert.ok(answers.every(({ status }) => status === 200 || status === 409));
});

test('the client learns the size, and says what a witness that contradicts means', async (t) => {
  const { grow, tlog, witness, forged, post } = await scene(t);
  const ask = (checkpoint: string, old = 0) =>
    askWitness(witness, { tlog, checkpoint, old, signal: AbortSignal.timeout(5000) });
  const first = await grow(10);
  assert.equal((await ask(first, 7)).witness, 'witness.test/w1', 'the witness had seen nothing');
  const second = await grow(500);
  assert.ok(await ask(second));
  const conflict = (message: RegExp) => (error: unknown) =>
    error instanceof NotCosigned && error.conflict && message.test(error.message);
  await assert.rejects(ask(first), conflict(/rolled back/));
  await assert.rejects(ask(await forged(510), 510), conflict(/rewritten/));
  await grow(1);
  await assert.rejects(ask(await forged(511)), conflict(/rewritten/));
  assert.equal((await post('')).status, 400);
});

/** A server that answers with whatever is asked of it. */
async function odd(
  t: TestContext,
  answer: { status?: number; type?: string; body?: string | Buffer; never?: true },
): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    if (answer.never) return;
    response.writeHead(answer.status ?? 200, { 'content-type': answer.type ?? 'text/plain', location: '/elsewhere' });
    response.end(answer.body ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('whatever a witness answers, it is a clear failure or a cosignature that verifies', async (t) => {
  const { grow, tlog } = await scene(t);
  const checkpoint = await grow(3);
  const other = parseWitnessSecret(newWitnessSecret('witness.test/w1') ?? '')!;
  const { text } = parseNote(checkpoint)!;
  const cases: [Parameters<typeof odd>[1], RegExp][] = [
    [{ body: '' }, /no cosignature/],
    [{ body: '— x\n' }, /no cosignature/],
    [{ body: other.cosign(text, 1) }, /no cosignature/],
    [{ body: signer.cosign(`${text}more\n`, 1) }, /no cosignature/],
    [{ body: Buffer.alloc(1 << 20, 65) }, /cannot be reached/],
    [{ status: 302 }, /status 302/],
    [{ status: 500, body: '\u001b[2J' }, /status 500/],
    [{ status: 409, type: 'text/x.tlog.size', body: '1e9\n' }, /without the size/],
    [{ status: 409, type: 'text/x.tlog.size', body: '2\n' }, /without the size|keeps changing/],
    [{ status: 409, type: 'text/x.tlog.size', body: '99\n' }, /rolled back/],
    [{ status: 422 }, /rewritten/],
    [{ never: true }, /did not answer in time/],
  ];
  for (const [answer, message] of cases) {
    const url = await odd(t, answer);
    const asking = { tlog, checkpoint, old: 0, signal: AbortSignal.timeout(answer.never ? 200 : 5000) };
    await assert.rejects(askWitness({ name: 'x', url, key: signer.key }, asking), { message });
  }
  const refused = { tlog, checkpoint, old: 0, signal: AbortSignal.timeout(5000) };
  await assert.rejects(askWitness({ name: 'x', url: 'http://127.0.0.1:1', key: signer.key }, refused), /ECONNREFUSED/);
});

test('a witness or place that fails is counted and tried again, and holds nobody up', async (t) => {
  const { grow, dir, tlog, journal, witness } = await scene(t);
  const copies = join(dir, 'copies');
  const silentOne = await odd(t, { never: true });
  await grow(3);
  const witnessing = startWitnessing({
    dir,
    witnesses: [
      witness,
      { name: 'silent', url: silentOne, key: parseWitnessSecret(newWitnessSecret('silent') ?? '')!.key },
    ],
    needed: 1,
    copies: [
      { kind: 'file', path: copies },
      { kind: 'file', path: join(dir, 'no', 'such', 'folder') },
      { kind: 'post', url: silentOne },
    ],
    interval: 300,
    timeout: 150,
    log: silent,
  });
  for (let n = 0; n < 400 && witnessing.status().witnesses[1]!.failures < 2; n++) {
    await journal.append(entry());
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await witnessing.finish(() => journal.checkpoint());
  const { witnesses, copies: places, witnessed } = witnessing.status();
  const { size } = journal;
  assert.equal(witnessed?.size, size);
  assert.equal(witnesses[0]?.size, size);
  assert.equal(witnesses[1]?.size, 0);
  assert.match(witnesses[1]?.problem ?? '', /did not answer in time/);
  assert.equal(places[0]?.size, size);
  assert.match(places[1]?.problem ?? '', /ENOENT/);
  assert.ok((places[2]?.failures ?? 0) >= 1);
  for (const file of [copies, join(tlog, 'cosigned'), dataPaths(dir).cosigned]) {
    assert.match(readFileSync(file, 'utf8'), new RegExp(`\n${size}\n[^]*— witness\\.test/w1 `), file);
  }
});
