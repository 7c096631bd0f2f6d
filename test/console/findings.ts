// The pages of findings: they arrive by themselves, are looked at beside what is usual, decided about, and answered by containment.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ConsoleScene, consoleScene, skipConsole } from '../harness/console.ts';

/** Deletes more dashboards at a time than anybody usually does. */
async function cleanUp(scene: ConsoleScene, agent: string, session: string): Promise<void> {
  const headers = { 'x-dogwatch-session': session };
  const board = { title: 'Old <b>board</b> \u202e', layout_type: 'ordered', widgets: [] };
  const made = await Promise.all(
    Array.from({ length: 14 }, () => scene.call(agent, 'POST', '/api/v1/dashboard', board, headers)),
  );
  for (const exchange of made) {
    const { resources } = await scene.ask<{ resources: { id: string }[] }>(`/api/v1/exchanges/${exchange}`);
    await scene.call(agent, 'DELETE', `/api/v1/dashboard/${resources[0]?.id}`, undefined, headers);
  }
}

describe('console: findings', { skip: skipConsole }, () => {
  test('a finding arrives while the list is open, is dismissed with its like, and that is revoked', async () => {
    const scene = await consoleScene();
    const { page, assertClean, axe, shots, close } = await scene.open('/findings?detector=bulk-change');
    await page.getByText('live', { exact: true }).waitFor();
    await page.getByText('No finding is like that').waitFor();
    await cleanUp(scene, 'ci-deploy-bot', 'clean-up');
    const list = page.getByRole('list', { name: 'Findings' });
    await list.getByRole('link', { name: /resources deleted in 10 min by ci-deploy-bot/ }).waitFor();
    await page.getByRole('tab', { name: /^Open 1/ }).waitFor();
    await page.getByRole('button', { name: 'Clear' }).click();
    await shots('findings');
    await page.getByRole('button', { name: /^medium/ }).click();
    await page.waitForURL(/severity=medium/);
    // By keyboard: to the finding, and into it; what else was noticed of this gateway's callers is not in the way.
    await page.goto(`${scene.gateway.apiUrl}/findings?detector=bulk-change`);
    await list.getByRole('link', { name: /resources deleted in 10 min by ci-deploy-bot/ }).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/findings\/[0-9a-f-]{36}$/);
    await page.getByRole('heading', { level: 1, name: /resources deleted/ }).waitFor();
    await page.getByRole('region', { name: 'Alerts' }).getByText('delivered').waitFor();
    await page.keyboard.press('a');
    await page.getByText('acknowledged', { exact: true }).first().waitFor();
    await page.keyboard.press('d');
    const dialog = page.getByRole('dialog', { name: 'Dismiss this finding' });
    await dialog.getByRole('button', { name: 'Dismiss', exact: true }).click();
    await dialog.getByText('A dismissal needs a reason.').waitFor();
    await dialog.getByRole('textbox').fill('Announced clean-up <script>alert(1)</script>');
    await dialog.getByRole('checkbox', { name: /Do not tell of its like/ }).check();
    await dialog.getByRole('radio', { name: '30 days' }).click();
    await axe();
    await dialog.getByRole('button', { name: 'Dismiss', exact: true }).click();
    await page.getByRole('region', { name: 'What was decided' }).getByText('Announced clean-up').waitFor();
    await page.getByRole('button', { name: 'Open again' }).waitFor();

    await page.goto(`${scene.gateway.apiUrl}/findings`);
    await page.getByRole('tab', { name: 'Suppressions' }).click();
    await page.getByRole('button', { name: 'Revoke…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('Everything is told').waitFor();
    await page.getByRole('tab', { name: 'Alerts' }).click();
    await page.getByRole('button', { name: 'Send again' }).first().waitFor();
    await page
      .getByRole('row', { name: /on-call command/ })
      .getByRole('button', { name: 'Try it' })
      .click();
    await page.getByText('The test message was delivered').waitFor();
    await shots('findings-alerts');
    assertClean();
    await close();
  });

  test('its rate is drawn and told in words; the session is quarantined from there and released', async () => {
    const scene = await consoleScene();
    await cleanUp(scene, 'claude-sre', 'runaway');
    const { page, assertClean, shots, close } = await scene.open('/findings?who=claude-sre&detector=bulk-change');
    const link = page.getByRole('link', { name: /resources deleted in 10 min by claude-sre/ });
    await link.waitFor();
    // A rate takes the detector hours of watching to expect anything of; how it is drawn is what counts here.
    await page.route(/\/api\/v1\/findings\/[0-9a-f-]{36}$/, async (route) => {
      const response = await route.fetch();
      const view = await response.json();
      const { started } = view.finding;
      const points = Array.from({ length: 90 }, (_, at) => {
        const observed = at < 50 ? 4 + ((at * 7) % 5) : at < 72 ? 40 + ((at * 13) % 60) : 3;
        return { time: started - 500_000 + at * 10_000, observed, low: 2, high: 11 + (at % 10) / 4 };
      });
      await route.fulfill({
        response,
        json: { ...view, finding: { ...view.finding, rate: { width: 10_000, points } } },
      });
    });
    await link.click();
    await page.getByText(/22 steps of 90 outside of what was expected/).waitFor();
    await page.locator('.uplot canvas').waitFor();
    await page.getByText('The same as a table').click();
    await page.getByRole('cell', { name: 'outside' }).first().waitFor();
    await page.getByText('The same as a table').click();
    await shots('finding');
    await page.getByRole('button', { name: 'Contain…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Contain' });
    await dialog.getByRole('radio', { name: 'This session alone' }).click();
    await dialog.getByRole('button', { name: 'Quarantine' }).click();
    await dialog.getByText('Say why').waitFor();
    await dialog.getByRole('textbox', { name: /Reason/ }).fill('It deletes what it should not');
    await shots('finding-contain');
    await dialog.getByRole('button', { name: 'Quarantine' }).click();
    const contained = page.getByRole('region', { name: 'Containment' });
    await contained.getByText('It deletes what it should not').waitFor();
    const outcome = async (): Promise<string> => {
      const id = await scene.call('claude-sre', 'GET', `/api/v1/monitor/${scene.made.monitor}`, undefined, {
        'x-dogwatch-session': 'runaway',
      });
      return (await scene.ask<{ outcome: string }>(`/api/v1/exchanges/${id}`)).outcome;
    };
    assert.equal(await outcome(), 'refused');
    await contained.getByRole('button', { name: 'Release…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Release' }).click();
    await contained.getByText('Nothing is put upon it').waitFor();
    assert.equal(await outcome(), 'complete');
    await page.getByRole('button', { name: 'Resolve' }).click();
    await page.getByRole('button', { name: 'Open again' }).waitFor();
    await page.getByRole('link', { name: 'All in search' }).click();
    await page.waitForURL(/\/search\?q=/);
    assertClean();
    await close();

    const auditor = await scene.openAs('auditor', '/findings?tab=all&who=claude-sre&detector=bulk-change');
    await auditor.page
      .getByRole('link', { name: /resources deleted/ })
      .first()
      .click();
    await auditor.page.getByText('Containing needs the role operator.').waitFor();
    assert.equal(
      await auditor.page.getByRole('button', { name: /Acknowledge|Dismiss|Contain…|Open again/ }).count(),
      0,
    );
    auditor.assertClean();
    await auditor.close();
    const nobody = await scene.openAs('nobody', '/findings');
    await nobody.page.getByText('Not for your role').first().waitFor();
    nobody.assertClean();
    await nobody.close();
  });
});
