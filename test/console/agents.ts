// Agents and people: who was seen and what each usually does; a service account from its making to its end; bounds, leave and revocation.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ConsoleScene, consoleScene, skipConsole } from '../harness/console.ts';

interface Identities {
  readonly items: readonly {
    readonly identity: { readonly issuer: string; readonly subject: string; readonly name: string };
    readonly calls: number;
    readonly changes: number;
    readonly refusals: number;
    readonly sessions: number;
    readonly first: number;
    readonly last: number;
  }[];
}

/** `issuer#subject` of one of the demo's agents. */
async function keyOf(scene: ConsoleScene, name: string): Promise<string> {
  const { items } = await scene.ask<Identities>('/api/v1/identities');
  const found = items.find(({ identity }) => identity.name === name);
  assert.ok(found, `${name} is not among ${items.map(({ identity }) => identity.name).join(', ')}`);
  return `${found.identity.issuer}#${found.identity.subject}`;
}

describe('console: agents and people', { skip: skipConsole }, () => {
  test('who was seen is listed with what they did, and found by name and by key', async () => {
    const scene = await consoleScene();
    await scene.call('claude-sre', 'GET', `/api/v1/monitor/${scene.made.monitor}`);
    await scene.call('claude-sre', 'GET', '/api/v1/api_key');
    const { page, assertClean, shots, close } = await scene.open('/agents');
    const row = page.getByRole('row', { name: /claude-sre/ });
    await row.waitFor();
    // The counts are those of the record itself.
    const { items } = await scene.ask<Identities>('/api/v1/identities');
    const sre = items.find(({ identity }) => identity.name === 'claude-sre');
    const { facets } = await scene.ask<{ facets: { values: { value: string; count: number }[] }[] }>(
      `/api/v1/search/facets?field=outcome&q=${encodeURIComponent('who:claude-sre since:7d')}`,
    );
    const counted = facets[0]?.values ?? [];
    assert.equal(
      sre?.calls,
      counted.reduce((sum, { count }) => sum + count, 0),
    );
    assert.equal(sre?.refusals, counted.find(({ value }) => value === 'refused')?.count ?? 0);
    assert.ok((sre?.refusals ?? 0) > 0 && (sre?.changes ?? 0) > 0 && (sre?.sessions ?? 0) > 0);
    await shots('agents');
    await page.getByRole('tab', { name: 'Seen' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.getByText('There is no service account').waitFor();
    await page.keyboard.press('ArrowLeft');
    await row.waitFor();
    const find = page.getByRole('searchbox', { name: /Find by name/ });
    await find.fill('nobody of that name');
    await page.getByText('Nobody here fits').waitFor();
    await find.fill('claude');
    await page.getByRole('radio', { name: '24 hours' }).click();
    await page.waitForURL(/since=24h/);
    await row.getByRole('link', { name: /claude-sre/ }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: /claude-sre/ }).waitFor();
    assertClean();
    await close();
  });

  test('one identity: what it usually does, when, its sessions; each leads to its calls', async () => {
    const scene = await consoleScene();
    const key = await keyOf(scene, 'claude-sre');
    const { page, assertClean, shots, close } = await scene.open(`/agents/${encodeURIComponent(key)}`);
    await page.getByRole('heading', { name: 'Operations' }).waitFor();
    await page.getByRole('table', { name: /day of the week/ }).waitFor();
    await page.getByRole('heading', { name: 'Claims to be' }).waitFor();
    await page.getByRole('region', { name: 'Its latest sessions' }).getByRole('link').first().waitFor();
    await page.getByText('It is not bound').waitFor();
    await shots('agent');
    const operations = page.locator('section', { has: page.getByRole('heading', { name: 'Operations', exact: true }) });
    await operations.last().getByRole('link').first().focus();
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.pathname === '/search' && (url.searchParams.get('q') ?? '').includes(' op:'));
    await page.getByText('claude-sre').first().waitFor();
    assertClean();
    await close();
  });

  test('a service account is made, bounded, given leave, revoked, let in and ended', async () => {
    const scene = await consoleScene();
    const { page, assertClean, axe, shots, close } = await scene.open('/agents?tab=accounts');
    await page.getByRole('button', { name: 'Create…' }).click();
    const making = page.getByRole('dialog', { name: 'New service account' });
    await making.getByLabel('Name').fill('Not A Name');
    await page.keyboard.press('Enter');
    assert.equal(await making.getByLabel('Name').getAttribute('aria-invalid'), 'true');
    await axe();
    await making.getByLabel('Name').fill('nightly-report');
    await making.getByLabel('Groups').fill('sre');
    await making.getByRole('button', { name: 'Create' }).click();
    const once = page.getByRole('dialog', { name: 'Copy the token now' });
    let token = await once.locator('code').first().innerText();
    await once.getByRole('button', { name: 'Copy the token' }).click();
    assert.equal(await page.evaluate('navigator.clipboard.readText()'), token);
    await once.getByRole('button', { name: 'I have it' }).click();
    await once.waitFor({ state: 'detached' });
    assert.equal((await page.content()).includes(token), false, 'the token is shown once');
    const call = async (method: string, target: string, body?: object): Promise<number> => {
      const response = await fetch(scene.gateway.url + target, {
        method,
        headers: { 'dd-api-key': token, 'content-type': 'application/json', 'x-dogwatch-session': 'nightly' },
        body: body ? JSON.stringify(body) : null,
      });
      await response.arrayBuffer();
      return response.status;
    };
    const monitor = `/api/v1/monitor/${scene.made.monitor}`;
    assert.equal(await call('GET', monitor), 200);

    await page.getByRole('row', { name: /nightly-report/ }).waitFor();
    await shots('agents-accounts');
    await page.getByRole('link', { name: 'nightly-report' }).click();
    await page.getByRole('heading', { level: 1, name: /nightly-report/ }).waitFor();
    await page.getByRole('button', { name: 'Contain…' }).click();
    const containing = page.getByRole('dialog', { name: 'Contain' });
    await containing.getByRole('radio', { name: /^Approval/ }).check();
    await containing.getByRole('textbox', { name: 'Reason' }).fill('its first night');
    await containing.getByRole('button', { name: 'Approval' }).click();
    await containing.waitFor({ state: 'detached' });
    await page.getByText('its first night').waitFor();
    const change = { message: 'changed with leave' };
    assert.equal(await call('PUT', monitor, change), 403);

    await page.goto(`${scene.gateway.apiUrl}/agents`);
    await page
      .getByRole('link', { name: /waiting for approval/ })
      .first()
      .waitFor();
    await shots('agents-approvals');
    await page.getByRole('button', { name: 'Approve…' }).first().click();
    await page
      .getByRole('dialog', { name: /Let this call through/ })
      .getByRole('textbox', { name: 'Reason' })
      .fill('fine');
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.getByText('approved, not made yet').waitFor();
    assert.equal(await call('PUT', monitor, change), 200);
    assert.equal(await call('PUT', monitor, change), 403, 'leave is for once');

    await page.goto(`${scene.gateway.apiUrl}/agents/${encodeURIComponent('dogwatch:agents#nightly-report')}`);
    await page.getByRole('heading', { name: 'Tokens' }).waitFor();
    await page.locator('main').getByRole('button', { name: 'Revoke…', exact: true }).first().click();
    await page.getByRole('dialog', { name: 'Revoke this identity?' }).getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('None of its requests gets in').waitFor();
    await shots('agent-bound');
    assert.equal(await call('GET', monitor), 401, 'its tokens ended with it');

    await page.goto(`${scene.gateway.apiUrl}/agents?tab=revoked`);
    const lift = page.getByRole('row', { name: /nightly-report/ }).getByRole('button', { name: 'Lift…' });
    await lift.waitFor();
    await axe();
    await lift.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Lift the revocation' }).click();
    await page.getByText('Nothing is revoked').waitFor();

    await page.getByRole('tab', { name: 'Service accounts' }).click();
    await page.getByRole('button', { name: 'Rotate the token of nightly-report' }).click();
    await page.getByLabel(/Hours that the tokens/).fill('0');
    await page.getByRole('button', { name: 'Rotate', exact: true }).click();
    token = await once.locator('code').first().innerText();
    await page.getByRole('button', { name: 'I have it' }).click();
    assert.equal(await call('GET', monitor), 200, 'it is let in again, with another token');
    await page.getByRole('button', { name: 'Revoke the service account nightly-report' }).click();
    await page.getByRole('button', { name: 'End it' }).click();
    await page.getByText('There is no service account').waitFor();
    assertClean();
    await close();
  });

  test('an auditor is offered none of it, and the API refuses it as well', async () => {
    const scene = await consoleScene();
    const key = await keyOf(scene, 'claude-sre');
    const { page, assertClean, close } = await scene.openAs('auditor', `/agents/${encodeURIComponent(key)}`);
    await page.getByRole('heading', { name: 'Operations' }).waitFor();
    for (const name of [/Revoke/, /Contain/, /Lift/, /Release/, /Rotate/, /Approve/])
      assert.equal(await page.getByRole('button', { name }).count(), 0, String(name));
    await page.goto(`${scene.gateway.apiUrl}/agents?tab=accounts`);
    await page.getByRole('heading', { name: 'Service accounts' }).waitFor();
    await page.locator('main [aria-busy=true]').first().waitFor({ state: 'detached' });
    assert.equal(await page.getByRole('button', { name: 'Create…' }).count(), 0);
    const refused = await page.evaluate(`(async () => {
      const { csrf } = await (await fetch('/auth/session')).json();
      const post = async (path, body) => (await fetch(path, {
        method: 'POST', headers: { 'content-type': 'application/json', 'x-dogwatch-csrf': csrf }, body: JSON.stringify(body),
      })).status;
      return [
        await post('/api/v1/revocations', { by: 'issuer', issuer: 'https://x.example' }),
        await post('/api/v1/agents', { name: 'mine' }),
        await post('/api/v1/containments', { level: 'quarantine', session: 's', reason: 'r' }),
      ];
    })()`);
    assert.deepEqual(refused, [403, 403, 403]);
    assertClean();
    await close();
  });
});
