// The page of one exchange: who, what it changed, the bodies, and the proof, which the browser checks itself.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { consoleScene, skipConsole } from '../harness/console.ts';

const monitor = (name: string, critical: number) => ({
  type: 'metric alert',
  name,
  query: `avg(last_5m):avg:checkout.errors{env:prod} > ${critical}`,
  message: '<img src=x onerror=alert(1)> \u202egnp.exe \u001b[31mred',
  options: { thresholds: { critical } },
});

describe('console: an exchange', { skip: skipConsole }, () => {
  test('a change shows who made it, field by field and as a whole', async () => {
    const scene = await consoleScene();
    const target = `/api/v1/monitor/${scene.made.monitor}`;
    await scene.call('claude-sre', 'PUT', target, monitor('Checkout errors', 95));
    const id = await scene.call('claude-sre', 'PUT', target, monitor('Checkout errors', 97));
    const { page, assertClean, shots, close } = await scene.open(`/exchange/${id}`);
    await page.getByRole('heading', { level: 1, name: /update monitor/i }).waitFor();
    await page.getByRole('tab', { name: 'Change', selected: true }).waitFor();
    await page.getByText('options › thresholds › critical').waitFor();
    await page.getByRole('button', { name: 'Before and after' }).click();
    await page.getByRole('radio', { name: 'Inline' }).click();
    await page.getByText('"critical": 97').waitFor();
    await shots('exchange-change');
    await page.keyboard.press('k');
    await page.waitForURL((url) => !url.pathname.endsWith(id));
    assertClean();
    await close();
  });

  test('bodies are laid out, searched and folded, and nothing in them acts', async () => {
    const scene = await consoleScene();
    const id = await scene.call(
      'claude-sre',
      'PUT',
      `/api/v1/monitor/${scene.made.monitor}`,
      monitor('<script>alert(1)</script>', 98),
    );
    const { page, assertClean, shots, close } = await scene.open(`/exchange/${id}?tab=request`);
    const body = page.getByRole('region', { name: 'Request body' });
    await body.getByText('<script>alert(1)</script>').waitFor();
    await page.getByRole('searchbox', { name: 'Find in request body' }).fill('critical');
    await page.keyboard.press('Enter');
    await page.getByText('1 of 1').waitFor();
    await page.getByRole('button', { name: 'Fold', exact: true }).click();
    await body
      .getByText(/5 … \}/)
      .or(body.getByText(/\d … \}/))
      .first()
      .waitFor();
    await shots('exchange-request');
    assertClean();
    await close();
  });

  test('the browser verifies the proof, and notices an altered one', async () => {
    const scene = await consoleScene();
    const id = await scene.call('ci-deploy-bot', 'GET', `/api/v1/monitor/${scene.made.monitor}`);
    const { page, assertClean, shots, close } = await scene.open(`/exchange/${id}`);
    await page.getByRole('tab', { name: 'Proof' }).click();
    await page.getByRole('heading', { name: 'This exchange stands in the log as it was recorded' }).waitFor();
    await page.getByText(/lead to the root/).waitFor();
    await shots('exchange-proof');
    assertClean();
    await page.route('**/proof', async (route) => {
      const response = await route.fetch();
      const text = await response.text();
      const at = text.indexOf('"bytes":"') + 40;
      await route.fulfill({ response, body: text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1) });
    });
    await page.reload();
    await page.getByRole('heading', { name: 'The proof does not hold' }).waitFor();
    assert.match(await page.locator('main').innerText(), /is not what was recorded|malformed/);
    await close();
  });
});
