// Hostile content, wherever an agent can put it: it is shown as what it is, nothing of it runs, and the page keeps its shape.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { consoleScene, skipConsole } from '../harness/console.ts';

/** Each would leave a mark in the page if it ran. */
const MARKUP =
  '<script>globalThis.owned = 1</script><img src=x onerror="globalThis.owned = 2"><svg/onload=globalThis.owned=3><iframe srcdoc="<script>top.owned=4</script>"></iframe><style>body{display:none}</style><base href=//elsewhere.example>';
const DIRECTION = '\u202etxt.exe\u202c \u2066isolated\u2069 zero\u200bwidth';
const TERMINAL = '\u001b[2J\u001b[31mred\u0007 \u001b]8;;https://elsewhere.example\u0007link\u001b]8;;\u0007';
const CONTROLS = 'nul\u0000 bs\u0008 del\u007f c1\u0085';
const LONG = 'W'.repeat(3000);
const NAME = `${MARKUP} ${DIRECTION} ${TERMINAL} ${CONTROLS}`;
/** Template and prototype tricks, and names that objects have of themselves. */
const ODD = {
  ['__proto__']: 'x',
  constructor: '{{constructor.constructor("globalThis.owned=5")()}}',
  'javascript:owned=6': `$${'{owned=7}'}`,
};

/** Nothing ran, nothing was made of markup, and neither page nor window is wider than it should be. */
async function assertUnharmed(page: Page, where: string): Promise<void> {
  const found = (await page.evaluate(`({
    owned: globalThis.owned ?? null,
    made: document.querySelectorAll('iframe, base, img[src=x], main script, main style, [onerror], [onload]').length,
    hidden: getComputedStyle(document.body).display === 'none',
    wide: document.documentElement.scrollWidth - innerWidth,
    raw: /[\\u0000-\\u0008\\u001b\\u007f-\\u009f\\u202a-\\u202e\\u2066-\\u2069\\u200b]/.test(document.body.innerText) ,
    title: /[\\u0000-\\u001f\\u202a-\\u202e\\u2066-\\u2069]/.test(document.title),
  })`)) as Record<string, unknown>;
  assert.deepEqual(
    found,
    { owned: null, made: 0, hidden: false, wide: found.wide, raw: false, title: false },
    `${where}: ${JSON.stringify(found)}`,
  );
  assert.ok((found.wide as number) <= 0, `${where} is ${found.wide} px too wide`);
}

describe('console: hostile content', { skip: skipConsole }, () => {
  test('in names, ids, sessions and claims: on search, session, resource, agent and exchange, wide and narrow', async () => {
    const scene = await consoleScene();
    const target = `/api/v1/monitor/${scene.made.monitor}`;
    const headers = {
      'x-dogwatch-session': 'hostile',
      'x-dogwatch-agent': '<img src=x onerror=globalThis.owned=8>',
      'user-agent': `<svg/onload=globalThis.owned=9> $${'{7*7}'} {{7*7}}`,
    };
    const named = await scene.call(
      'claude-sre',
      'POST',
      '/api/v1/monitor',
      {
        name: NAME,
        type: 'query alert',
        query: 'avg(last_5m):avg:a{*} > 1',
        message: NAME,
        tags: [NAME, LONG],
        ...ODD,
      },
      headers,
    );
    const long = await scene.call('claude-sre', 'PUT', target, { name: LONG, message: LONG }, headers);
    // A resource that is named by the caller alone, with markup in its path.
    await scene.call(
      'claude-sre',
      'GET',
      `/api/v1/dashboard/${encodeURIComponent('<img src=x onerror=globalThis.owned=10>\u202e"\'')}`,
      undefined,
      headers,
    );
    const {
      items: [row],
    } = await scene.ask<{ items: { session: string; resources: { kind: string; id: string }[] }[] }>(
      `/api/v1/search?q=${encodeURIComponent(`id:${named}`)}`,
    );
    const { session = '', resources = [] } = row ?? {};
    const { items } = await scene.ask<{ items: { identity: { issuer: string; subject: string; name: string } }[] }>(
      '/api/v1/identities',
    );
    const sre = items.find(({ identity }) => identity.name === 'claude-sre')?.identity;
    const monitor = resources.find(({ kind }) => kind === 'monitor');
    assert.ok(monitor, 'the one that was made');
    const session64 = encodeURIComponent(session);
    const pages: readonly (readonly [string, RegExp])[] = [
      [`/search?q=${encodeURIComponent('since:1h client:*img*')}`, /CreateMonitor|create monitor/i],
      [`/session/${session64}`, /Session of/],
      [`/resource/${monitor.kind}/${encodeURIComponent(monitor.id)}`, /onerror/],
      [`/resource/monitor/${scene.made.monitor}`, /WWWW/],
      [`/resource/dashboard/${encodeURIComponent('<img src=x onerror=globalThis.owned=10>\u202e')}`, /./],
      [`/agents/${encodeURIComponent(`${sre?.issuer}#${sre?.subject}`)}`, /Claims to be/],
      [`/exchange/${named}`, /onerror/],
      [`/exchange/${long}`, /WWWW/],
    ];
    const { page, assertClean, close } = await scene.open('/');
    for (const [path, shown] of pages) {
      await page.goto(scene.gateway.apiUrl + path);
      await page.locator('main').getByText(shown).first().waitFor({ state: 'attached' });
      await page.locator('main [aria-busy=true]').first().waitFor({ state: 'detached' });
      for (const width of [390, 1440]) {
        await page.setViewportSize({ width, height: 900 });
        await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
        await assertUnharmed(page, `${path} at ${width}`);
      }
    }
    assertClean();
    await close();
  });

  test('in bodies: markup, 5 MB of JSON, one very long line, deep nesting, and what is no JSON at all', async () => {
    const scene = await consoleScene();
    const made = (body: object): Promise<string> => scene.call('claude-sre', 'POST', '/api/v1/monitor', body);
    const rows = Array.from({ length: 24_000 }, (_, n) => ({ n, text: `${MARKUP} ${n} ${'x'.repeat(10)}` }));
    const large = await made({ name: NAME, type: 'query alert', query: 'avg(last_5m):avg:a{*} > 1', rows });
    let deep: object = { end: NAME };
    for (let n = 0; n < 900; n++) deep = { d: deep };
    const nested = await made({ name: 'deep', deep });
    const line = await made({ name: 'long', message: 'long '.repeat(200_000) });
    const { page, assertClean, close } = await scene.open('/');
    for (const [id, find] of [
      [large, /rows/],
      [nested, /"?deep"?/],
      [line, /long long/],
    ] as const) {
      await page.goto(`${scene.gateway.apiUrl}/exchange/${id}?tab=request`);
      const body = page.getByRole('region', { name: 'Request body' });
      await body.getByText(find).first().waitFor();
      await assertUnharmed(page, `the body of ${id}`);
      // However long the body, the page holds few boxes of it.
      const boxes = (await page.evaluate('document.querySelectorAll("main *").length')) as number;
      assert.ok(boxes < 6000, `${boxes} elements`);
    }
    const size = await scene.ask<{ request: { body: { size: number } } }>(`/api/v1/exchanges/${large}`);
    assert.ok(size.request.body.size > 5_000_000, `${size.request.body.size} bytes`);
    assertClean();
    await close();
  });
});
