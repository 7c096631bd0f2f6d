import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOST_KINDS, hostKindOf, hostsOf, isSite, SITES } from './sites.ts';

test('the hosts of the main site and of a regional one', () => {
  assert.deepEqual(hostsOf('datadoghq.com'), {
    api: 'api.datadoghq.com',
    logs: 'http-intake.logs.datadoghq.com',
    events: 'event-management-intake.datadoghq.com',
    rum: 'browser-intake-datadoghq.com',
    'on-call': 'navy.oncall.datadoghq.com',
    app: 'app.datadoghq.com',
    'ip-ranges': 'ip-ranges.datadoghq.com',
    mcp: 'mcp.datadoghq.com',
  });
  const us3 = hostsOf('us3.datadoghq.com');
  assert.equal(us3.rum, 'browser-intake-us3-datadoghq.com');
  assert.equal(us3.app, 'us3.datadoghq.com');
  assert.equal(us3['on-call'], 'teal.oncall.datadoghq.com');
  assert.equal(hostsOf('uk1.datadoghq.com')['on-call'], 'api.uk1.datadoghq.com');
});

test('no two sites share a host, but for the paging host that Datadog shares', () => {
  const seen = new Set<string>();
  for (const site of SITES) {
    for (const kind of HOST_KINDS) {
      const host = hostsOf(site)[kind];
      if (kind === 'on-call') continue;
      assert.ok(!seen.has(host), host);
      seen.add(host);
    }
  }
});

test('a label before a site tells the kind of host', () => {
  assert.equal(hostKindOf('api'), 'api');
  assert.equal(hostKindOf('HTTP-intake.logs'), 'logs');
  assert.equal(hostKindOf('beige.oncall'), 'on-call');
  assert.equal(hostKindOf('evil'), undefined);
  assert.equal(hostKindOf('constructor'), undefined);
});

test('another domain is laid out like a site, for gateways before gateways', () => {
  assert.equal(hostsOf('dd.example.com').logs, 'http-intake.logs.dd.example.com');
  assert.ok(!isSite('dd.example.com'));
});
