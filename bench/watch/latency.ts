// How soon a finding is seen: from the first call that is too much to the API's feed and list, and to the webhook's receiver, through a real gateway.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Finding } from '../../src/exchange/finding.ts';
import { type HttpReceiver, startHttpReceiver } from '../../test/harness/receivers.ts';
import { type Scene, startScene } from '../../test/harness/scene.ts';

/** Milliseconds. */
const BUDGET = { api: 2000, webhook: 3000 } as const;
const ROUNDS = 5;
/** Milliseconds after which nothing more is expected. */
const PATIENCE = 20_000;

export interface Latency {
  readonly what: string;
  /** Milliseconds, sorted. */
  readonly feed: readonly number[];
  readonly list: readonly number[];
  readonly webhook: readonly number[];
  /** Of the calls, how many were made until the finding was in the feed. */
  readonly calls: number;
}

/** Measures and prints. @returns whether the budget is met */
export async function benchLatency(print: (line: string) => void = console.log): Promise<boolean> {
  const hook = await startHttpReceiver();
  const scene = await startScene({
    env: { HOOK_SECRET: `whsec_${randomBytes(24).toString('base64')}` },
    configure: (config) => ({
      ...config,
      alerts: { routes: [{ name: 'hook', to: { webhook: { url: hook.url, secret: { env: 'HOOK_SECRET' } } } }] },
    }),
  });
  try {
    const auditor = await scene.issuer.mint({ subject: 'alice', groups: ['auditors'] });
    const deletion = await measure(scene, hook, auditor, 'one grave call (a monitor deleted)', async (headers, n) => {
      if (n === 0) await scene.call('DELETE', '/api/v1/monitor/1', undefined, headers);
      else await sleep(20);
    });
    const surge = await measure(scene, hook, auditor, 'a surge of metric queries', async (headers, n) => {
      await scene.call('GET', `/api/v1/query?query=avg:cpu{*}&from=0&to=${n}`, undefined, headers);
    });
    let met = true;
    for (const { what, feed, list, webhook, calls } of [deletion, surge]) {
      const isSoon = (times: readonly number[], budget: number): boolean =>
        times.length === ROUNDS && times.every((time) => time <= budget);
      const seen = isSoon(feed, BUDGET.api) && isSoon(list, BUDGET.api);
      const told = isSoon(webhook, BUDGET.webhook);
      met &&= seen && told;
      print(`latency, ${what}: ${feed.length} of ${ROUNDS} noticed, after ${calls} calls at most`);
      print(`  in the feed  ${summary(feed)}`);
      print(`  in the list  ${summary(list)}   (budget ${BUDGET.api} ms: ${seen ? 'met' : 'MISSED'})`);
      print(`  webhook      ${summary(webhook)}   (budget ${BUDGET.webhook} ms: ${told ? 'met' : 'MISSED'})`);
    }
    return met;
  } finally {
    await scene.close();
    await hook.close();
  }
}

async function measure(
  scene: Scene,
  hook: HttpReceiver,
  auditor: string,
  what: string,
  call: (headers: Record<string, string>, n: number) => Promise<void>,
): Promise<Latency> {
  const feed: number[] = [];
  const list: number[] = [];
  const webhook: number[] = [];
  let calls = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const subject = `runaway-${what.length}-${round}`;
    const headers = { 'dd-api-key': await scene.issuer.mint({ subject }) };
    const found = new AbortController();
    const opened = followed(scene, auditor, subject, found.signal);
    const listed = polled(scene, auditor, subject, found.signal);
    const told = posted(hook, subject, found.signal);
    await sleep(200);
    let made = 0;
    const both = Promise.all([opened, listed, told]);
    const over = both.then(
      () => true,
      () => true,
    );
    const until = performance.now() + PATIENCE;
    while (performance.now() < until) {
      await call(headers, made++);
      if (await Promise.race([over, Promise.resolve(false)])) break;
    }
    found.abort();
    const [inFeed, inList, sent] = await Promise.allSettled([opened, listed, told]);
    if (inFeed.status === 'fulfilled') feed.push(inFeed.value);
    if (inList.status === 'fulfilled') list.push(inList.value);
    if (sent.status === 'fulfilled') webhook.push(sent.value);
    calls = Math.max(calls, made);
  }
  const ascending = (one: number, other: number): number => one - other;
  return { what, feed: feed.sort(ascending), list: list.sort(ascending), webhook: webhook.sort(ascending), calls };
}

/** Milliseconds from the finding's first exchange to its event. */
async function followed({ gateway }: Scene, auditor: string, subject: string, signal: AbortSignal): Promise<number> {
  const response = await fetch(`${gateway.apiUrl}/api/v1/findings/tail`, {
    headers: { authorization: `Bearer ${auditor}` },
    signal,
  });
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
      text = text.slice(end + 2);
      const finding = data === undefined ? undefined : (JSON.parse(data) as { finding?: Finding }).finding;
      if (finding?.subject?.identity?.subject === subject) return Date.now() - finding.started;
    }
  }
  throw new Error('the feed ended');
}

/** The same to its place in the list, as it is asked for ten times a second. */
async function polled({ gateway }: Scene, auditor: string, subject: string, signal: AbortSignal): Promise<number> {
  for (;;) {
    const response = await fetch(`${gateway.apiUrl}/api/v1/findings?limit=20`, {
      headers: { authorization: `Bearer ${auditor}` },
      signal,
    });
    const { items } = (await response.json()) as { items: Finding[] };
    const mine = items.find((finding) => finding.subject.identity?.subject === subject);
    if (mine) return Date.now() - mine.started;
    await sleep(100, undefined, { signal });
  }
}

/** The same to its arrival at the receiver of the webhook, which is looked at a hundred times a second. */
async function posted(hook: HttpReceiver, subject: string, signal: AbortSignal): Promise<number> {
  for (;;) {
    for (const { body } of hook.received) {
      const { finding } = (JSON.parse(body) as { data: { finding?: Finding } }).data;
      if (finding?.subject.identity?.subject === subject) return Date.now() - finding.started;
    }
    await sleep(10, undefined, { signal });
  }
}

const summary = (times: readonly number[]): string =>
  times.length === 0
    ? 'never'
    : `${times[Math.floor(times.length / 2)]} ms (median), ${times.at(-1)} ms (longest of ${times.length})`;

if (import.meta.main) process.exitCode = (await benchLatency()) ? 0 : 1;
