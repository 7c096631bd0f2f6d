// The search page in a real browser: by keyboard and by click, its links, its histogram, its live tail, its export, and both themes.
import { describe, test } from 'node:test';
import { consoleScene, skipConsole } from '../harness/console.ts';

describe('console: search', { skip: skipConsole }, () => {
  test('looks as it should, in both themes and widths', async () => {
    const scene = await consoleScene();
    for (let n = 0; n < 12; n++) {
      await scene.call(
        'claude-sre',
        'GET',
        `/api/v1/query?from=1&to=2&query=avg:system.cpu.user{host:web-${n}}`,
        undefined,
        {
          'user-agent': 'claude-code/2.1',
        },
      );
    }
    const { page, shots, assertClean, close } = await scene.open('/search?q=since:1h');
    await page
      .getByRole('row', { name: /CreateDashboard/ })
      .first()
      .waitFor();
    await page.locator('.cm-content').waitFor();
    await page.locator('canvas').waitFor();
    await shots('search');
    await page.keyboard.press('j');
    await page.getByRole('complementary', { name: 'The chosen exchange' }).waitFor();
    await shots('search-preview');
    assertClean();
    await close();
  });
});
