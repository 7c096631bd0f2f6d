// The frame of the console: every page opens, by click and by key; signing in and out; what is not allowed is not shown.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { consoleScene, skipConsole } from '../harness/console.ts';

describe('console: the frame', { skip: skipConsole }, () => {
  const PAGES = ['/', '/search', '/sessions', '/findings', '/agents', '/connections', '/journal'];

  test('every place opens by its link, and nothing is complained about', async () => {
    const scene = await consoleScene();
    const { page, assertClean, close } = await scene.open('/');
    for (const path of PAGES) {
      await page.click(`nav[aria-label=Main] a[href="${path}"]`);
      await page.waitForURL((url) => url.pathname === path);
      await page.locator('h1').waitFor();
    }
    assertClean();
    await close();
  });

  test('g and a letter goes there, ? lists the keys, the palette finds pages', async () => {
    const scene = await consoleScene();
    const { page, assertClean, close } = await scene.open('/');
    await page.locator('h1').waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('j');
    await page.waitForURL('**/journal');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await page.keyboard.type('connec');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/connections');
    assertClean();
    await close();
  });

  test('palette, help, menu and drawer are clean in both themes, and give the focus back', async () => {
    const scene = await consoleScene();
    const { page, shots, assertClean, close } = await scene.open('/connections');
    await page.locator('h1').waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('monitor/12');
    await page.getByRole('option', { name: /Resource monitor\/12/ }).waitFor();
    await shots('palette');
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await shots('keyboard');
    await page.keyboard.press('Escape');
    const you = page.getByRole('button', { name: /^You/ });
    await you.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menuitemcheckbox', { name: 'Theme of the system' }).waitFor();
    await shots('menu');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate('document.documentElement.dataset.theme'), 'dark');
    await page.keyboard.press('Escape');
    assert.match(String(await page.evaluate('document.activeElement?.textContent')), /You/);
    await page.reload();
    assert.equal(await page.evaluate('document.documentElement.dataset.theme'), 'dark');
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('dialog', { name: 'Navigation' }).waitFor();
    await page.getByRole('dialog', { name: 'Navigation' }).getByRole('link', { name: 'Journal' }).click();
    await page.waitForURL('**/journal');
    await page.getByRole('dialog', { name: 'Navigation' }).waitFor({ state: 'detached' });
    assertClean();
    await close();
  });

  test('the sign-in page lists the providers, a link that was used says so, and a page that was wanted comes after', async () => {
    const scene = await consoleScene();
    const { page, shots, assertClean, close } = await scene.openAs('nobody', '/');
    await page.context().clearCookies();
    await page.goto(`${scene.gateway.apiUrl}/search?q=action:update`);
    await page.getByRole('link', { name: /Continue with corp/ }).waitFor();
    assert.equal(new URL(page.url()).searchParams.get('return'), '/search?q=action%3Aupdate');
    await shots('sign-in');
    await page.goto(`${scene.gateway.apiUrl}/sign-in#local=${'A'.repeat(43)}`);
    await page.getByRole('alert').getByText('The link did not work.').waitFor();
    assert.equal(new URL(page.url()).hash, '');
    assertClean();
    await close();
  });

  test('signing out ends the session', async () => {
    const scene = await consoleScene();
    const { page, close } = await scene.openAs('nobody', '/');
    await page.getByRole('button', { name: /^You/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('link', { name: /Continue with corp/ }).waitFor();
    assert.equal(new URL(page.url()).pathname, '/sign-in');
    await close();
  });
});
