// The recordings run over a few exchanges made for it; `npm run recordings -- --corpus FILE` does the same over thousands of real ones.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { RecordedExchange } from './harness/journal.ts';
import { temporaryFolder } from './harness/temporary.ts';
import { compare, passes } from './recordings/compare.ts';
import { readCorpus } from './recordings/corpus.ts';
import { compareResources, journalled } from './recordings/resources.ts';
import { runRecordings } from './recordings/run.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const call = (
  method: string,
  url: string,
  requestBody: unknown,
  status: number,
  responseBody: unknown,
  type = JSON_TYPE,
) => ({
  method,
  url,
  requestHeaders: { accept: 'application/json', ...(requestBody !== null && JSON_TYPE) },
  requestBody,
  status,
  responseHeaders: type,
  responseBody,
});
const SCENARIOS = [
  [
    call(
      'POST',
      'https://api.datadoghq.com/api/v1/monitor',
      '{"name":"a","type":"query alert"}',
      200,
      '{"id": 7,\n "name":"a"}\n',
    ),
    call('GET', 'https://api.datadoghq.com/api/v1/monitor/7?group_states=all%20of%2Athem', null, 200, '{"id":7}'),
    call('DELETE', 'https://api.datadoghq.com/api/v1/monitor/7', null, 404, '{"errors":["Monitor not found"]}'),
  ],
  [
    call(
      'POST',
      'https://api.datadoghq.com/api/v2/api_keys',
      '{"data":{"type":"api_keys"}}',
      201,
      '{"data":{"id":"1","attributes":{"key":"0123456789abcdef0123456789abcdef","name":"é"}}}',
    ),
    call('DELETE', 'https://api.datadoghq.com/api/v2/api_keys/1', null, 204, null),
  ],
  [call('POST', 'https://http-intake.logs.datadoghq.com/api/v2/logs', '[{"message":"hello"}]', 202, '{}')],
  [
    call(
      'GET',
      'https://api.datadoghq.com/api/v2/remote_config/products/cws/policy/download',
      null,
      200,
      { base64: Buffer.from([0x50, 0x4b, 0, 0xff, 0xfe, 0x80]).toString('base64') },
      { 'content-type': 'application/zip' },
    ),
  ],
];

let directory: string;
let file: string;
before(() => {
  directory = temporaryFolder('recordings');
  file = join(directory, 'corpus.ndjson.gz');
  const lines = SCENARIOS.map((interactions, n) => JSON.stringify({ scenario: `scenario ${n}`, interactions }));
  writeFileSync(file, gzipSync(lines.join('\n')));
});

test("Datadog's own client, by DD_SITE and by base server: everything comes back and is recorded as it was", async () => {
  const result = await runRecordings({ corpus: file, concurrency: 2 });
  assert.deepEqual(result.differing, []);
  assert.deepEqual(result.counts, {
    interactions: 7,
    returned: 7,
    journalled: 7,
    requestExact: 7,
    requestRedacted: 0,
    responseExact: 6,
    responseRedacted: 1,
    impossibleBodies: 0,
    resolved: 7,
    identified: 7,
  });
  assert.deepEqual([...result.redactedPaths.keys()], ['v2.CreateAPIKey response data.attributes.key']);
  assert.ok(passes(result, 0));
  assert.deepEqual(result.resources.wrong, []);
  assert.deepEqual(Object.fromEntries(result.resources.families), {
    keys: { changes: 2, right: 2, titled: 1 },
    monitors: { changes: 1, right: 1, titled: 1 },
  });
});

test('the comparison sees each way in which a recording may differ', () => {
  const [interaction] = readCorpus(file).flat();
  assert.ok(interaction);
  const recorded = {
    intent: { classification: { operation: 'v1.CreateMonitor' }, identity: { subject: 'me' } },
    outcome: { response: { status: 200 } },
    request: interaction.requestBody,
    response: interaction.responseBody,
  } as unknown as RecordedExchange;
  const result = {
    id: interaction.id,
    target: '',
    exchange: 'x',
    status: 200,
    body: interaction.responseBody.toString('base64'),
  };
  const seen = (change: { result?: object; recorded?: object | null }) =>
    compare(
      [interaction],
      () => ({
        subject: 'me',
        result: { ...result, ...change.result },
        recorded: change.recorded === null ? undefined : { ...recorded, ...change.recorded },
      }),
      () => 'dwfp_0123456789012345678901',
    );
  assert.ok(passes(seen({}), 0));
  const other = Buffer.from('{}');
  for (const change of [
    { result: { status: 500 } },
    { result: { body: '' } },
    { recorded: null },
    { recorded: { request: other } },
    { recorded: { response: other } },
    { recorded: { outcome: { response: { status: 201 } } } },
    { recorded: { intent: { ...recorded.intent, identity: { subject: 'you' } } } },
    { recorded: { intent: { ...recorded.intent, classification: { operation: 'v1.UpdateMonitor' } } } },
  ]) {
    assert.ok(!passes(seen(change), 0), JSON.stringify(change));
  }
});

test('resources are those of the journal: without an entry, or with another id in it, a change is told wrongly', () => {
  const [interaction] = readCorpus(file).flat();
  assert.ok(interaction);
  const wrong = (exchange: object | undefined): number =>
    compareResources([interaction], () => (exchange ? journalled(exchange as RecordedExchange) : [])).wrong.length;
  const recorded = (id: string) => ({
    intent: { classification: { operation: 'v1.CreateMonitor', resources: [] } },
    outcome: { resources: [{ kind: 'monitor', id }] },
  });
  assert.equal(wrong(recorded('7')), 0);
  assert.equal(wrong(recorded('8')), 1);
  assert.equal(wrong({ ...recorded('7'), outcome: undefined }), 1);
  assert.equal(wrong(undefined), 1);
});
