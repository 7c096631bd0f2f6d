// What the console's bench measures in Chromium: weight and time of the first load, how long an exchange with a body of 5 MB takes to open, and
// frames while a table of all rows is scrolled. Each against its budget.
import { loadavg } from 'node:os';
import type { BrowserContext, Page } from 'playwright-core';

const BUDGET = { script: 250_000, interactive: 1500, frame: 50, body: 1000 };
const TIMES = 5;

const say = (what: string, value: string): void => console.log(`${what.padEnd(64)} ${value}`);
/** @returns whether it holds */
function hold(what: string, value: number, most: number, unit: string): boolean {
  const good = value <= most;
  say(
    what,
    `${Math.round(value).toLocaleString('en')} ${unit}  (budget ${most.toLocaleString('en')} ${unit}${good ? '' : ', MISSED'})`,
  );
  return good;
}
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** Milliseconds since the epoch, with fractions: the browser's clock is the same. */
const now = (): number => performance.timeOrigin + performance.now();

/**
 * Opens a page that tells, by itself, when something is first painted in it: a question asked from here would cost the browser as much as a page does.
 * @param there JavaScript that is true once it is in the document
 * @param typed the same, of what was typed into it
 */
async function opened(
  context: BrowserContext,
  { there, typed = 'false' }: { readonly there: string; readonly typed?: string },
): Promise<{ page: Page; there: Promise<number>; typed: Promise<number> }> {
  const page = await context.newPage();
  const [first, second] = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
  await page.exposeBinding('benchPainted', (_source, what: string, time: number) =>
    (what === 'there' ? first : second).resolve(time),
  );
  await page.addInitScript(`{
    const wanted = { there: () => ${there}, typed: () => ${typed} };
    const observer = new MutationObserver(look);
    const painted = (what) => requestAnimationFrame(() =>
      setTimeout(() => benchPainted(what, performance.timeOrigin + performance.now())));
    function look() {
      for (const [what, holds] of Object.entries(wanted)) if (holds()) { delete wanted[what]; painted(what); }
    }
    observer.observe(document, { childList: true, subtree: true, characterData: true });
    document.addEventListener('input', look);
  }`);
  return { page, there: first.promise, typed: second.promise };
}

/** Bytes of JavaScript that came over the wire for the page, and the time until a row is painted and a character that was typed is, too. */
async function load(context: BrowserContext, url: string): Promise<{ script: number; interactive: number }> {
  const { page, there, typed } = await opened(context, {
    there: `document.querySelector('[role=gridcell]') !== null`,
    typed: `(document.querySelector('input[data-query-editor]')?.value ?? document.querySelector('.cm-content')?.textContent ?? '').includes('x')`,
  });
  const network = await context.newCDPSession(page);
  await network.send('Network.enable');
  await network.send('Network.setCacheDisabled', { cacheDisabled: true });
  const scripts = new Set<string>();
  let script = 0;
  network.on('Network.responseReceived', ({ requestId, type }) => type === 'Script' && scripts.add(requestId));
  network.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) script += encodedDataLength;
  });
  const begin = now();
  await page.goto(url, { waitUntil: 'commit' });
  await there;
  await page.keyboard.press('/');
  await page.keyboard.type('x');
  const interactive = (await typed) - begin;
  // The next one finds the gateway at rest: what a page asks last are counts over everything.
  await page.locator('.cm-content').waitFor();
  await page.locator('canvas').waitFor();
  await page.getByRole('region', { name: 'Filters' }).getByRole('heading', { name: 'Metric' }).waitFor();
  await page.close();
  return { script, interactive };
}

/** Milliseconds until the first lines of a long body are painted, and until all of it is laid out. */
async function open(context: BrowserContext, url: string): Promise<{ begun: number; whole: number }> {
  const { page, there, typed } = await opened(context, {
    there: `document.querySelector('[aria-label="Response body"]')?.textContent.includes('series') === true`,
    typed: `/\\d{3},\\d{3} lines/.test(document.querySelector('[role=tabpanel]')?.textContent ?? '')`,
  });
  const begin = now();
  await page.goto(url, { waitUntil: 'commit' });
  const [begun, whole] = [(await there) - begin, (await typed) - begin];
  await page.close();
  return { begun, whole };
}

interface Scrolled {
  /** Rows of the table: the index of the last one. */
  readonly rows: number;
  /** Milliseconds from a jump to a place until every row in view stands there. */
  readonly jumps: number[];
  /** Milliseconds from each frame to the next: what the page takes for it, and what the browser and the machine keep it waiting. */
  readonly frames: number[];
  /**
   * Milliseconds of the page's own work, script, style, layout and paint, in those frames that took more than 50 in all (W3C Long Animation
   * Frames): what a frame waited for its turn, on a machine that runs browser and gateway at once, is no work.
   */
  readonly long: number[];
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
    const long = [];
    const work = ({ startTime, duration, renderStart, scripts }) =>
      (renderStart === 0 ? 0 : startTime + duration - renderStart) +
      scripts.reduce((sum, script) => sum + (renderStart === 0 || script.startTime < renderStart ? script.duration : 0), 0);
    const observer = new PerformanceObserver((list) => long.push(...list.getEntries().map(work)));
    const jumps = [await jump(1)];
    observer.observe({ type: 'long-animation-frame' });
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
    await rest(200);
    return { frames, long, rows, jumps };
  })()`);

/** What the browser itself makes of as many frames on this machine: a box as tall as the table is scrolled, and nothing is in it. */
async function nothing(context: BrowserContext): Promise<number[]> {
  const page = await context.newPage();
  await page.setContent(
    '<div id="box" style="position: fixed; inset: 0; overflow: auto"><div style="height: 16000000px"></div></div>',
  );
  const frames = await page.evaluate(`(async () => {
    const frames = [];
    let before;
    for (let n = 0; n < 900; n++) {
      box.scrollTop = n * 16000;
      await new Promise((done) => requestAnimationFrame((now) => {
        if (before !== undefined) frames.push(now - before);
        before = now;
        done();
      }));
    }
    return frames;
  })()`);
  await page.close();
  return frames as number[];
}

/**
 * @param context signed in
 * @param url the API's
 * @param large the exchange whose answer has 5 MB
 * @returns whether every budget holds
 */
export async function measure(context: BrowserContext, url: string, large: string): Promise<boolean> {
  const held: boolean[] = [];
  say('machine', `load ${loadavg()[0]?.toFixed(1)}`);
  const loads: { script: number; interactive: number }[] = [];
  for (let n = 0; n < TIMES; n++) loads.push(await load(context, `${url}/search?q=since:30d`));
  held.push(
    hold(
      'first load of the search page, JavaScript on the wire',
      Math.max(...loads.map(({ script }) => script)),
      BUDGET.script,
      'B',
    ),
  );
  held.push(
    hold(
      `a row stands there and the query line takes a character, median of ${TIMES}`,
      median(loads.map(({ interactive }) => interactive)),
      BUDGET.interactive,
      'ms',
    ),
  );

  const bodies: { begun: number; whole: number }[] = [];
  for (let n = 0; n < TIMES; n++) bodies.push(await open(context, `${url}/exchange/${large}?tab=response`));
  held.push(
    hold(
      `an exchange with a body of 5 MB is open, its first lines painted, median of ${TIMES}`,
      median(bodies.map(({ begun }) => begun)),
      BUDGET.body,
      'ms',
    ),
  );
  say('all of it is there, laid out in lines', `${median(bodies.map(({ whole }) => whole)).toFixed(0)} ms`);

  const idle = await nothing(context);
  const table = await context.newPage();
  await table.goto(`${url}/search`);
  await table.getByRole('gridcell').first().waitFor();
  const { frames, long, rows, jumps } = await scroll(table);
  say('rows in the table', rows.toLocaleString('en'));
  held.push(
    hold(
      `longest of ${frames.length} frames while all of it is scrolled, by the page's own work`,
      Math.max(0, ...long),
      BUDGET.frame,
      'ms',
    ),
  );
  say('longest time from one frame to the next', `${Math.max(...frames).toFixed(0)} ms`);
  say('the same while a box with nothing in it is scrolled', `${Math.max(...idle).toFixed(0)} ms`);
  say(
    `rows stand there after a jump: median, longest of ${jumps.length}`,
    `${median(jumps).toFixed(0)} ms, ${Math.max(...jumps).toFixed(0)} ms`,
  );
  say(
    'from one frame to the next: median, 99 %',
    `${median(frames).toFixed(1)} ms, ${(frames.toSorted((a, b) => a - b)[Math.floor(frames.length * 0.99)] ?? 0).toFixed(1)} ms`,
  );
  return held.every(Boolean);
}
