import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from './config.ts';

const base = `name: t
keys: { encryption: { file: ./k/e }, signing: { file: ./k/s } }
`;
const load = (text: string) => parseConfig(base + text, '/etc/dw/dogwatch.yaml');
const route = (to: string, more = ''): string => `alerts: { routes: [{ name: a, ${more} to: { ${to} } }] }\n`;

test('what leads outside is encrypted, and secrets are references with absolute paths', () => {
  const { alerts } = load(route('webhook: { url: https://x.example.com/h, secret: { file: ./secret } }'));
  assert.deepEqual(alerts.routes[0]?.to.webhook?.secret, { file: '/etc/dw/secret' });
  assert.equal(alerts.routes[0]?.match.severity, 'medium');
  const command = load(route('command: { run: [./tell, ./not-a-path] }')).alerts.routes[0]?.to.command;
  assert.deepEqual(command?.run, ['/etc/dw/tell', './not-a-path']);
  load(route('webhook: { url: "http://127.0.0.1:9/", secret: { env: S } }'));
  load(route('syslog: { url: "udp://log.example.com", insecure: true }'));
  for (const [to, what] of [
    ['webhook: { url: http://x.example.com/, secret: { env: S } }', /must begin with https:/],
    ['webhook: { url: https://u:p@x.example.com/, secret: { env: S } }', /must not hold a user name/],
    ['webhook: { url: https://x.example.com/, secret: abc }', /secret/],
    ['slack: { url: https://hooks.slack.com/x }', /url/],
    ['pagerduty: { routingKey: abcdef }', /routingKey/],
    ['email: { host: mx.example.com, tls: none, from: a@b.c, to: [a@b.c] }', /must not be none beyond loopback/],
    ['email: { host: localhost, user: u, from: a@b.c, to: [a@b.c] }', /user and password go together/],
    ['email: { host: localhost, from: "a@b.c, d@e.f", to: [a@b.c] }', /expected a mail address/],
    ['syslog: { url: "tcp://log.example.com" }', /must begin with tls:/],
    ['', /expected one of webhook, slack/],
    ['slack: { url: { env: A } }, teams: { url: { env: A } }', /expected one of webhook, slack/],
  ] as const)
    assert.throws(() => load(route(to)), what, to);
  assert.throws(() => load(route('syslog: { url: "tls://x" }', 'match: { severity: huge },')), /severity/);
});

test('rules that contain need somebody to be told', () => {
  const rule = 'containment: { rules: [{ name: r, level: read-only, for: 1h }] }\n';
  assert.throws(() => load(rule), /needs a route under alerts.routes/);
  const { containment } = load(rule + route('syslog: { url: "tls://x" }'));
  assert.deepEqual(containment.rules[0]?.for, 3_600_000);
  assert.deepEqual(load('').containment.rules, []);
});
