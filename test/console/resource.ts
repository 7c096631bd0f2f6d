// The page of a resource: its versions, any two of them compared, dashboards and monitors drawn with what differs.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ConsoleScene, consoleScene, skipConsole } from '../harness/console.ts';

const HOSTILE = '<img src=x onerror=alert(1)> \u202egnp.exe \u001b[31mred';
const series = (title: string, query: string, x: number, y: number, type = 'timeseries', width = 4) => ({
  definition:
    type === 'timeseries'
      ? { type, title, requests: [{ q: query, display_type: 'bars' }] }
      : { type, title, requests: [{ q: query }] },
  layout: { x, y, width, height: 3 },
});
const group = {
  definition: {
    type: 'group',
    title: 'Database',
    layout_type: 'ordered',
    widgets: [
      series('Queries', 'sum:postgresql.queries{env:prod} by {host}', 0, 0, 'heatmap', 6),
      series('Slowest', 'top(avg:postgresql.time{*} by {table}, 5, "mean", "desc")', 6, 0, 'toplist', 6),
    ],
  },
  layout: { x: 0, y: 3, width: 12, height: 4 },
};
const note = {
  definition: { type: 'note', content: `Ask #checkout before you change this. ${HOSTILE}` },
  layout: { x: 8, y: 0, width: 4, height: 3 },
};
const board = (title: string, widgets: readonly object[]) => ({
  title,
  description: 'What the checkout does',
  layout_type: 'ordered',
  template_variables: [{ name: 'env', prefix: 'env', default: 'prod' }],
  widgets,
});
const monitor = (critical: number, more: object = {}) => ({
  type: 'query alert',
  name: 'Checkout errors',
  query: `avg(last_5m):avg:checkout.errors{env:prod} by {service} > ${critical}`,
  message: `Errors are high. @slack-checkout @ana@example.com ${HOSTILE}`,
  tags: ['team:checkout', critical > 500 ? 'tier:2' : 'tier:1'],
  options: {
    thresholds: { critical, critical_recovery: 60, warning: 70 },
    notify_no_data: true,
    no_data_timeframe: 20,
  },
  ...more,
});

/** The newest resource of the kind that a call touched. */
async function made(scene: ConsoleScene, exchange: string, kind: string): Promise<string> {
  const { resources } = await scene.ask<{ resources: { kind: string; id: string }[] }>(`/api/v1/exchanges/${exchange}`);
  return resources.find((resource) => resource.kind === kind)?.id ?? assert.fail(`no ${kind} was made`);
}

describe('console: a resource', { skip: skipConsole }, () => {
  test('a dashboard is drawn widget by widget, and what differs between two versions is marked', async () => {
    const scene = await consoleScene();
    const errors = series('Errors', 'sum:checkout.errors{$env}.as_count()', 0, 0);
    const value = series('Orders', 'sum:checkout.orders{$env}', 4, 0, 'query_value');
    const first = await scene.call(
      'claude-sre',
      'POST',
      '/api/v1/dashboard',
      board('Checkout', [errors, value, note, group]),
    );
    const id = await made(scene, first, 'dashboard');
    const slo = {
      definition: { type: 'slo', title: 'Availability', slo_id: 'abc123', view_type: 'detail' },
      layout: { x: 4, y: 0, width: 4, height: 3 },
    };
    const changed = series('Errors', 'sum:checkout.errors{*}.as_count()', 0, 0);
    await scene.call(
      'ci-deploy-bot',
      'PUT',
      `/api/v1/dashboard/${id}`,
      board('Checkout service', [changed, slo, note, group]),
    );
    await scene.call('claude-sre', 'GET', `/api/v1/dashboard/${id}`);
    const { page, assertClean, shots, close } = await scene.open(`/resource/dashboard/${id}`);
    await page.getByRole('heading', { level: 1, name: 'Checkout service' }).waitFor();
    await page.getByRole('button', { name: /^Errors time series changed/ }).waitFor();
    await page.getByRole('button', { name: /^Availability SLO added/ }).waitFor();
    await page
      .getByRole('region', { name: 'Removed widgets' })
      .getByRole('button', { name: /^Orders/ })
      .waitFor();
    await page.getByRole('button', { name: /Ask #checkout/ }).waitFor();
    await page.getByRole('button', { name: /^Slowest top list/ }).waitFor();
    await shots('resource-dashboard');
    await page.getByRole('button', { name: /^Errors time series changed/ }).click();
    const dialog = page.getByRole('dialog', { name: /Errors/ });
    await dialog.getByText('sum:checkout.errors{*}.as_count()').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('radio', { name: 'Both' }).click();
    await page.getByRole('region', { name: 'Before' }).getByText('removed', { exact: true }).first().waitFor();
    const beyond = await page.evaluate<number>(`(() => {
      const panel = document.querySelector('[role=tabpanel] section');
      const bottoms = [...panel.querySelectorAll('button, li')].map((part) => part.getBoundingClientRect().bottom);
      return Math.max(...bottoms) - panel.getBoundingClientRect().bottom;
    })()`);
    assert.ok(beyond < 0, `the drawings end ${beyond} px below their panel`);
    await page.getByRole('tab', { name: 'JSON' }).click();
    await page.getByRole('radio', { name: 'Inline' }).click();
    await page.getByText('"title": "Checkout service"').waitFor();
    assertClean();
    await close();
  });

  test('a monitor is told as a sentence with its thresholds; any two versions are chosen by keyboard, in the URL', async () => {
    const scene = await consoleScene();
    const first = await scene.call('claude-sre', 'POST', '/api/v1/monitor', monitor(100));
    const id = await made(scene, first, 'monitor');
    await scene.call('claude-sre', 'PUT', `/api/v1/monitor/${id}`, monitor(250));
    await scene.call('ci-deploy-bot', 'PUT', `/api/v1/monitor/${id}`, monitor(1000, { message: 'All is well.' }));
    await scene.call('ci-deploy-bot', 'GET', `/api/v1/monitor/${id}`);
    const { page, assertClean, shots, close } = await scene.open(`/resource/monitor/${id}`);
    await page.getByText('is above').waitFor();
    const thresholds = page.getByRole('list', { name: 'Thresholds' });
    await thresholds.getByText('1,000').waitFor();
    assert.match(await thresholds.innerText(), /250\s+1,000/);
    await page.getByText('All is well.').first().waitFor();
    // From the first version to the last one: up once in the list of versions to start from.
    await page.getByRole('radio', { name: /^Compare from version 2/ }).focus();
    await page.keyboard.press('ArrowDown');
    await page.waitForURL((url) => url.searchParams.get('from') === first);
    await thresholds.filter({ hasText: /\b100\D+1,000/ }).waitFor();
    await shots('resource-monitor');
    await page.getByRole('tab', { name: 'Differences' }).click();
    await page.getByText('options › thresholds › critical').first().waitFor();
    await page.getByRole('button', { name: /^Show what version 2/ }).click();
    await page.getByText('+1').first().waitFor();
    await page.keyboard.press('j');
    await page.waitForURL((url) => url.searchParams.get('to') === first);
    const reads = page.getByRole('region', { name: 'Last looked at' });
    await reads.getByText('ci-deploy-bot').waitFor();
    await reads.getByRole('link', { name: 'All reads' }).click();
    await page.waitForURL(/\/search\?q=/);
    assertClean();
    await close();
  });

  test('what was deleted, what was changed elsewhere and what nobody touched say so', async () => {
    const scene = await consoleScene();
    const options = { thresholds: { critical: 100 }, silenced: { '*': null } };
    const first = await scene.call('claude-sre', 'POST', '/api/v1/monitor', monitor(100, { name: HOSTILE, options }));
    const id = await made(scene, first, 'monitor');
    const attributes = {
      monitor_identifier: { monitor_id: Number(id) },
      scope: 'env:prod',
      schedule: { start: new Date(Date.now() + 3_600_000).toISOString() },
    };
    await scene.call('claude-sre', 'POST', '/api/v2/downtime', { data: { type: 'downtime', attributes } });
    await scene.call('claude-sre', 'DELETE', `/api/v1/monitor/${id}`);
    const { page, assertClean, close } = await scene.open(`/resource/monitor/${id}`);
    await page.getByText('deleted', { exact: true }).first().waitFor();
    await page.getByText('It was deleted', { exact: true }).waitFor();
    await page.getByText(/^muted.*: all of it, for good/).waitFor();
    await page.getByText('reaches it').waitFor();
    await page.goto(`${scene.gateway.apiUrl}/resource/monitor/999999`);
    await page.getByText('Nobody has changed it').waitFor();
    assertClean();
    await close();
    const other = await scene.openAs('nobody', `/resource/monitor/${id}`);
    await other.page.getByText('Not for your role').first().waitFor();
    other.assertClean();
    await other.close();
  });
});
