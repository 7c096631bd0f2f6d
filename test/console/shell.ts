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
