// `npm run bench -- console [--rows=N]`: the console in Chromium over a journal and index of a million exchanges. Nothing is generated but the calls.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { createApi } from '../../src/api/api.ts';
import { localOperatorToken } from '../../src/api/local-operator.ts';
import { RUN, startHarness } from '../../test/harness/api-parts.ts';
import { buildConsole } from '../../test/harness/build-console.ts';
import { freePort } from '../../test/harness/listening.ts';
import { measure } from './measure.ts';
import { record } from './record.ts';

const ROWS = Number(
  /^--rows=(\d+)$/.exec(process.argv.find((argument) => argument.startsWith('--rows=')) ?? '')?.[1] ?? 1_000_000,
);
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) => existsSync(file));

if (CHROMIUM === undefined) throw new Error('Chromium is not installed');
await buildConsole();
const harness = await startHarness();
const begin = performance.now();
const large = await record(harness, ROWS);
const took = ((performance.now() - begin) / 1000).toFixed(0);
console.log(`${ROWS.toLocaleString('en')} exchanges recorded and indexed in ${took} s`);
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
  if (!(await measure(context, api.url, large))) process.exitCode = 1;
} finally {
  await browser.close();
  await api.close();
  await harness.close();
}
