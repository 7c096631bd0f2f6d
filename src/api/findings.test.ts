// Findings over the API: who may look and who may decide, what is recorded of it, suppressions, the live feed, current rates.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { type ApiHarness, intentOf, outcomeOf, startHarness } from '../../test/harness/api-parts.ts';
import { findingOf } from '../../test/harness/findings.ts';
import { newId } from '../exchange/canonical.ts';
import type { FindingDecision, Suppression } from '../exchange/finding.ts';
import type { TopRates } from '../watch/watch.ts';
import { buildApi } from './api.ts';
import { auditInto } from './audit.ts';
import { createSuppressions } from './suppressions.ts';

let harness: ApiHarness;
let server: FastifyInstance;
let stop: () => Promise<void>;
let url: string;
const token = { auditor: '', operator: '', nobody: '' };
/** What the watch was told. */
const decided: FindingDecision[] = [];
let inForce: readonly Suppression[] = [];

const DAY = 86_400_000;
const exchange = newId();
const HOSTILE = '9999 calls \u001b[2J\u202e by <script>alert(1)</script>';
const surge = findingOf({
  title: HOSTILE,
  evidence: { exchanges: [exchange, newId()], count: 2, query: 'session:nightly~1 op:v1.CreateDashboard' },
});
const related = findingOf({
  detector: 'volume',
  cause: surge.id,
  started: surge.started + 1000,
  noticed: surge.started + 5000,
});
const rates = {
  calls: 3,
  perSecond: 0.3,
  actions: { create: 0, read: 3, update: 0, delete: 0, execute: 0 },
  refusals: 0,
  errors: 1,
};
const top: TopRates = {
  time: 1,
  window: 60_000,
  total: rates,
  rows: [{ operation: 'v1.QueryMetrics', ...rates }],
  more: 0,
};

before(async () => {
  harness = await startHarness();
  const watch = {
    top: async () => top,
    decided: (decision: FindingDecision) => decided.push(decision),
    suppressions: (list: readonly Suppression[]) => {
      inForce = list;
    },
  };
  ({ server, stop } = buildApi({ ...harness.options, watch }));
  url = await server.listen({ host: '127.0.0.1', port: 0 });
  token.auditor = await harness.issuer.token(['security']);
  token.operator = await harness.issuer.token(['runners']);
  token.nobody = await harness.issuer.token(['sales']);
  await harness.append('exchange.intent', intentOf(exchange), {}, exchange);
  await harness.append('exchange.outcome', outcomeOf(exchange));
  await harness.append('finding.opened', surge);
  await harness.append('finding.opened', related);
});
after(async () => {
  await stop();
  await harness.close();
});

async function ask(path: string, options: { as?: keyof typeof token; body?: object } = {}) {
  const response = await server.inject({
    method: options.body ? 'POST' : 'GET',
    url: path,
    headers: { authorization: `Bearer ${token[options.as ?? 'auditor']}` },
    ...(options.body && { payload: options.body }),
  });
  return { status: response.statusCode, json: JSON.parse(response.body) };
}

interface Recorded {
  readonly who: { readonly name: string };
  readonly what: string;
  readonly details: Record<string, unknown>;
  readonly decision?: FindingDecision;
  readonly suppression?: Suppression;
  readonly revoked?: string;
}
async function recorded(kind: string): Promise<Recorded[]> {
  await harness.reader.refresh(harness.journal.size);
  const found = [];
  for await (const entry of harness.reader.entries(0))
    if (entry.kind === kind) found.push(JSON.parse(entry.parts.summary?.toString() ?? ''));
  return found;
}

const decide = (id: string, body: object, as: keyof typeof token = 'operator') =>
  ask(`/api/v1/findings/${id}/decide`, { as, body });

test('findings are listed, counted and shown with what belongs to them', async () => {
  const list = await ask('/api/v1/findings?severity=high,critical&identity=ci/agent-7&state=open');
  assert.deepEqual(
    list.json.items.map(({ id }: { id: string }) => id),
    [related.id, surge.id],
  );
  assert.equal(list.json.items[1].title, HOSTILE);
  assert.equal(list.json.items[1].rate, undefined);
  const page = await ask('/api/v1/findings?limit=1');
  const next = await ask(`/api/v1/findings?limit=1&cursor=${page.json.next}`);
  assert.equal(next.json.items[0].id, surge.id);
  assert.deepEqual((await ask('/api/v1/findings/counts')).json, {
    states: { open: 2 },
    severities: { high: 2 },
    detectors: { surge: 1, volume: 1 },
  });
  const { json } = await ask(`/api/v1/findings/${surge.id}`);
  assert.equal(json.finding.rate.points.length, 12);
  assert.deepEqual([json.related.length, json.related[0].id], [1, related.id]);
  // An exchange of the evidence that the record does not have is left out.
  assert.deepEqual(
    json.rows.map(({ id }: { id: string }) => id),
    [exchange],
  );
  assert.equal((await ask(`/api/v1/findings/${related.id}`)).json.related[0].id, surge.id);
  const found = await ask(`/api/v1/search?q=${encodeURIComponent(`finding:${surge.id} since:1d`)}`);
  assert.deepEqual([found.json.items.length, found.json.items[0].id], [1, exchange]);
  assert.equal((await ask('/api/v1/search?q=finding:00000000')).json.error.code, 'bad_query');
});

test('what is asked for wrongly is refused', async () => {
  for (const path of [
    '/api/v1/findings?state=closed',
    '/api/v1/findings?severity=high,',
    '/api/v1/findings?detector=toString',
    '/api/v1/findings?from=-1',
    '/api/v1/findings?limit=501',
    '/api/v1/findings?cursor=x',
    '/api/v1/findings?colour=red',
    '/api/v1/top?by=colour',
    '/api/v1/top?limit=0',
  ])
    assert.equal((await ask(path)).status, 400, path);
  assert.equal((await ask(`/api/v1/findings/${newId()}`)).json.error.code, 'not_found');
  assert.equal((await ask(`/api/v1/findings/${"' OR 1"}`)).status, 404);
});

test('nobody sees findings without the role, and who may see them may not decide', async () => {
  for (const path of [
    '/api/v1/findings',
    '/api/v1/findings/counts',
    '/api/v1/findings/tail',
    `/api/v1/findings/${surge.id}`,
    '/api/v1/suppressions',
    '/api/v1/top',
    '/api/v1/top/tail',
  ]) {
    assert.equal((await server.inject(path)).statusCode, 401, path);
    assert.equal((await ask(path, { as: 'nobody' })).json.error.code, 'role_missing', path);
  }
  const before = harness.journal.size;
  assert.equal((await decide(surge.id, { state: 'acknowledged' }, 'auditor')).json.error.code, 'role_missing');
  assert.equal(
    (await ask(`/api/v1/suppressions/${newId()}/revoke`, { as: 'auditor', body: {} })).json.error.code,
    'role_missing',
  );
  assert.equal(harness.journal.size, before, 'nothing is recorded of what was not done');
});

test('a decision is recorded with who made it, the watch hears of it, and the finding shows it', async () => {
  const done = await decide(surge.id, { state: 'acknowledged', reason: 'looking' });
  assert.equal(done.status, 200);
  assert.deepEqual([done.json.finding.state, done.json.finding.decisions.length], ['acknowledged', 1]);
  const [entry] = await recorded('finding.decided');
  assert.equal(entry?.who.name, 'Ada');
  assert.deepEqual(entry?.details, { finding: surge.id, state: 'acknowledged', reason: 'looking' });
  assert.deepEqual(decided, [entry?.decision]);
  assert.equal((await ask(`/api/v1/findings/${surge.id}`)).json.finding.decisions[0].who.name, 'Ada');
  assert.equal((await ask('/api/v1/findings?state=acknowledged')).json.items.length, 1);
});

test('a dismissal needs a reason, and what it suppresses must be what the finding tells', async () => {
  for (const body of [
    { state: 'dismissed' },
    { state: 'dismissed', reason: '   ' },
    { state: 'resolved', suppress: { for: DAY } },
    { state: 'dismissed', reason: 'x', suppress: { for: DAY, scope: [] } },
    { state: 'dismissed', reason: 'x', suppress: { for: DAY, scope: ['operation'] } },
    { state: 'dismissed', reason: 'x', suppress: { for: 1 } },
    { state: 'dismissed', reason: 'x', suppress: { for: 400 * DAY } },
    { state: 'gone' },
    { state: 'open', who: 'me' },
    {},
  ]) {
    const { status } = await decide(surge.id, body);
    assert.equal(status, 400, JSON.stringify(body));
  }
  assert.equal((await recorded('finding.decided')).length, 1);
});

test('a suppression is in force, shown, outlives a restart, and can be revoked', async () => {
  const done = await decide(surge.id, {
    state: 'dismissed',
    reason: 'load test',
    suppress: { for: 7 * DAY, scope: ['detector', 'identity'] },
  });
  const { suppression } = done.json;
  assert.deepEqual(
    [suppression.detector, suppression.identity, suppression.family, suppression.finding, suppression.by.name],
    ['surge', 'https://idp#agent-7', undefined, surge.id, 'Ada'],
  );
  assert.equal(done.json.finding.state, 'dismissed');
  assert.deepEqual(inForce, [suppression]);
  // All that the finding tells apart, when no scope is given.
  const narrow = (await decide(related.id, { state: 'dismissed', reason: 'the same', suppress: { for: DAY } })).json;
  assert.deepEqual([narrow.suppression.connection, narrow.suppression.family], ['main', 'Metrics']);
  assert.deepEqual((await ask('/api/v1/suppressions')).json.items, [narrow.suppression, suppression]);

  const told = Promise.withResolvers<readonly Suppression[]>();
  const again = buildApi({
    ...harness.options,
    watch: { top: async () => top, decided: () => undefined, suppressions: told.resolve },
  });
  assert.deepEqual(await told.promise, [narrow.suppression, suppression], 'the watch hears of them at the start');
  await again.stop();

  const path = `/api/v1/suppressions/${suppression.id}/revoke`;
  const revoked = await ask(path, { as: 'operator', body: { reason: 'over' } });
  assert.equal(revoked.json.id, suppression.id);
  assert.deepEqual(inForce, [narrow.suppression]);
  assert.equal((await ask(path, { as: 'operator', body: {} })).json.error.code, 'not_found');
  const entries = await recorded('admin.suppression');
  assert.deepEqual(
    entries.map(({ who, suppression: begun, revoked: ended }) => [who.name, begun?.id, ended]),
    [
      ['Ada', suppression.id, undefined],
      ['Ada', narrow.suppression.id, undefined],
      ['Ada', undefined, suppression.id],
    ],
  );
});

test('a suppression expires; one that was erased takes those before it along', async (context) => {
  const parts = () => ({
    index: harness.index,
    reader: harness.reader,
    audit: auditInto((entry) => harness.journal.append(entry)),
    size: () => harness.journal.size,
  });
  const caller = {
    identity: { issuer: 'i', subject: 's', kind: 'person', name: 'Bob', groups: [], onBehalfOf: [], claims: {} },
  } as const;
  const before = createSuppressions(parts());
  const short = await before.add(caller, { detector: 'ramp', reason: 'x', expires: Date.now() + 2 * 60_000 });
  assert.equal((await before.list())[0]?.id, short.id);
  context.mock.timers.enable({ apis: ['Date'], now: Date.now() + 3 * 60_000 });
  assert.equal((await before.list()).length, 1);
  assert.equal((await createSuppressions(parts()).list()).length, 1);
  context.mock.timers.reset();

  await assert.rejects(before.check(Date.now() + 400 * DAY), { code: 'bad_parameter' });

  const leaf = harness.journal.size - 1;
  const blind = {
    ...harness.reader,
    size: harness.reader.size,
    refresh: (size: number) => harness.reader.refresh(size),
  };
  const reader = {
    ...blind,
    read: async (at: number) => {
      const entry = await harness.reader.read(at);
      return at === leaf ? { ...entry, parts: {}, erased: ['summary'] as const } : entry;
    },
  };
  assert.deepEqual(await createSuppressions({ ...parts(), reader }).list(), []);
});

test('an export of entries about findings is OCSF Detection Findings', async () => {
  const response = await server.inject({
    url: `/api/v1/export?format=ocsf&q=${encodeURIComponent('kind:finding.* OR kind:exchange')}`,
    headers: { authorization: `Bearer ${token.auditor}` },
  });
  const found = response.body
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const told = (uid: string) =>
    found
      .filter((event) => event.class_uid === 2004 && event.finding_info.uid === uid)
      .map((event) => [event.activity_name, event.status]);
  assert.deepEqual(told(surge.id), [
    ['Create', 'Suppressed'],
    ['Update', 'In Progress'],
    ['Close', 'Suppressed'],
  ]);
  assert.equal(found.filter((event) => event.class_uid === 6003).length, 1);
});

test('every look is an entry', async () => {
  const whats = [...(await recorded('audit.search')), ...(await recorded('audit.view'))].map(({ what }) => what);
  assert.ok(whats.includes('listed findings'));
  assert.ok(whats.includes(`viewed the finding ${surge.id}`));
  assert.ok(whats.includes('viewed the suppressions'));
});

/** Events of a stream, until so many have come. */
async function events(path: string, count: number, then?: () => Promise<unknown>) {
  const ended = new AbortController();
  const response = await fetch(url + path, {
    headers: { authorization: `Bearer ${token.auditor}` },
    signal: ended.signal,
  });
  assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  let text = '';
  let told = false;
  const found = () =>
    [...text.matchAll(/event: (\w+)\ndata: (.*)\n\n/g)].map(([, name, data = '']) => [name, JSON.parse(data)]);
  for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    text += Buffer.from(piece).toString();
    if (!told) await then?.();
    told = true;
    if (found().length >= count) break;
  }
  ended.abort();
  return found();
}

test('who follows gets each change with the state as it is', async () => {
  const fresh = findingOf({ title: HOSTILE });
  const told = await events('/api/v1/findings/tail', 4, async () => {
    await harness.append('finding.opened', fresh);
    await decide(fresh.id, { state: 'acknowledged' });
    await harness.append('finding.updated', { ...fresh, score: 100 });
    await harness.append('finding.ended', { ...fresh, ended: fresh.latest });
  });
  assert.deepEqual(
    told.map(([name, { change, finding }]) => [name, change, finding.id, finding.title]),
    ['opened', 'decided', 'updated', 'ended'].map((change) => ['finding', change, fresh.id, HOSTILE]),
  );
  assert.equal(told.at(-1)?.[1].finding.state, 'resolved');
  assert.equal((await recorded('audit.tail')).at(-1)?.what, 'followed the findings');
});

test('rates come once, or every second', async () => {
  assert.deepEqual((await ask('/api/v1/top?by=operation&limit=5')).json, top);
  const told = await events('/api/v1/top/tail', 2);
  assert.deepEqual(told[1], ['top', top]);
  const { watch: _watch, ...nothing } = harness.options;
  const without = buildApi(nothing);
  const answer = await without.server.inject({
    url: '/api/v1/top',
    headers: { authorization: `Bearer ${token.auditor}` },
  });
  assert.deepEqual([answer.statusCode, answer.json().error.code], [503, 'watch_unavailable']);
  await without.stop();
});
