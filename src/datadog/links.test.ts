import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resourceOfLink } from './links.ts';

const LINKS: Readonly<Record<string, string>> = {
  'https://app.datadoghq.com/monitors/12345': 'monitor/12345',
  'https://app.datadoghq.eu/monitors/12345/edit?x=1': 'monitor/12345',
  'https://acme.datadoghq.com/monitors#12345': 'monitor/12345',
  'https://app.datadoghq.com/dashboard/abc-def-ghi/checkout?from_ts=1': 'dashboard/abc-def-ghi',
  'https://us3.datadoghq.com/dashboard/lists/manual/77': 'dashboard-list/77',
  'https://app.datadoghq.com/slo?slo_id=0123abcd&tab=status': 'slo/0123abcd',
  'https://app.datadoghq.com/notebook/4711/what-happened': 'notebook/4711',
  'https://app.datadoghq.com/synthetics/details/abc-def-ghi': 'synthetics-test/abc-def-ghi',
  'https://app.datadoghq.com/logs/pipelines/pipeline/edit/xyz': 'logs-pipeline/xyz',
  'https://api.datadoghq.com/api/v1/monitor/99': 'monitor/99',
  'https://api.datadoghq.com/api/v1/logs/config/indexes/main': 'logs-index/main',
  'https://api.datadoghq.com/api/v2/roles/r-1': 'role/r-1',
};
for (const [link, name] of Object.entries(LINKS)) {
  test(`${link} shows ${name}`, () => {
    const { kind, id } = resourceOfLink(link) ?? {};
    assert.equal(`${kind}/${id}`, name);
  });
}

test('what is no link, or shows nothing, is none', () => {
  for (const text of [
    'monitor/1',
    'javascript:alert(1)',
    'https://app.datadoghq.com/',
    'https://api.datadoghq.com/api/v1/monitor',
    'https://x/api/v1/%2e%2e/monitor',
  ])
    assert.equal(resourceOfLink(text), undefined);
});
