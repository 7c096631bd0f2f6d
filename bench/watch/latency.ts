// How soon a finding is seen: from the first call that is too much to the event of the API's feed and to the API's list, through a real gateway.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Finding } from '../../src/exchange/finding.ts';
import { type Scene, startScene } from '../../test/harness/scene.ts';

const BUDGET = 2000;
const ROUNDS = 5;
/** Milliseconds after which nothing more is expected. */
const PATIENCE = 20_000;

export interface Latency {
  readonly what: string;
  /** Milliseconds, sorted. */
  readonly feed: readonly number[];
  readonly list: readonly number[];
  /** Of the calls, how many were made until the finding was in the feed. */
  readonly calls: number;
}

/** Measures and prints. @returns whether the budget is met */
export async function benchLatency(print: (line: string) => void = console.log): Promise<boolean> {
  const scene = await startScene();
  try {
    const auditor = await scene.issuer.mint({ subject: 'alice', groups: ['auditors'] });
    const deletion = await measure(scene, auditor, 'one grave call (a monitor deleted)', async (headers, n) => {
      if (n === 0) await scene.call('DELETE', '/api/v1/monitor/1', undefined, headers);
      else await sleep(20);
    });
    const surge = await measure(scene, auditor, 'a surge of metric queries', async (headers, n) => {
      await scene.call('GET', `/api/v1/query?query=avg:cpu{*}&from=0&to=${n}`, undefined, headers);
    });
    let met = true;
    for (const { what, feed, list, calls } of [deletion, surge]) {
      const worst = Math.max(...feed, ...list, 0);
      const ok = feed.length === ROUNDS && list.length === ROUNDS && worst <= BUDGET;
      met &&= ok;
      print(`latency, ${what}: ${feed.length} of ${ROUNDS} noticed, after ${calls} calls at most`);
      print(`  in the feed  ${summary(feed)}`);
      print(`  in the list  ${summary(list)}   (budget ${BUDGET} ms: ${ok ? 'met' : 'MISSED'})`);
    }
    return met;
  } finally {
    await scene.close();
  }
}

async function measure(
  scene: Scene,
  auditor: string,
  what: string,
  call: (headers: Record<string, string>, n: number) => Promise<void>,
): Promise<Latency> {
  const feed: number[] = [];
  const list: number[] = [];
  let calls = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const subject = `runaway-${what.length}-${round}`;
    const headers = { 'dd-api-key': await scene.issuer.mint({ subject }) };
    const found = new AbortController();
    const opened = followed(scene, auditor, subject, found.signal);
    const listed = polled(scene, auditor, subject, found.signal);
    await sleep(200);
    let made = 0;
    const both = Promise.all([opened, listed]);
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
    const [inFeed, inList] = await Promise.allSettled([opened, listed]);
    if (inFeed.status === 'fulfilled') feed.push(inFeed.value);
    if (inList.status === 'fulfilled') list.push(inList.value);
    calls = Math.max(calls, made);
  }
  const ascending = (one: number, other: number): number => one - other;
  return { what, feed: feed.sort(ascending), list: list.sort(ascending), calls };
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

const summary = (times: readonly number[]): string =>
  times.length === 0
    ? 'never'
    : `${times[Math.floor(times.length / 2)]} ms (median), ${times.at(-1)} ms (longest of ${times.length})`;

if (import.meta.main) process.exitCode = (await benchLatency()) ? 0 : 1;
