// The search page in a real browser: by keyboard and by click, its links, its histogram, its live tail, its export, and both themes.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { type ConsolePage, consoleScene, skipConsole } from '../harness/console.ts';

const queryOf = ({ page }: ConsolePage): string => new URL(page.url()).searchParams.get('q') ?? '';
const rows = ({ page }: ConsolePage) => page.getByRole('row').filter({ has: page.getByRole('gridcell') });

describe('console: search', { skip: skipConsole }, () => {
  test('looks as it should, in both themes and widths; names that deceive are shown as what they are', async () => {
    const scene = await consoleScene();
    const hostile = '<img src=x onerror=alert(1)> \u202egnp.exe \u001b[31mred\u0007';
    await scene.call('claude-sre', 'POST', '/api/v1/monitor', {
      name: hostile,
      type: 'query alert',
      query: 'avg(last_5m):avg:a{*} > 1',
    });
    const opened = await scene.open('/search?q=since:1h');
    const { page, shots, assertClean, close } = opened;
    await page
      .getByRole('row', { name: /CreateDashboard/ })
      .first()
      .waitFor();
    await page.locator('.cm-content').waitFor();
    await page.locator('canvas').waitFor();
    const row = rows(opened).filter({ hasText: 'onerror=alert(1)' });
    for (const mark of ['RLO', 'ESC[31m', 'BEL']) await row.getByText(mark, { exact: true }).waitFor();
    await shots('search');
    await page.keyboard.press('j');
    await page.getByRole('complementary', { name: 'The chosen exchange' }).waitFor();
    await shots('search-preview');
    assertClean();
    await close();
  });

  test('from end to end by keyboard: / and completion, enter, j and k, enter to open, back, esc', async () => {
    const scene = await consoleScene();
    const opened = await scene.open('/search');
    const { page, assertClean, close } = opened;
    await page.locator('.cm-content').waitFor();
    await rows(opened).first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('acti');
    await page.getByRole('option', { name: /^action/ }).waitFor();
    await page.keyboard.press('Tab');
    await page.getByRole('option', { name: 'update' }).waitFor();
    await page.keyboard.type('upd');
    await page.getByRole('option', { name: 'create' }).waitFor({ state: 'detached' });
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('q') === 'action:update');
    await rows(opened).filter({ hasText: 'CreateDashboard' }).first().waitFor({ state: 'detached' });
    await rows(opened).filter({ hasText: 'UpdateMonitor' }).first().waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page
      .getByRole('complementary')
      .getByText('Update monitor')
      .waitFor({ state: 'attached' })
      .catch(() => undefined);
    await page.waitForURL((url) => url.searchParams.has('open'));
    await page.keyboard.press('Enter');
    await page.waitForURL('**/exchange/*');
    await page.goBack();
    // The one that was chosen is chosen again.
    await page.getByRole('complementary', { name: 'The chosen exchange' }).waitFor();
    await page.getByRole('grid').focus();
    await page.keyboard.press('Escape');
    await page.getByRole('complementary', { name: 'The chosen exchange' }).waitFor({ state: 'detached' });
    assertClean();
    await close();
  });

  test('Tab takes what is offered, however fast it comes after what was typed', async () => {
    const scene = await consoleScene();
    const { page, assertClean, close } = await scene.open('/search');
    const line = page.locator('.cm-content');
    await line.waitFor();
    await page.keyboard.press('/');
    // Values that the page knows, values that it has to ask for, and the name of a field.
    for (const [typed, taken] of [
      ['action:upd', 'action:update'],
      ['who:claude-s', 'who:claude-sre'],
      ['outc', 'outcome:'],
    ] as const) {
      await line.fill('');
      await page.keyboard.type(typed);
      await page.keyboard.press('Tab');
      // Where the focus still is.
      await page.locator('.cm-content:focus', { hasText: taken }).waitFor();
    }
    assertClean();
    await close();
  });

  test('facets narrow, leave out and let go; a query that cannot be read says where', async () => {
    const scene = await consoleScene();
    const opened = await scene.open('/search?q=since:1h');
    const { page, assertClean, close } = opened;
    const who = page.getByRole('region', { name: 'Who', exact: true });
    await who.getByRole('button', { name: /^ci-deploy-bot/ }).click();
    await page.waitForURL((url) => url.searchParams.get('q') === 'since:1h who:ci-deploy-bot');
    await rows(opened).filter({ hasText: 'claude-sre' }).first().waitFor({ state: 'detached' });
    await who.getByRole('button', { name: /^ci-deploy-bot/, pressed: true }).click();
    await page.waitForURL((url) => url.searchParams.get('q') === 'since:1h');
    await who.getByRole('button', { name: /^ci-deploy-bot/ }).hover();
    await who.getByRole('button', { name: 'Leave out ci-deploy-bot' }).click();
    await page.waitForURL((url) => url.searchParams.get('q') === 'since:1h -who:ci-deploy-bot');
    await rows(opened).filter({ hasText: 'ci-deploy-bot' }).first().waitFor({ state: 'detached' });
    await page.goto(`${scene.gateway.apiUrl}/search?q=${encodeURIComponent('who:ci grp:sre')}`);
    await page
      .getByRole('alert')
      .getByText(/There is no field 'grp'/)
      .first()
      .waitFor();
    assertClean();
    await close();
  });

  test('dragging over the histogram asks for that time; columns, order and time are in the link, which another browser opens', async () => {
    const scene = await consoleScene();
    const opened = await scene.open('/search?q=since:15m');
    const { page, assertClean, close } = opened;
    const plot = page.locator('.u-over');
    await plot.waitFor();
    const box = await plot.boundingBox();
    assert.ok(box);
    await page.mouse.move(box.x + box.width * 0.5, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.99, box.y + 30, { steps: 4 });
    await page.mouse.up();
    await page.waitForURL((url) => /^time:\[\S+Z TO \S+Z\]$/.test(url.searchParams.get('q') ?? ''));
    await page.getByRole('button', { name: 'Newest first' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'Slowest first' }).click();
    await page.waitForURL((url) => url.searchParams.get('order') === 'slowest');
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'Risk' }).click();
    await page.keyboard.press('Escape');
    const risk = page.getByRole('columnheader', { name: 'Risk' });
    await risk.getByRole('button').click();
    await page.waitForURL((url) => url.searchParams.get('order') === 'riskiest');
    assert.equal(await risk.getAttribute('aria-sort'), 'descending');
    await page.getByRole('columnheader', { name: 'Latency' }).getByRole('button').click();
    await page.waitForURL((url) => url.searchParams.get('order') === 'slowest');
    await page.getByRole('button', { name: 'Copy a link to this search' }).click();
    const link = await page.evaluate<string>('navigator.clipboard.readText()');
    assert.equal(link, page.url());
    const other = await scene.open(new URL(link).pathname + new URL(link).search);
    await other.page.getByRole('columnheader', { name: 'Risk' }).waitFor();
    await other.page.getByRole('button', { name: 'Slowest first' }).waitFor();
    assert.equal(queryOf(other), queryOf(opened));
    other.assertClean();
    await other.close();
    assertClean();
    await close();
  });

  test('live: calls appear as they are made, and are held while one is looked at', async () => {
    const scene = await consoleScene();
    const opened = await scene.open('/search?q=who:claude-sre');
    const { page, assertClean, close } = opened;
    await rows(opened).first().waitFor();
    await page.keyboard.press('l');
    await page.getByText('Following').waitFor();
    await scene.call('claude-sre', 'GET', '/api/v1/query?from=1&to=2&query=avg:live.first{*}');
    await rows(opened).filter({ hasText: 'live.first' }).waitFor();
    await page.keyboard.press('j');
    await page.getByText('Held while an exchange is chosen').waitFor();
    await scene.call('claude-sre', 'GET', '/api/v1/query?from=1&to=2&query=avg:live.second{*}');
    await page.keyboard.press('Escape');
    await rows(opened).filter({ hasText: 'live.second' }).waitFor();
    assertClean();
    await close();
  });

  test('a query is saved, found in menu and palette, used, and removed; the result is exported', async () => {
    const scene = await consoleScene();
    const opened = await scene.open('/search?q=action:update');
    const { page, assertClean, close } = opened;
    await rows(opened).first().waitFor();
    await page.getByRole('button', { name: 'Saved' }).click();
    await page.getByRole('menuitem', { name: 'Save this query…' }).click();
    await page.getByLabel('Name').fill('updates');
    await page.keyboard.press('Enter');
    await page.getByText('Saved as updates').waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('updates');
    await page.getByRole('option', { name: /updates.*action:update/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('q') === 'saved:updates');
    await rows(opened).filter({ hasText: 'UpdateMonitor' }).first().waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export all that matches' }).click();
    await page.getByRole('menuitem', { name: /CSV/ }).click();
    const text = await readFile((await (await download).path()) ?? '', 'utf8');
    assert.match(text, /UpdateMonitor/);
    assert.doesNotMatch(text, /CreateDashboard/);
    await page.getByRole('button', { name: 'Saved' }).click();
    await page.getByRole('menuitem', { name: 'Remove updates' }).click();
    await page.getByText('Removed updates').waitFor();
    assertClean();
    await close();
  });
});
