// The console in a real browser: a gateway with the demo's agents and the sandbox behind it, shared by all tests of a file, and pages that fail a test
// on any error, breach of the content security policy or request to elsewhere.
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { stringify } from 'yaml';
import { consoleLink } from '../../src/cli/console-link.ts';
import { startAgents } from '../../src/cli/demo/agents-process.ts';
import { type DemoDatadog, startDatadog } from '../../src/cli/demo/datadog.ts';
import { type DemoIssuer, startIssuer } from '../../src/cli/demo/issuer.ts';
import type { ConfigInput } from '../../src/config/config.ts';
import { buildConsole } from './build-console.ts';
import { type GatewayProcess, makeSite, ROOT, type Site, startGateway } from './gateway.ts';
import { CLIENT_SECRET, startOidcIdp } from './oidc-idp.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) => existsSync(file));
/** Why these tests cannot run here; false when they can. */
export const skipConsole: string | false = CHROMIUM === undefined ? 'Chromium is not installed' : false;

export type Theme = 'light' | 'dark';

export interface ConsoleScene {
  readonly gateway: GatewayProcess;
  readonly site: Site;
  readonly browser: Browser;
  /** What the demo's agents made. */
  readonly made: { readonly dashboard: string; readonly monitor: number };
  /** Calls the gateway as an agent: `claude-sre` or `ci-deploy-bot`. @returns the exchange's id */
  call(agent: string, method: string, target: string, body?: object, headers?: Record<string, string>): Promise<string>;
  /** Asks the API as the local operator's browser would. */
  ask<T>(path: string): Promise<T>;
  /** A page that is signed in as the local operator, who may do everything. */
  open(path: string, options?: OpenOptions): Promise<ConsolePage>;
  /** A page that is signed in by OIDC: `auditor` may read the record alone, `nobody` has no role. */
  openAs(who: 'auditor' | 'nobody', path: string, options?: OpenOptions): Promise<ConsolePage>;
}

export interface OpenOptions {
  readonly theme?: Theme;
  readonly width?: number;
  readonly height?: number;
  readonly reducedMotion?: boolean;
}

/** A page, and what must hold for it. */
export interface ConsolePage {
  readonly page: Page;
  /** Fails on whatever the browser complained about, and on requests to elsewhere. */
  assertClean(): void;
  /** Runs axe over what is shown. @param disabled rules that do not apply, said why by the caller */
  axe(disabled?: readonly string[]): Promise<void>;
  /**
   * Holds the page against 1440 and 390 px in both themes, and runs axe in light at the one and in dark at the other; with
   * DOGWATCH_SCREENSHOTS=1 in all four, and writes console/screenshots/<name>-<width>-<theme>.png.
   */
  shots(name: string): Promise<void>;
  close(): Promise<void>;
}

let scene: Promise<ConsoleScene> | undefined;
const closers: (() => unknown)[] = [];
after(async () => {
  await scene?.catch(() => undefined);
  for (const close of closers.toReversed()) await close();
});

/** The one scene of this process, started when it is first wanted. */
export function consoleScene(): Promise<ConsoleScene> {
  scene ??= start();
  return scene;
}

async function start(): Promise<ConsoleScene> {
  const built = buildConsole();
  const clients = [
    { id: 'claude-sre', name: 'claude-sre', groups: ['sre'] },
    { id: 'ci-deploy-bot', name: 'ci-deploy-bot', groups: ['ci'] },
  ];
  const agents = startAgents();
  closers.push(() => agents.close());
  const issuer: DemoIssuer = await startIssuer(clients);
  closers.push(() => issuer.close());
  const datadog: DemoDatadog = await startDatadog();
  closers.push(() => datadog.close());
  const site = await makeSite({
    issuer: issuer.url,
    upstream: datadog.url,
    configure: (config) => ({
      ...config,
      // What makeSite writes into these files is replaced below by the sandbox's own keys.
      connections: config.connections?.map((connection) => ({
        ...connection,
        images: true,
      })) as ConfigInput['connections'],
      alerts: {
        routes: [
          { name: 'on-call', match: { severity: 'low' }, to: { command: { run: ['/bin/cat'] } } },
          // Nothing listens there: its messages wait for their next attempt.
          { name: 'siem', match: { severity: 'low' }, to: { syslog: { url: 'tcp://127.0.0.1:9', insecure: true } } },
        ],
      },
      policy: {
        rules: [
          {
            name: 'no-keys',
            match: { operations: ['*APIKey*', '*ApplicationKey*'] },
            decision: 'deny',
            reason: 'agents need no Datadog keys, Dogwatch holds them',
          },
        ],
      },
    }),
  });
  // The keys of this sandbox, in place of what makeSite made up; and a provider for people who are not at the gateway's machine.
  const file = (name: string, text: string): void => writeFileSync(join(site.directory, name), text, { mode: 0o600 });
  file('keys/datadog-api', datadog.apiKey);
  file('keys/datadog-app', datadog.appKey);
  file('client-secret', CLIENT_SECRET);
  const idp = await startOidcIdp(`http://127.0.0.1:${site.apiPort}/auth/callback`, { olga: ['auditors'], nemo: [] });
  closers.push(() => idp.close());
  const corp = {
    name: 'corp',
    kind: 'oidc',
    issuer: idp.url,
    clientId: 'dogwatch',
    clientSecret: { file: './client-secret' },
  };
  appendFileSync(site.configFile, stringify({ signIn: { providers: [corp] } }));
  const gateway = await startGateway(site);
  closers.push(() => gateway.end('SIGKILL'));
  const tokens = new Map<string, string>();
  for (const { id } of clients) tokens.set(id, await issuer.signIn(id));
  const work = agents.work(
    {
      sre: { url: gateway.url, token: tokens.get('claude-sre') ?? '' },
      ci: { url: `${gateway.url}/c/production`, token: tokens.get('ci-deploy-bot') ?? '' },
    },
    () => undefined,
  );
  const [browser, made] = await Promise.all([
    chromium.launch({
      executablePath: CHROMIUM ?? '',
      // Tests may run as root, in a container.
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    }),
    work,
    built,
  ]);
  closers.push(() => browser.close());

  const states = new Map<string, Awaited<ReturnType<BrowserContext['storageState']>>>();
  /** Signs in once per person, and remembers the cookies. */
  async function stateOf(who: 'operator' | 'auditor' | 'nobody') {
    const known = states.get(who);
    if (known) return known;
    const context = await browser.newContext();
    const page = await context.newPage();
    if (who === 'operator') {
      await page.goto((await consoleLink(site.configFile)).url);
    } else {
      await page.goto(`${gateway.apiUrl}/auth/login?return=/`);
      await page.fill('input[name=login]', who === 'auditor' ? 'olga' : 'nemo');
      await page.fill('input[name=password]', 'any');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: /continue/i }).click();
    }
    await page.getByRole('navigation', { name: 'Main' }).waitFor({ timeout: 20_000 });
    const state = await context.storageState();
    states.set(who, state);
    await context.close();
    return state;
  }

  const openWith = async (who: 'operator' | 'auditor' | 'nobody', path: string, options: OpenOptions = {}) => {
    const { theme = 'light', width = 1440, height = 900, reducedMotion = true } = options;
    const context = await browser.newContext({
      storageState: await stateOf(who),
      viewport: { width, height },
      colorScheme: theme,
      reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
      permissions: ['clipboard-read', 'clipboard-write'],
      timezoneId: 'Europe/Berlin',
      locale: 'en-GB',
    });
    return openPage(context, `${gateway.apiUrl}${path}`, gateway.apiUrl);
  };

  const operator = await stateOf('operator');
  const cookie = operator.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  return {
    gateway,
    site,
    browser,
    made,
    async call(agent, method, target, body, headers = {}) {
      const response = await fetch(gateway.url + target, {
        method,
        headers: {
          'dd-api-key': tokens.get(agent) ?? '',
          ...(body && { 'content-type': 'application/json' }),
          ...headers,
        },
        body: body ? JSON.stringify(body) : null,
      });
      await response.arrayBuffer();
      return response.headers.get('x-dogwatch-exchange') ?? '';
    },
    async ask(path) {
      const response = await fetch(gateway.apiUrl + path, { headers: { cookie } });
      assert.equal(response.status, 200, `${path}: ${response.status}`);
      return (await response.json()) as never;
    },
    open: (path, options) => openWith('operator', path, options),
    openAs: (who, path, options) => openWith(who, path, options),
  };
}

async function openPage(context: BrowserContext, url: string, origin: string): Promise<ConsolePage> {
  const complaints: string[] = [];
  const page = await context.newPage();
  page.on('console', (message) => {
    // The browser tells of every answer above 399; whether that was wanted is for the test to say.
    if (/^Failed to load resource/.test(message.text())) return;
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`page: ${error.stack ?? error.message}`));
  await page.route('**/*', (route) => {
    const asked = route.request().url();
    if (asked.startsWith(`${origin}/`) || asked.startsWith('data:') || asked.startsWith('blob:'))
      return route.continue();
    complaints.push(`request to elsewhere: ${asked}`);
    return route.abort();
  });
  await page.addInitScript(
    `addEventListener('securitypolicyviolation', (event) =>
      console.error('content security policy: ' + [event.violatedDirective, event.blockedURI, event.sourceFile, event.lineNumber].join(' ')))`,
  );
  await page.goto(url);
  const assertClean = (): void => assert.deepEqual(complaints, []);

  async function axe(disabled: readonly string[] = []): Promise<void> {
    // By the debugger's way, which the content security policy does not bind.
    if (!(await page.evaluate('typeof globalThis.axe === "object"'))) await page.evaluate(AXE);
    const rules = JSON.stringify(Object.fromEntries(disabled.map((rule) => [rule, { enabled: false }])));
    const found = (await page.evaluate(
      `axe.run(document, { rules: ${rules}, runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(({ violations }) =>
        violations.map(({ id, help, nodes }) => id + ': ' + help + '\\n' + nodes.slice(0, 5).map(({ html, failureSummary }) => '    ' + html.slice(0, 240) + '\\n      ' + failureSummary.replaceAll('\\n', ' ')).join('\\n')))`,
    )) as string[];
    assert.deepEqual(found, [], `axe at ${page.url()}:\n${found.join('\n')}`);
  }

  async function shots(name: string): Promise<void> {
    const directory = join(ROOT, 'console', 'screenshots');
    if (PICTURES) mkdirSync(directory, { recursive: true });
    const before = page.viewportSize() ?? { width: 1440, height: 900 };
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme });
      for (const [width, height] of [
        [1440, 900],
        [390, 844],
      ] as const) {
        await page.setViewportSize({ width, height });
        await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
        if (PICTURES) await page.screenshot({ path: join(directory, `${name}-${width}-${theme}.png`), fullPage: true });
        const wide = (await page.evaluate('document.documentElement.scrollWidth - innerWidth')) as number;
        assert.ok(wide <= 0, `${name} is ${wide} px wider than a window of ${width} px`);
        if (!PICTURES && (theme === 'light') !== (width === 1440)) continue;
        // In a window as tall as the page: what the bar at its foot covers now can be scrolled out from under it.
        const tall = (await page.evaluate('document.documentElement.scrollHeight + 64')) as number;
        await page.setViewportSize({ width, height: Math.min(8000, tall) });
        await axe();
      }
    }
    await page.setViewportSize(before);
  }
  return { page, assertClean, axe, shots, close: () => context.close() };
}

/** Pictures are for people, and take longer than all that is checked: `npm run screenshots` writes them. */
const PICTURES = process.env.DOGWATCH_SCREENSHOTS === '1';
const AXE = readFileSync(join(ROOT, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8');
