// Who has no role: every page says so in words, offers nothing, and the API refuses all the same.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { consoleScene, skipConsole } from '../harness/console.ts';

describe('console: without a role', { skip: skipConsole }, () => {
  test('every page says that it is not for this person, and the API gives nothing away', async () => {
    const scene = await consoleScene();
    const id = await scene.call('claude-sre', 'GET', `/api/v1/monitor/${scene.made.monitor}`);
    const { session } = await scene.ask<{ session: string }>(`/api/v1/exchanges/${id}`);
    const pages = [
      '/',
      '/search',
      '/sessions',
      '/findings',
      '/agents',
      '/connections',
      '/journal',
      `/exchange/${id}`,
      `/session/${encodeURIComponent(session)}`,
      `/resource/monitor/${scene.made.monitor}`,
      `/agents/${encodeURIComponent('https://login.example#somebody')}`,
      '/findings/0192ab34-0000-7000-8000-000000000000',
    ];
    const { page, assertClean, axe, close } = await scene.openAs('nobody', '/');
    const silent: string[] = [];
    for (const path of pages) {
      await page.goto(scene.gateway.apiUrl + path);
      await page.locator('main [aria-busy=true]').first().waitFor({ state: 'detached' });
      const told = page.locator('main').getByText('Not for your role').first();
      await told.waitFor({ timeout: 8000 }).catch(() => silent.push(path));
      if ((await page.locator('h1').count()) !== 1) silent.push(`${path} (no h1)`);
      const text = await page.locator('main').innerText();
      assert.doesNotMatch(text, /claude-sre|undefined|\[object|NaN/, path);
      assert.equal(
        await page.getByRole('button', { name: /Revoke|Contain|Release|Approve|Revert|Erase|Verify/ }).count(),
        0,
        path,
      );
    }
    assert.deepEqual(silent, [], 'pages that do not say so');
    await axe();
    const asked = [
      'search',
      'sessions',
      'status',
      'findings',
      'identities',
      'agents',
      'revocations',
      'containments',
      'approvals',
      'alerts',
      'journal',
      'queries',
      `exchanges/${id}`,
      `exchanges/${id}/request`,
      `sessions/${encodeURIComponent(session)}`,
    ];
    const statuses = (await page.evaluate(
      `Promise.all(${JSON.stringify(asked)}.map(async (path) => [path, (await fetch('/api/v1/' + path)).status]))`,
    )) as [string, number][];
    assert.deepEqual(
      statuses,
      asked.map((path) => [path, 403]),
    );
    assertClean();
    await close();
  });
});
