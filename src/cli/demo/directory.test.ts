import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';
import { temporaryFolder } from '../../../test/harness/temporary.ts';
import { loadConfig } from '../../config/config.ts';
import { UsageError } from '../../exchange/error.ts';
import { demoConfigFile, prepareDirectory } from './directory.ts';

const SETTINGS = {
  issuer: 'http://127.0.0.1:4001',
  upstream: { url: 'http://127.0.0.1:4002', apiKey: 'a'.repeat(32), appKey: 'b'.repeat(40) },
  port: 4003,
  apiPort: 4004,
};
let directory: string;
beforeEach(() => {
  directory = temporaryFolder('demo');
});

test('the configuration is a good one, and holds no secret', () => {
  const file = prepareDirectory(directory, SETTINGS);
  const config = loadConfig(file, {});
  assert.deepEqual(config.gateway.listen, { host: '127.0.0.1', port: 4003 });
  assert.equal(config.issuers[0]?.issuer, SETTINGS.issuer);
  assert.equal(config.connections[0]?.upstream, SETTINGS.upstream.url);
  const text = readFileSync(file, 'utf8');
  assert.ok(!text.includes(SETTINGS.upstream.apiKey) && !text.includes(SETTINGS.upstream.appKey));
  for (const name of ['encryption', 'signing', 'datadog-api-key', 'datadog-app-key']) {
    assert.equal(statSync(join(directory, 'keys', name)).mode & 0o777, 0o600, name);
  }
});

test('a second start keeps the keys that the data needs, and takes the new addresses', () => {
  const file = prepareDirectory(directory, SETTINGS);
  const key = readFileSync(join(directory, 'keys', 'encryption'), 'utf8');
  prepareDirectory(directory, { ...SETTINGS, port: 5003 });
  assert.equal(readFileSync(join(directory, 'keys', 'encryption'), 'utf8'), key);
  assert.equal(loadConfig(file, {}).gateway.listen.port, 5003);
});

test("a configuration that is somebody's own is not overwritten", () => {
  const own = 'name: production\n';
  writeFileSync(join(directory, 'dogwatch.yaml'), own);
  assert.throws(
    () => demoConfigFile(directory),
    (error) => error instanceof UsageError && error.message.includes('was not written by the demo'),
  );
  assert.throws(() => prepareDirectory(directory, SETTINGS), UsageError);
  assert.equal(readFileSync(join(directory, 'dogwatch.yaml'), 'utf8'), own);
});
