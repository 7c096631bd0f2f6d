// The pages of the journal and of connections: its state, a verification with what it found, holds; what is known of a connection, and no secret.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { consoleScene, skipConsole } from '../harness/console.ts';

describe('console: journal and connections', { skip: skipConsole }, () => {
  test('the journal is verified by a click, and the record tells who had it done', async () => {
    const scene = await consoleScene();
    const { page, assertClean, shots, close } = await scene.open('/journal');
    await page.getByRole('heading', { name: 'Verification' }).waitFor();
    await page.getByRole('button', { name: 'Verify now' }).click();
    await page.getByRole('heading', { name: 'The journal is whole' }).waitFor();
    await shots('journal');
    const { items } = await scene.ask<{ items: { what: string }[] }>('/api/v1/search?q=kind:audit.verify');
    assert.match(items[0]?.what ?? '', /entries are whole/);
    assertClean();
    await close();
  });

  test('what is held is set and released by an admin, and not offered to an auditor', async () => {
    const scene = await consoleScene();
    const { page, assertClean, axe, close } = await scene.open('/journal');
    await page.getByRole('button', { name: 'Hold…' }).click();
    await page.getByRole('textbox', { name: 'Query' }).fill('who:claude-sre');
    await page.getByRole('textbox', { name: /Reason/ }).fill('case 12');
    await axe();
    await page.getByRole('button', { name: 'Hold', exact: true }).click();
    await page.getByRole('cell', { name: 'case 12' }).waitFor();
    await page.getByRole('button', { name: 'Release…' }).click();
    await page.getByRole('textbox', { name: /Reason/ }).fill('case 12 is closed');
    await page.getByRole('button', { name: 'Release', exact: true }).click();
    await page.getByText('Nothing is held').waitFor();
    assertClean();
    await close();
    const auditor = await scene.openAs('auditor', '/journal');
    await auditor.page.getByRole('button', { name: 'Verify now' }).waitFor();
    assert.equal(await auditor.page.getByText('Legal holds').count(), 0);
    auditor.assertClean();
    await auditor.close();
  });

  test('connections show who may use them and their limits, and never a secret', async () => {
    const scene = await consoleScene();
    const { page, assertClean, shots, close } = await scene.open('/connections');
    await page.getByRole('heading', { name: /production/ }).waitFor();
    await page.getByText('API and application key').waitFor();
    await shots('connections');
    const shown = await page.content();
    for (const name of ['datadog-api', 'datadog-app']) {
      const secret = readFileSync(join(scene.site.directory, 'keys', name), 'utf8').trim();
      assert.ok(!shown.includes(secret), `${name} is shown`);
    }
    assertClean();
    await close();
  });
});
