// The page of a session: its calls play on a time axis, it is replayed in a sandbox, and it is undone after a question.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ConsoleScene, consoleScene, skipConsole } from '../harness/console.ts';

/** A session of its own: reads, a changed threshold, a board that is made and deleted, a refusal. @returns its id */
async function session(scene: ConsoleScene, name: string): Promise<string> {
  const headers = { 'x-dogwatch-session': name };
  const target = `/api/v1/monitor/${scene.made.monitor}`;
  const first = await scene.call('claude-sre', 'GET', target, undefined, headers);
  for (let n = 0; n < 8; n++)
    await scene.call('claude-sre', 'GET', `/api/v1/dashboard/${scene.made.dashboard}`, undefined, headers);
  const { name: title } = await scene.ask<{ name?: string }>('/api/v1/status');
  await scene.call('claude-sre', 'PUT', target, { message: `from ${title} ${name}` }, headers);
  await scene.call('claude-sre', 'GET', '/api/v1/api_key', undefined, headers);
  await scene.call('claude-sre', 'GET', target, undefined, headers);
  const { session: id } = await scene.ask<{ session: string }>(`/api/v1/exchanges/${first}`);
  return id;
}

describe('console: a session', { skip: skipConsole }, () => {
  test('plays on its time axis, and shows each resource at the cursor', async () => {
    const scene = await consoleScene();
    const id = await session(scene, 'timeline');
    const { page, assertClean, shots, close } = await scene.open('/sessions');
    await page.getByRole('link', { name: id }).click();
    await page.getByRole('heading', { level: 1, name: /Session of/ }).waitFor();
    const cursor = page.getByRole('slider', { name: 'Place in the session' });
    await cursor.focus();
    await page.keyboard.press('Home');
    assert.equal(await cursor.getAttribute('aria-valuetext'), 'before the first call');
    await page.getByText('not yet touched').first().waitFor();
    await page.keyboard.press('End');
    await page.getByText('changed', { exact: true }).first().waitFor();
    await page.locator('button[aria-expanded=false]', { hasText: 'monitor/' }).first().click();
    await page.getByText(/from test timeline/).waitFor();
    await shots('session-timeline');
    await page.getByRole('radio', { name: '100×' }).click();
    await page.getByRole('button', { name: 'Play' }).click();
    await page
      .getByRole('button', { name: 'Pause' })
      .or(page.getByRole('button', { name: 'Play' }))
      .waitFor();
    await page.locator('[role=slider][aria-valuenow="12"]').waitFor();
    assertClean();
    await close();
  });

  test('is replayed in a sandbox, whole and with a call left out', async () => {
    const scene = await consoleScene();
    const id = await session(scene, 'replayed');
    const { page, assertClean, shots, close } = await scene.open(`/session/${encodeURIComponent(id)}?tab=replay`);
    await page.getByRole('button', { name: 'Replay', exact: true }).click();
    await page.getByRole('heading', { name: /It went/ }).waitFor();
    await shots('session-replay');
    await page.getByRole('textbox', { name: 'Leave out calls' }).fill('10');
    await page.getByRole('button', { name: 'Replay again' }).click();
    await page.getByRole('heading', { name: 'It went another way' }).waitFor();
    await page
      .getByText(/call 10 .* was skipped/)
      .first()
      .waitFor();
    await page.getByRole('textbox', { name: 'Leave out calls' }).fill('99');
    await page.getByText('The session has calls 1 to 12.').waitFor();
    assertClean();
    await close();
  });

  test('its impact and the plan that undoes it are shown, and nothing is sent without a question', async () => {
    const scene = await consoleScene();
    const id = await session(scene, 'undone');
    const { page, assertClean, shots, close } = await scene.open(`/session/${encodeURIComponent(id)}?tab=impact`);
    await page.getByText('from test undone').waitFor();
    await page.getByRole('tab', { name: 'Revert' }).click();
    await page.getByRole('button', { name: 'Revert…' }).click();
    const question = page.getByRole('dialog', { name: /Send 1 call to Datadog/ });
    await question.waitFor();
    await page.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    await shots('session-revert');
    assertClean();
    await close();
    const other = await scene.openAs('auditor', `/session/${encodeURIComponent(id)}?tab=revert`);
    await other.page.getByText('Sending them needs the role operator.').waitFor();
    assert.equal(await other.page.getByRole('button', { name: 'Revert…' }).count(), 0);
    other.assertClean();
    await other.close();
  });
});
