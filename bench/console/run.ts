// `npm run bench -- console [--rows=N]`: the console in Chromium over a journal and index of a million exchanges: weight and time of the first load,
// frames while a table of all of them is scrolled, and how long an exchange with a body of 5 MB takes to open. Nothing is generated but the calls.
import { existsSync } from 'node:fs';
import { loadavg } from 'node:os';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { createApi } from '../../src/api/api.ts';
import { localOperatorToken } from '../../src/api/local-operator.ts';
import { newId } from '../../src/exchange/canonical.ts';
import { type ApiHarness, intentOf, outcomeOf, RUN, startHarness } from '../../test/harness/api-parts.ts';
import { buildConsole } from '../../test/harness/build-console.ts';
import { freePort } from '../../test/harness/listening.ts';

const BUDGET = { script: 250_000, interactive: 1500, frame: 50, body: 1000 };
const ROWS = Number(
  /^--rows=(\d+)$/.exec(process.argv.find((argument) => argument.startsWith('--rows=')) ?? '')?.[1] ?? 1_000_000,
);
const TIMES = 5;
const AT_ONCE = 512;
const CHUNK = 256 << 10;
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) => existsSync(file));

const say = (what: string, value: string): void => console.log(`${what.padEnd(64)} ${value}`);
let missed = 0;
function hold(what: string, value: number, most: number, unit: string): void {
  const good = value <= most;
  if (!good) missed += 1;
  say(
    what,
    `${Math.round(value).toLocaleString('en')} ${unit}  (budget ${most.toLocaleString('en')} ${unit}${good ? '' : ', MISSED'})`,
  );
}
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** Records the calls of some agents, spread over thirty days. @returns an exchange whose answer has 5 MB */
async function record({ journal, index }: ApiHarness): Promise<string> {
  const actions = ['read', 'read', 'read', 'read', 'update', 'create'] as const;
  const large = newId();
  const end = Date.now();
  let next = 0;
  const write = async (): Promise<void> => {
    for (let n = next++; n < ROWS; n = next++) {
      const id = n === ROWS - 1 ? large : newId();
      const time = end - (ROWS - n) * (2_592_000_000 / ROWS);
      const action = actions[n % actions.length] ?? 'read';
      const intent = intentOf(id, {
        receivedAt: time,
        session: `nightly-${n % 4000}~1`,
        identity: {
          issuer: 'https://idp',
          subject: `agent-${n % 40}`,
          kind: 'agent',
          name: `claude-${n % 40}`,
          groups: ['sre'],
          onBehalfOf: [],
          claims: {},
        },
        classification: {
          operation: action === 'read' ? `v1.Read${n % 60}` : `v1.Change${n % 30}`,
          action,
          risk: 'low',
          tags: [],
          resources: [{ kind: 'monitor', id: String(n % 50_000), title: `Checkout latency ${n % 50_000}` }],
          asked: action === 'read' ? { metrics: [`service.${n % 500}.latency`] } : {},
        },
      });
      const part = (summary: object): Buffer => Buffer.from(JSON.stringify(summary));
      await journal.append({ id, time, kind: 'exchange.intent', parts: { summary: part(intent) } });
      const body = id === large ? await chunked(journal, id) : { size: 2048, recorded: 0 };
      await journal.append({
        id,
        time: time + 20,
        kind: 'exchange.outcome',
        parts: {
          summary: part(
            outcomeOf(id, {
              resources: [],
              response: {
                status: n % 50 === 0 ? 404 : 200,
                headers: [['content-type', 'application/json']],
                body,
              },
            }),
          ),
        },
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, write));
  await index.reached(journal.size);
  return large;
}

/** A body of 5 MB in chunk entries, as the gateway records it. @returns its description */
async function chunked(journal: ApiHarness['journal'], exchange: string) {
  const series = Array.from({ length: 83_000 }, (_, at) => ({
    at: 1_000_000 + at,
    value: at / 8,
    tags: ['env:prod', 'service:web'],
  }));
  const bytes = Buffer.from(JSON.stringify({ series }));
  const chunks: number[] = [];
  for (let offset = 0; offset < bytes.length; offset += CHUNK) {
    const summary = { exchange, direction: 'response', n: chunks.length, offset };
    const parts = { summary: Buffer.from(JSON.stringify(summary)), response: bytes.subarray(offset, offset + CHUNK) };
    chunks.push(await journal.append({ id: newId(), time: Date.now(), kind: 'exchange.chunk', parts }));
  }
  return { size: bytes.length, recorded: bytes.length, chunks };
}

/** Bytes of JavaScript that came over the wire for the page, and the time until a row stands there and the query line takes a character. */
async function load(context: BrowserContext, url: string): Promise<{ script: number; interactive: number }> {
  const page = await context.newPage();
  const network = await context.newCDPSession(page);
  await network.send('Network.enable');
  await network.send('Network.setCacheDisabled', { cacheDisabled: true });
  const scripts = new Set<string>();
  let script = 0;
  network.on('Network.responseReceived', ({ requestId, type }) => type === 'Script' && scripts.add(requestId));
  network.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) script += encodedDataLength;
  });
  const begin = performance.now();
  await page.goto(url, { waitUntil: 'commit' });
  await page.getByRole('gridcell').first().waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('x');
  const typed = `(document.querySelector('[data-query-editor]')?.value ?? document.querySelector('.cm-content')?.textContent ?? '').includes('x')`;
  while (!(await page.evaluate(typed))) await page.waitForTimeout(2);
  const interactive = performance.now() - begin;
  await page.locator('.cm-content').waitFor();
  await page.locator('canvas').waitFor();
  await page.close();
  return { script, interactive };
}

interface Scrolled {
  /** Rows of the table: the index of the last one. */
  readonly rows: number;
  /** Milliseconds from a jump to a place until every row in view stands there. */
  readonly jumps: number[];
  /** Milliseconds of each frame. */
  readonly frames: number[];
}

/** Jumps to the end and to places on the way, then scrolls through rows at each of them and drags the bar from one end to the other. */
const scroll = (page: Page): Promise<Scrolled> =>
  page.evaluate(`(async () => {
    const grid = document.querySelector('[role=grid]');
    const rest = (ms) => new Promise((done) => setTimeout(done, ms));
    const inView = () => {
      const box = grid.getBoundingClientRect();
      const rows = [...grid.querySelector('[role=rowgroup]').children].filter((row) => {
        const { top, bottom } = row.getBoundingClientRect();
        return bottom > box.top + 30 && top < box.bottom;
      });
      return rows.length > 10 && rows.every((row) => row.getAttribute('role') === 'row');
    };
    while (!/That is all/.test(grid.lastElementChild.textContent)) await rest(5);
    const jump = async (to) => {
      const begin = performance.now();
      grid.scrollTop = (grid.scrollHeight - grid.clientHeight) * to;
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
      while (!inView()) await rest(2);
      return performance.now() - begin;
    };
    const jumps = [await jump(1)];
    const rows = Math.max(...[...grid.querySelectorAll('[role=row]')].map((row) => Number(row.getAttribute('aria-rowindex')))) - 1;
    const frames = [];
    let before;
    const frame = () => new Promise((done) => requestAnimationFrame((now) => {
      if (before !== undefined) frames.push(now - before);
      before = now;
      done();
    }));
    // As a wheel does, at some places; then as somebody does who drags the bar from one end to the other and back.
    for (const to of [0.8, 0.2, 0.6, 0.4, 0.9]) {
      jumps.push(await jump(to));
      before = undefined;
      for (let n = 0; n < 60; n++) { grid.scrollTop -= 120; await frame(); }
    }
    const end = grid.scrollHeight - grid.clientHeight;
    before = undefined;
    for (let n = 0; n <= 300; n++) { grid.scrollTop = end * (1 - n / 300); await frame(); }
    for (let n = 0; n <= 300; n++) { grid.scrollTop = end * (n / 300); await frame(); }
    return { frames, rows, jumps };
  })()`);

if (CHROMIUM === undefined) throw new Error('Chromium is not installed');
await buildConsole();
const harness = await startHarness();
const begin = performance.now();
const large = await record(harness);
say(
  `${ROWS.toLocaleString('en')} exchanges recorded and indexed`,
  `${((performance.now() - begin) / 1000).toFixed(0)} s`,
);
const port = await freePort();
const { options } = harness;
const api = await createApi({
  ...options,
  config: { ...options.config, api: { ...options.config.api, listen: { host: '127.0.0.1', port } } },
});
const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
});
try {
  const token = localOperatorToken(harness.keyring.secret('local-operator'), RUN, 'bench');
  const begun = await fetch(`${api.url}/auth/local/begin`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  const { code } = (await begun.json()) as { code: string };
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(`${api.url}/sign-in#local=${code}`);
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.close();

  say('machine', `load ${loadavg()[0]?.toFixed(1)}`);
  const loads: { script: number; interactive: number }[] = [];
  for (let n = 0; n < TIMES; n++) loads.push(await load(context, `${api.url}/search?q=since:30d`));
  hold(
    'first load of the search page, JavaScript on the wire',
    Math.max(...loads.map(({ script }) => script)),
    BUDGET.script,
    'B',
  );
  hold(
    `a row stands there and the query line takes a character, median of ${TIMES}`,
    median(loads.map(({ interactive }) => interactive)),
    BUDGET.interactive,
    'ms',
  );

  const opened: number[] = [];
  for (let n = 0; n < TIMES; n++) {
    const exchange = await context.newPage();
    const start = performance.now();
    await exchange.goto(`${api.url}/exchange/${large}?tab=response`, { waitUntil: 'commit' });
    await exchange
      .getByText(/series/)
      .first()
      .waitFor();
    opened.push(performance.now() - start);
    await exchange.close();
  }
  hold(`an exchange with a body of 5 MB is open, median of ${TIMES}`, median(opened), BUDGET.body, 'ms');

  const table = await context.newPage();
  await table.goto(`${api.url}/search`);
  await table.getByRole('gridcell').first().waitFor();
  const { frames, rows, jumps } = await scroll(table);
  say('rows in the table', rows.toLocaleString('en'));
  hold(`longest of ${frames.length} frames while all of it is scrolled`, Math.max(...frames), BUDGET.frame, 'ms');
  say(
    `rows stand there after a jump: median, longest of ${jumps.length}`,
    `${median(jumps).toFixed(0)} ms, ${Math.max(...jumps).toFixed(0)} ms`,
  );
  say(
    'frames: median, 99 %',
    `${median(frames).toFixed(1)} ms, ${(frames.toSorted((a, b) => a - b)[Math.floor(frames.length * 0.99)] ?? 0).toFixed(1)} ms`,
  );
} finally {
  await browser.close();
  await api.close();
  await harness.close();
}
if (missed > 0) process.exitCode = 1;
