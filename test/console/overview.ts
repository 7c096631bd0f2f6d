// The overview in a real browser: what it shows, where it leads, and the three questions of an incident, by clicks that are counted.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { type ConsolePage, consoleScene, skipConsole } from '../harness/console.ts';

const MOST_CLICKS = 3;

/** Opens the overview; `click` counts. */
async function incident(): Promise<ConsolePage & { click(target: Locator): Promise<void>; clicks(): number }> {
  const scene = await consoleScene();
  const opened = await scene.open('/');
  let clicks = 0;
  return {
    ...opened,
    clicks: () => clicks,
    click: async (target) => {
      clicks += 1;
      await target.click();
    },
  };
}

describe('console: overview', { skip: skipConsole }, () => {
  test('shows what goes on, what changed, what was refused and how the record does; clean in both themes', async () => {
    const scene = await consoleScene();
    const { page, shots, assertClean, close } = await scene.open('/');
    const panel = (name: string) => page.getByRole('region', { name, exact: true });
    await panel('Changed today').getByText('Failed logins are spiking').first().waitFor();
    await panel('Changed today').getByText('1000', { exact: true }).waitFor();
    await panel('Refused today').getByText('no-keys').waitFor();
    await panel('Metrics asked for today').getByText('auth.login.failures').waitFor();
    await panel('Health').getByText('up to date').waitFor();
    await panel('Health')
      .getByText(/checkpoint over \d+/)
      .waitFor();
    // A call that is made now is seen within a moment, without anybody asking.
    await scene.call('ci-deploy-bot', 'GET', '/api/v1/monitor');
    await panel('Calls').getByRole('cell', { name: 'verified ci-deploy-bot' }).waitFor();
    await panel('Calls').locator('canvas').waitFor();
    await shots('overview');
    assertClean();
    await close();
  });

  test('question: who created this dashboard?', async () => {
    const { page, click, clicks, assertClean, close } = await incident();
    await click(page.getByRole('link', { name: 'Who created this dashboard?' }));
    const row = page.getByRole('row', { name: /Failed logins/ }).first();
    await row.getByText('claude-sre').waitFor();
    await click(row);
    await click(page.getByRole('complementary').getByRole('link', { name: 'Open' }));
    await page.waitForURL('**/exchange/*');
    await page.getByText('claude-sre').first().waitFor();
    assert.ok(clicks() <= MOST_CLICKS, `${clicks()} clicks`);
    assertClean();
    await close();
  });

  test('question: which alert rule was altered before the outage?', async () => {
    const { page, click, clicks, assertClean, close } = await incident();
    await click(page.getByRole('link', { name: 'Which alert rule was altered before the outage?' }));
    const row = page.getByRole('row', { name: /Failed logins are spiking/ }).first();
    await row.getByText('ci-deploy-bot').waitFor();
    await click(row);
    await click(page.getByRole('complementary').getByRole('link', { name: 'Open' }));
    await page.waitForURL('**/exchange/*');
    await page.getByText('1000').first().waitFor();
    assert.ok(clicks() <= MOST_CLICKS, `${clicks()} clicks`);
    assertClean();
    await close();
  });

  test('question: did an agent query a metric that reveals a security spike?', async () => {
    const { page, click, clicks, assertClean, close } = await incident();
    await click(page.getByRole('link', { name: 'Did an agent query a metric that reveals a security spike?' }));
    const row = page.getByRole('row', { name: /auth\.login\.failures/ }).first();
    await row.getByText('claude-sre').waitFor();
    await click(row);
    await click(page.getByRole('complementary').getByRole('link', { name: 'Open' }));
    await page.waitForURL('**/exchange/*');
    assert.ok(clicks() <= MOST_CLICKS, `${clicks()} clicks`);
    assertClean();
    await close();
  });

  test('who has no role sees who they are, and why there is no more', async () => {
    const scene = await consoleScene();
    const { page, shots, assertClean, close } = await scene.openAs('nobody', '/');
    await page.getByText('Not for your role').waitFor();
    await page.getByText(/Signed in as nemo at work/).waitFor();
    await shots('overview-nobody');
    assertClean();
    await close();
  });
});
