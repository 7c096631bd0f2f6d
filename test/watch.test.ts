// The watch, end to end: what agents do becomes findings, one for each episode, through kills of the gateway.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { openData } from '../src/cli/open-data.ts';
import { loadConfig } from '../src/config/config.ts';
import type { Finding } from '../src/exchange/finding.ts';
import { parseQuery } from '../src/index/query.ts';
import { eventually, type HttpReceiver, startHttpReceiver } from './harness/receivers.ts';
import { remembered } from './harness/remembered.ts';
import { assertRefused, type Scene, startScene } from './harness/scene.ts';

let scene: Scene;
let auditor: string;
let pager: HttpReceiver;
const env = { HOOK_SECRET: `whsec_${randomBytes(24).toString('base64')}` };

before(async () => {
  pager = await startHttpReceiver();
  scene = await startScene({
    env,
    configure: (config) => ({
      ...config,
      roles: { ...config.roles, operator: ['operators'] },
      alerts: {
        routes: [
          {
            name: 'pager',
            raised: false,
            ended: false,
            match: { detectors: ['surge'] },
            to: { webhook: { url: pager.url, secret: { env: 'HOOK_SECRET' } } },
          },
        ],
      },
    }),
  });
  auditor = await scene.issuer.mint({ subject: 'alice', groups: ['auditors'] });
  scene.upstream.respond = ({ target, method }, response) => {
    const status = target.includes('forbidden') ? 403 : target.includes('/missing') ? 404 : 200;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ method, id: 1 }));
  };
});
after(async () => {
  await scene?.close();
  await pager?.close();
});

async function ask<T>(path: string): Promise<T> {
  const response = await fetch(scene.gateway.apiUrl + path, { headers: { authorization: `Bearer ${auditor}` } });
  assert.equal(response.status, 200, `${path}: ${await response.clone().text()}`);
  return (await response.json()) as T;
}

const findings = async (): Promise<Finding[]> =>
  (await ask<{ items: { finding: Finding }[] | Finding[] }>('/api/v1/findings?limit=100')).items.map((item) =>
    'finding' in item && typeof item.finding === 'object' ? item.finding : (item as Finding),
  );

/** Waits until there is something, as long as a test may. */
async function until<T>(find: () => Promise<T | undefined>, what: string): Promise<T> {
  for (let left = 300; left > 0; left--) {
    const found = await find();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`${what} never came\n${scene.gateway.output().slice(-3000)}`);
}

/** How many rows the query of a finding's evidence finds. */
async function found({ evidence }: Finding): Promise<number> {
  assert.ok(parseQuery(evidence.query));
  const items: unknown[] = [];
  for (let cursor = ''; ; ) {
    const page = await ask<{ items: unknown[]; next?: string }>(
      `/api/v1/search?limit=500&q=${encodeURIComponent(evidence.query)}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    items.push(...page.items);
    if (page.next === undefined) return items.length;
    cursor = page.next;
  }
}

const of = (all: readonly Finding[], subject: string): Finding[] =>
  all.filter((finding) => finding.subject.identity?.subject === subject);

test('an agent that works as agents do is no news', async () => {
  const token = await scene.issuer.mint({ subject: 'quiet' });
  const headers = { 'dd-api-key': token };
  for (let n = 0; n < 5; n++) {
    await scene.call('GET', `/api/v1/query?query=avg:cpu{*}&from=1&to=${n}`, undefined, headers);
    await scene.call('GET', '/api/v1/monitor', undefined, headers);
  }
  const rates = await until(async () => {
    const top = await ask<{ total: { calls: number } }>('/api/v1/top');
    return top.total.calls >= 10 ? top : undefined;
  }, 'what was called in the last minute');
  assert.ok(rates.total.calls >= 10);
  assert.deepEqual(await findings(), []);
});

test('monitors deleted, refusals and guesses are findings, whose queries find exactly what belongs to them', async () => {
  const headers = { 'dd-api-key': await scene.issuer.mint({ subject: 'vandal' }) };
  for (let n = 0; n < 12; n++) {
    await scene.call('DELETE', `/api/v1/monitor/${n}`, undefined, headers);
    await scene.call('GET', `/api/v1/dashboard/forbidden-${n}`, undefined, headers);
  }
  for (let n = 0; n < 20; n++) await scene.call('GET', `/api/v1/dashboard/missing-${n}/missing`, undefined, headers);
  const wanted = ['blinding', 'bulk-change', 'errors'];
  await until(async () => {
    const told = of(await findings(), 'vandal').map(({ detector }) => detector);
    return wanted.every((each) => told.includes(each as Finding['detector'])) ? told : undefined;
  }, `findings of ${wanted}`);
  const mine = of(await findings(), 'vandal');
  assert.equal(new Set(mine.map(({ detector, evidence }) => detector + evidence.query)).size, mine.length);
  const first = mine.reduce((one, other) => (one.noticed <= other.noticed && one.cause === undefined ? one : other));
  for (const finding of mine) {
    assert.equal(await found(finding), finding.evidence.count, `${finding.title}: ${finding.evidence.query}`);
    if (finding !== first)
      assert.equal(finding.cause, mine.find(({ cause }) => cause === undefined)?.id, finding.title);
  }
});

test('a kill in the middle loses no finding and makes none twice', async () => {
  const headers = { 'dd-api-key': await scene.issuer.mint({ subject: 'reckless' }) };
  const wreck = async (from: number, count: number): Promise<void> => {
    for (let n = from; n < from + count; n++)
      assert.equal((await scene.call('DELETE', `/api/v1/monitor/${n}`, undefined, headers)).status, 200);
  };
  await wreck(0, 4);
  const open = await until(async () => {
    const [finding] = of(await findings(), 'reckless');
    return finding;
  }, 'the finding');
  await wreck(4, 3);
  await scene.stop('SIGKILL');
  await scene.restart({ env });
  await wreck(7, 6);
  await until(async () => {
    const top = await ask<{ rows: { identity?: { subject: string }; calls: number }[] }>('/api/v1/top?by=identity');
    return top.rows.find((row) => row.identity?.subject === 'reckless' && row.calls >= 6);
  }, 'the calls after the restart');
  const mine = of(await findings(), 'reckless').filter(({ detector }) => detector === 'blinding');
  assert.deepEqual(
    mine.map(({ id }) => id),
    [open.id],
  );
});

test('an agent in a loop is one surge and one alert, through a kill in the middle; quarantine stops its next call', async () => {
  const headers = { 'dd-api-key': await scene.issuer.mint({ subject: 'runaway' }) };
  const query = (n: number) => scene.call('GET', `/api/v1/query?query=avg:cpu{*}&from=0&to=${n}`, undefined, headers);
  const surges = async () => of(await findings(), 'runaway').filter(({ detector }) => detector === 'surge');
  let calls = 0;
  let noticed: Finding[] = [];
  while (noticed.length === 0 && calls < 3000) {
    assert.equal((await query(calls++)).status, 200);
    if (calls % 10 === 0) noticed = await surges();
  }
  const [finding] = noticed;
  assert.ok(finding, `${calls} queries were no surge`);
  assert.match(finding.title, /^\d+ metric queries in \d+ (s|min) by runaway; usual for this hour: \d+ to \d+$/);
  const alerts = () => pager.received.filter(({ body }) => body.includes(finding.id));
  await eventually(() => alerts().length > 0);
  for (let more = 0; more < 20; more++) await query(calls++);
  await scene.stop('SIGKILL');
  await scene.restart({ env });
  for (let more = 0; more < 60; more++) await query(calls++);
  await until(async () => {
    const top = await ask<{ rows: { identity?: { subject: string }; calls: number }[] }>('/api/v1/top?by=identity');
    return top.rows.find((row) => row.identity?.subject === 'runaway' && row.calls >= 60);
  }, 'the calls after the restart');
  const after = await surges();
  assert.deepEqual(
    after.map(({ id }) => id),
    [finding.id],
  );
  for (const each of after) assert.equal(await found(each), each.evidence.count, each.evidence.query);
  assert.equal(pager.received.length, 1, 'more than one alert');
  const answer = await fetch(`${scene.gateway.apiUrl}/api/v1/containments`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await scene.issuer.mint({ subject: 'olga', groups: ['operators'] })}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      level: 'quarantine',
      identity: `${scene.issuer.url}#runaway`,
      reason: 'it loops',
      finding: finding.id,
    }),
  });
  assert.equal(answer.status, 200, await answer.text());
  assertRefused(await query(calls), 403, 'quarantined');

  // What watch and alerts remember goes with the record, while they run; what bounds it stays in force.
  const admin = await scene.issuer.mint({ subject: 'anna', groups: ['admins'] });
  const erased = await fetch(`${scene.gateway.apiUrl}/api/v1/erasures?identity=runaway&why=asked`, {
    method: 'POST',
    headers: { authorization: `Bearer ${admin}` },
  });
  assert.equal(erased.status, 200, await erased.text());
  assert.deepEqual(of(await findings(), 'runaway'), []);
  assertRefused(await query(calls), 403, 'quarantined');
  await scene.stop('SIGKILL');
  const data = await openData(loadConfig(scene.site.configFile, {}));
  const { watch, alerts: told, identities } = await remembered(scene.site.dataDir, data.keyring).finally(data.close);
  assert.ok(watch.includes('#vandal') && !watch.includes('runaway'));
  assert.ok(!told.includes('runaway'));
  assert.match(identities, /"level":"quarantine","identity":"[^"]*#runaway"/);
});
