import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newWitnessSecret, parseWitnessSecret } from '../journal/cosignature.ts';
import { checkpointsSchema } from './checkpoints.ts';

const key = parseWitnessSecret(newWitnessSecret('w') ?? '')?.verifierKey ?? '';
const says = (value: object): string => {
  const result = checkpointsSchema.safeParse(value);
  return result.success
    ? ''
    : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
};

test('by default nobody is asked', () => {
  const { interval, witnesses, copies } = checkpointsSchema.parse({});
  assert.deepEqual([interval, witnesses, copies], [60_000, [], []]);
});

test('witnesses are reached by https, or on loopback, unless somebody said otherwise', () => {
  const witness = (more: object) => ({ witnesses: [{ name: 'w', url: 'https://w.example', key, ...more }] });
  assert.equal(says(witness({})), '');
  assert.equal(says(witness({ url: 'http://127.0.0.1:8099' })), '');
  assert.equal(says(witness({ url: 'http://w.example', insecure: true })), '');
  assert.match(says(witness({ url: 'http://w.example' })), /witnesses.0.url: must begin with https:/);
  assert.match(says(witness({ url: 'https://u:p@w.example' })), /user name/);
  assert.match(says(witness({ url: 'ftp://w.example' })), /begins with/);
  assert.match(says(witness({ key: key.replace('w+', 'v+') })), /verifier key/);
  assert.match(says({ ...witness({}), needed: 2 }), /more than the 1/);
  assert.match(
    says({ witnesses: [witness({}).witnesses[0], witness({}).witnesses[0]] }),
    /another witness is called w/,
  );
});

test('copies go to one place each, encrypted beyond loopback', () => {
  const copy = (value: object) => says({ copies: [value] });
  for (const good of [
    { file: 'copies' },
    { syslog: 'tls://logs.example' },
    { syslog: 'udp://[::1]:514' },
    { syslog: 'unix:///run/log.sock' },
    { syslog: 'tcp://logs.example:514', insecure: true },
    { post: 'https://archive.example/x' },
  ]) {
    assert.equal(copy(good), '', JSON.stringify(good));
  }
  for (const bad of [
    {},
    { file: 'a', post: 'https://b' },
    { syslog: 'udp://logs.example' },
    { syslog: 'tls://logs.example/path' },
    { syslog: 'unix://host/path' },
    { syslog: 'unix://' },
    { post: 'http://archive.example' },
    { post: 'nonsense' },
  ]) {
    assert.notEqual(copy(bad), '', JSON.stringify(bad));
  }
});
