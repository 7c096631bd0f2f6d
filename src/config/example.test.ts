import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePolicy } from '../policy/policy.ts';
import { parseConfig } from './config.ts';
import { exampleConfig } from './example.ts';

const values = { name: 'acme', issuer: undefined, audience: 'dogwatch', site: 'datadoghq.eu' };

test('what init writes is a valid configuration, with and without an issuer', () => {
  const bare = parseConfig(exampleConfig(values), '/etc/dogwatch.yaml');
  assert.deepEqual(bare.issuers, []);
  assert.equal(bare.connections[0]?.site, 'datadoghq.eu');
  const full = parseConfig(exampleConfig({ ...values, issuer: 'https://idp.example.com' }), '/etc/dogwatch.yaml');
  assert.equal(full.issuers[0]?.issuer, 'https://idp.example.com');
  assert.doesNotThrow(() => compilePolicy(full.policy));
});

test('what stands in comments is valid too, once uncommented', () => {
  const text = exampleConfig(values)
    .replace('issuers:\n  []\n', 'issuers:\n')
    .split('\n')
    .map((line) =>
      line
        .replace(
          /^(\s*)# (?=(- name|checkpoints|tls|domain|limits|readOnly|issuer|audience|claims|kind|groups|keep|match|when|decision|signIn|alerts|containment)\b)/,
          '$1',
        )
        .replace(/^(\s*)# {3}(?=\w+:)/, '$1  '),
    )
    .join('\n');
  const config = parseConfig(text, '/etc/dogwatch.yaml');
  assert.deepEqual(
    config.issuers.map(({ name }) => name),
    ['okta', 'github-actions'],
  );
  assert.equal(config.signIn.providers[0]?.name, 'okta');
  assert.equal(config.alerts.routes[0]?.to.webhook?.url, 'https://hooks.example.com/dogwatch');
  assert.equal(config.containment.rules[0]?.name, 'runaway');
  assert.equal(config.policy.rules.length, 2);
  assert.equal(config.gateway.domain, 'gw.example.com');
  assert.equal(config.checkpoints.witnesses.length, 1);
  assert.doesNotThrow(() => compilePolicy(config.policy));
});

test('a value that would break out of its field is refused', () => {
  for (const issuer of ['https://x"\n  - name: y', "https://x' #"]) {
    const config = () => parseConfig(exampleConfig({ ...values, issuer }), '/etc/dogwatch.yaml');
    try {
      assert.equal(config().issuers.length, 1);
    } catch (error) {
      assert.match(String(error), /issuer/);
    }
  }
});
