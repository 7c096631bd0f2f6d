// Every recorded change of the families that people change most names the kind and ids that it touched.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readCorpus } from './recordings/corpus.ts';
import { classified, compareResources } from './recordings/resources.ts';

const corpus = join(import.meta.dirname, '../../shared/datadog/recordings.ndjson.gz');
const skip = existsSync(corpus) ? false : 'no ../shared/datadog/recordings.ndjson.gz';

test('recorded changes of all families: kind and ids are right', { skip }, () => {
  const { families, wrong } = compareResources(readCorpus(corpus).flat(), classified);
  assert.deepEqual(wrong, []);
  const changes = [...families.values()].reduce((sum, { right }) => sum + right, 0);
  assert.ok(changes >= 1919, `only ${changes} recorded changes were compared`);
  assert.equal(families.size, 29);
});

test('the comparison sees a wrong id, a wrong kind and a missing id', () => {
  const recorded = (method: string, url: string, request: unknown, response: unknown) => ({
    id: '0.0',
    scenario: 's',
    method,
    url: `https://api.datadoghq.com${url}`,
    requestHeaders: {},
    requestBody: Buffer.from(JSON.stringify(request)),
    status: 200,
    responseHeaders: {},
    responseBody: Buffer.from(JSON.stringify(response)),
    impossibleBody: false,
  });
  const wrong = (...given: Parameters<typeof recorded>): number =>
    compareResources([recorded(...given)], classified).wrong.length;
  assert.equal(wrong('POST', '/api/v1/monitor', {}, { id: 1 }), 0);
  assert.equal(wrong('POST', '/api/v1/monitor', {}, {}), 1);
  assert.equal(wrong('POST', '/api/v1/synthetics/tests/delete', { public_ids: ['a', 'b'] }, {}), 0);
  // What stands there is not text, so nothing is told.
  assert.equal(wrong('POST', '/api/v1/synthetics/tests/delete', { public_ids: [{ id: 'a' }] }, {}), 1);
});
