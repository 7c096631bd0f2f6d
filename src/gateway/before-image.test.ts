import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { test } from 'node:test';
import { API_KEY, allText, call, MONITOR, type Rig, startRig, TOKEN } from '../../test/harness/in-process.ts';
import type { ExchangeIntent, ExchangeOutcome } from '../exchange/exchange.ts';

type Answer = (req: IncomingMessage, res: ServerResponse) => void;
const answers =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (req, res) => {
    req.resume().on('end', () => {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
    });
  };
/** GETs by one way, everything else by another. */
const split =
  (get: Answer, rest: Answer): Answer =>
  (req, res) =>
    (req.method === 'GET' ? get : rest)(req, res);

async function recorded(rig: Rig) {
  await rig.settled();
  const entries = await rig.entries();
  const intent = entries.find(({ kind }) => kind === 'exchange.intent');
  const outcome = entries.find(({ kind }) => kind === 'exchange.outcome');
  return {
    entries,
    before: intent?.before,
    after: outcome?.after,
    told: (intent?.summary as ExchangeIntent | undefined)?.before,
    toldAfter: (outcome?.summary as ExchangeOutcome | undefined)?.after,
  };
}

test('an update: the resource is read with the connection’s credential, and durable before the change is sent', async (t) => {
  const rig = await startRig(t, { images: true });
  let entriesAtChange: readonly string[] = [];
  rig.answer = split(answers(200, { id: 12, name: 'CPU', options: { thresholds: { critical: 90 } } }), (req, res) => {
    void rig.entries().then((entries) => {
      entriesAtChange = entries.filter(({ before }) => before).map(({ kind }) => kind);
      req.resume();
      res.writeHead(200).end('{"id":12}');
    });
  });
  const answer = await call(rig, 'PUT', `${MONITOR}/12`, '{"options":{"thresholds":{"critical":99}}}');
  assert.equal(answer.status, 200);
  const { before, after, told } = await recorded(rig);
  assert.deepEqual(entriesAtChange, ['exchange.intent']);
  assert.deepEqual(before, [
    {
      kind: 'monitor',
      id: '12',
      operation: 'v1.GetMonitor',
      answer: { id: 12, name: 'CPU', options: { thresholds: { critical: 90 } } },
    },
  ]);
  assert.equal(after, undefined, 'the answer itself is the image after it');
  assert.equal(told?.images, 1);
  const [read, change] = rig.arrived;
  assert.equal(rig.arrived.length, 2, 'one read more than before');
  assert.equal(read?.method, 'GET');
  assert.equal(read?.headers['dd-api-key'], API_KEY);
  assert.ok(!JSON.stringify(read).includes(TOKEN));
  assert.equal(change?.method, 'PUT');
});

test('a change that answers nothing of the resource is followed by another read', async (t) => {
  const rig = await startRig(t, { images: true });
  let reads = 0;
  rig.answer = split(
    (req, res) => answers(200, { data: { id: 's1', name: `version ${reads++}` } })(req, res),
    answers(200, { data: [{ id: 's1' }] }),
  );
  await call(rig, 'PUT', '/api/v1/slo/s1', '{"name":"version 1"}');
  const { before, after } = await recorded(rig);
  assert.deepEqual(before?.[0]?.answer, { data: { id: 's1', name: 'version 0' } });
  assert.deepEqual(after?.[0]?.answer, { data: { id: 's1', name: 'version 1' } });
  assert.deepEqual(
    rig.arrived.map(({ method }) => method),
    ['GET', 'PUT', 'GET'],
  );
});

test('what is not there is told as that; a read is never preceded by one', async (t) => {
  const rig = await startRig(t, { images: true });
  rig.answer = split(answers(404, { errors: ['no'] }), answers(404, { errors: ['no'] }));
  await call(rig, 'DELETE', `${MONITOR}/12`);
  const { before, told } = await recorded(rig);
  assert.deepEqual(before, [{ kind: 'monitor', id: '12', operation: 'v1.GetMonitor' }]);
  assert.equal(told?.skipped, undefined);
  await call(rig, 'GET', `${MONITOR}/12`);
  assert.deepEqual(
    rig.arrived.map(({ method }) => method),
    ['GET', 'DELETE', 'GET'],
  );
});

const SKIPS: readonly [name: string, get: Answer, why: RegExp][] = [
  ['slow', () => undefined, /did not answer within \d+ ms/],
  ['too long', answers(200, { text: 'x'.repeat(20_000) }), /longer than 16384 bytes/],
  [
    'too long, in pieces of unknown number',
    (_, res) => {
      res.writeHead(200);
      for (let at = 0; at < 10; at++) res.write(Buffer.alloc(4096, 'x'));
      res.end();
    },
    /longer than 16384 bytes/,
  ],
  ['forbidden', answers(403, { errors: ['Forbidden'] }), /Datadog answered 403/],
  ['no JSON', answers(200, '<html>', { 'content-type': 'text/html' }), /no JSON/],
  ['the credential itself', answers(200, { echo: API_KEY }), /own credential/],
  ['a connection that breaks', (req) => void req.socket.destroy(), /no answer from Datadog/],
  ['a compressed body that is none', answers(200, 'zzzz', { 'content-encoding': 'gzip' }), /could not be read/],
];
for (const [name, get, why] of SKIPS) {
  test(`an image that cannot be had does not keep the change from being made, and says why: ${name}`, async (t) => {
    const rig = await startRig(t, { images: true, imageLimits: { timeout: 200, size: 16_384 } });
    rig.answer = split(get, answers(200, { deleted_monitor_id: 12 }));
    const answer = await call(rig, 'DELETE', `${MONITOR}/12`);
    assert.equal(answer.status, 200);
    const { before, told, entries } = await recorded(rig);
    assert.equal(before, undefined);
    assert.match(told?.skipped?.[0]?.why ?? '', why);
    assert.deepEqual([told?.skipped?.[0]?.kind, told?.skipped?.[0]?.id], ['monitor', '12']);
    assert.ok(!allText(entries).includes(API_KEY));
  });
}

test('secrets of what is read are taken out by what the reading operation shows', async (t) => {
  const rig = await startRig(t, { images: true });
  const secret = 'https://hooks.example.com/T000/B000/verysecret';
  const webhook = { name: 'w1', url: secret, custom_headers: '{"authorization":"hunter2-hunter2"}' };
  rig.answer = split(answers(200, webhook), answers(200, ''));
  await call(rig, 'DELETE', '/api/v1/integration/webhooks/configuration/webhooks/w1');
  const { before, told, entries } = await recorded(rig);
  assert.equal(before?.length, 1);
  const text = JSON.stringify(entries);
  assert.ok(!text.includes('verysecret') && !text.includes('hunter2'), text);
  assert.ok((told?.redacted?.length ?? 0) > 0);
});

test('an id that is a secret: the key is read by its real name and recorded under its fingerprint', async (t) => {
  const rig = await startRig(t, { images: true });
  const key = 'ab12'.repeat(8);
  rig.answer = split(
    answers(200, { api_key: { key, name: 'ci', created_by: 'me' } }),
    answers(200, { api_key: { key } }),
  );
  await call(rig, 'PUT', `/api/v1/api_key/${key}`, '{"name":"ci2"}');
  const { before, entries } = await recorded(rig);
  assert.ok(rig.arrived[0]?.target.endsWith(key));
  assert.match(before?.[0]?.id ?? '', /^redacted:/);
  assert.ok(!JSON.stringify(entries.map(({ summary, before: image }) => [summary, image])).includes(key));
});

test('one of a list is picked; a bulk change reads each; the switch of the connection is heeded', async (t) => {
  const rig = await startRig(t, { images: true });
  rig.answer = split(
    (req, res) => answers(200, { public_id: req.url!.split('/').at(-1), name: 'check' })(req, res),
    answers(200, { deleted_tests: [] }),
  );
  await call(rig, 'POST', '/api/v1/synthetics/tests/delete', '{"public_ids":["a-a-a","b-b-b","c-c-c"]}', {
    'content-type': 'application/json',
  });
  const { before } = await recorded(rig);
  assert.deepEqual(before?.map(({ id }) => id).sort(), ['a-a-a', 'b-b-b', 'c-c-c']);

  const off = await startRig(t);
  await call(off, 'DELETE', `${MONITOR}/12`);
  const { told } = await recorded(off);
  assert.match(told?.skipped?.[0]?.why ?? '', /switched off/);
  assert.equal(off.arrived.length, 1);
});

test('reads stay within the share of the rate limit', async (t) => {
  const rig = await startRig(t, { images: true });
  const limited = {
    'x-ratelimit-limit': '10',
    'x-ratelimit-remaining': '9',
    'x-ratelimit-reset': '60',
    'x-ratelimit-period': '60',
  };
  rig.answer = split(answers(200, { id: 1 }, limited), answers(200, {}));
  for (let at = 0; at < 5; at++) await call(rig, 'DELETE', `${MONITOR}/${at}`);
  assert.equal(rig.arrived.filter(({ method }) => method === 'GET').length, 2);
});
