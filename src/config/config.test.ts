import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { temporaryFolder } from '../../test/harness/temporary.ts';
import { DogwatchError, UsageError } from '../exchange/error.ts';
import { loadConfig, parseConfig } from './config.ts';

const FILE = '/etc/dogwatch/dogwatch.yaml';
const MINIMAL = 'name: acme\nkeys:\n  encryption: { file: ./keys/encryption.key }\n  signing: { env: SIGN }\n';

const load = (yaml: string, env: NodeJS.ProcessEnv = {}) => parseConfig(MINIMAL + yaml, FILE, env);

function refusal(yaml: string, env: NodeJS.ProcessEnv = {}): string[] {
  try {
    parseConfig(yaml, FILE, env);
  } catch (error) {
    assert(error instanceof UsageError, String(error));
    return error.message.split('\n');
  }
  return assert.fail('accepted');
}

test('a minimal file gets every default, in bytes, milliseconds and absolute paths', () => {
  const config = load('');
  assert.equal(config.data, '/etc/dogwatch/data');
  assert.deepEqual(config.keys, {
    encryption: { file: '/etc/dogwatch/keys/encryption.key' },
    signing: { env: 'SIGN' },
  });
  assert.deepEqual(config.gateway.listen, { host: '127.0.0.1', port: 8080 });
  assert.deepEqual(config.api.listen, { host: '127.0.0.1', port: 8090 });
  assert.equal(config.gateway.limits.hold, 1 << 20);
  assert.equal(config.gateway.limits.headersTimeout, 15_000);
  assert.equal(config.gateway.record.requestBodyCap, undefined);
  assert.deepEqual(config.roles, { admin: [], operator: [], auditor: [] });
  assert.equal(config.policy.unknown, 'deny');
});

test('every problem is told at once, with line, column and field', () => {
  const lines = refusal(
    `${MINIMAL}gateway:
  listen: localhost
  limts: {}
  limits: { hold: 3x, drain: 30 }
connections:
  - name: main
    site: datadoghq.com
    apiKey: 0123456789
    appKey: { env: APP }
issuers:
  - name: okta
    issuer: https://acme.okta.com
`,
  );
  assert.deepEqual(lines.toSorted(), [
    'dogwatch.yaml:12:5 connections[0].apiKey: expected { env: … } or { file: … }',
    'dogwatch.yaml:15:5 issuers[0].audience: is missing',
    'dogwatch.yaml:6:3 gateway.listen: "localhost" is not an address to listen on: host:port such as 127.0.0.1:8080 or [::1]:8080',
    'dogwatch.yaml:7:3 gateway.limts: there is no such field (did you mean "limits"?)',
    'dogwatch.yaml:8:13 gateway.limits.hold: "3x" is not a size: bytes, or a number with a unit such as 64KiB or 1MiB',
    'dogwatch.yaml:8:23 gateway.limits.drain: "30" is not a duration: a number with a unit such as 250ms, 30s, 5m or 1h',
  ]);
});

test('a secret that was pasted into the file is not repeated by the error', () => {
  const lines = refusal(
    `${MINIMAL}connections: [{ name: a, site: datadoghq.com, apiKey: s3cr3tvalue, appKey: s3cr3tvalue }]`,
  );
  assert.doesNotMatch(lines.join('\n'), /s3cr3tvalue/);
});

test('what is no YAML is refused with its line', () => {
  assert.match(refusal('name: a\nname: b\n')[0] ?? '', /^dogwatch\.yaml:2:1 .*unique/);
  assert.match(refusal('name: [a\n')[0] ?? '', /^dogwatch\.yaml:\d+:\d+ /);
  assert.match(refusal('name: !!js/function x\n')[0] ?? '', /^dogwatch\.yaml:1:\d+ /);
  assert.match(refusal('- a\n')[0] ?? '', /^dogwatch\.yaml:1:1 \(the whole file\): expected object/);
  assert.match(refusal('')[0] ?? '', /is missing$/);
});

test('an alias bomb is refused', () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x,x]',
    ...'bcdefgh'.split('').map((name, index) => {
      const before = 'abcdefg'[index];
      return `${name}: &${name} [${Array(10).fill(`*${before}`).join(',')}]`;
    }),
  ].join('\n');
  assert.match(refusal(bomb)[0] ?? '', /alias/i);
});

test('plain HTTP beyond loopback needs insecure: true or a certificate', () => {
  for (const section of ['gateway', 'api']) {
    assert.match(
      refusal(`${MINIMAL}${section}: { listen: "0.0.0.0:80" }`)[0] ?? '',
      new RegExp(`5:\\d+ ${section}.listen: 0.0.0.0 can be reached`),
    );
    load(`${section}: { listen: "0.0.0.0:80", insecure: true }`);
    load(`${section}: { listen: "[::1]:80" }`);
    load(`${section}: { listen: "0.0.0.0:80", tls: { cert: c.pem, key: k.pem } }`);
  }
});

test('a key inside the data directory is refused', () => {
  assert.throws(
    () => parseConfig('name: a\nkeys: { encryption: { file: data/k }, signing: { env: S } }', FILE),
    (error: unknown) =>
      error instanceof DogwatchError && error.code === 'key_unsafe' && /keys\.encryption\.file/.test(error.message),
  );
});

test("a site that is none of Datadog's needs an upstream, and an upstream needs https beyond loopback", () => {
  const connection = (fields: string) => `connections: [{ name: a, ${fields} }]`;
  assert.match(refusal(MINIMAL + connection('site: datadohq.com'))[0] ?? '', /did you mean "datadoghq.com"/);
  load(connection('site: demo.example, upstream: "http://127.0.0.1:9"'));
  load(connection('site: demo.example, upstream: "http://[::1]:9"'));
  assert.match(
    refusal(MINIMAL + connection('site: datadoghq.com, upstream: "http://dd.internal"'))[0] ?? '',
    /upstream: must be https/,
  );
});

test('the environment overrides fields, camel case and lists included', () => {
  const config = load('issuers: [{ name: a, issuer: "https://a.example", audience: x }]', {
    DOGWATCH_NAME: 'other',
    DOGWATCH_GATEWAY__LISTEN: '127.0.0.1:1',
    DOGWATCH_GATEWAY__LIMITS__REQUEST_BODY: '1KiB',
    DOGWATCH_GATEWAY__LIMITS__CONNECTIONS: '7',
    DOGWATCH_GATEWAY__INSECURE: 'true',
    DOGWATCH_ISSUERS__0__AUDIENCE: '[p, q]',
    DOGWATCH_ROLES__AUDITOR: '[sre]',
    DOGWATCH_CONNECTIONS__0__NAME: 'main',
    DOGWATCH_CONNECTIONS__0__SITE: 'datadoghq.eu',
    DOGWATCH_TOKEN: 'not an override',
    DOGWATCH_API: 'not an override',
    OTHER: 'x',
  });
  assert.equal(config.name, 'other');
  assert.equal(config.gateway.listen.port, 1);
  assert.equal(config.gateway.limits.requestBody, 1024);
  assert.equal(config.gateway.limits.connections, 7);
  assert.equal(config.gateway.insecure, true);
  assert.deepEqual(config.issuers[0]?.audience, ['p', 'q']);
  assert.deepEqual(config.roles.auditor, ['sre']);
  assert.equal(config.connections[0]?.site, 'datadoghq.eu');
});

test('a wrong override is blamed on its variable', () => {
  assert.deepEqual(refusal(MINIMAL, { DOGWATCH_GATEWAY__LISTN: 'x', DOGWATCH_API__LISTEN: 'y' }), [
    'environment DOGWATCH_GATEWAY__LISTN: gateway has no field LISTN (did you mean "LISTEN"?)',
    'environment DOGWATCH_API__LISTEN api.listen: "y" is not an address to listen on: host:port such as 127.0.0.1:8080 or [::1]:8080',
  ]);
  assert.match(refusal(MINIMAL, { DOGWATCH_ISSUERS__4__NAME: 'x' })[0] ?? '', /the list has 0 items/);
  assert.match(refusal(MINIMAL, { DOGWATCH_KEYS____PROTO____X: 'x' })[0] ?? '', /has no field/);
});

test('no text makes the loader fail in another way than with a UsageError', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.boolean(), (noise, appended) => {
      try {
        parseConfig(appended ? MINIMAL + noise : noise, FILE);
      } catch (error) {
        assert(error instanceof UsageError, String(error));
      }
    }),
    { numRuns: 300 },
  );
});

test('a missing, huge or unreadable file is a clear error', () => {
  const dir = temporaryFolder('config');
  const code = (expected: string) => (error: unknown) => error instanceof UsageError && error.code === expected;
  assert.throws(() => loadConfig(join(dir, 'none.yaml'), {}), code('config_not_found'));
  assert.throws(() => loadConfig(dir, {}), code('config_not_found'));
  writeFileSync(join(dir, 'huge.yaml'), '#'.repeat((1 << 20) + 1));
  assert.throws(() => loadConfig(join(dir, 'huge.yaml'), {}), code('config_invalid'));
  writeFileSync(join(dir, 'latin.yaml'), Buffer.from([0x6e, 0xff, 0xfe]));
  assert.throws(() => loadConfig(join(dir, 'latin.yaml'), {}), code('config_invalid'));
  writeFileSync(join(dir, 'good.yaml'), MINIMAL);
  assert.equal(loadConfig(join(dir, 'good.yaml'), {}).data, join(dir, 'data'));
});
