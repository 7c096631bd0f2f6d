// An incident, as it happens: two agents on one connection, and afterwards the questions, each answered by one command.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ChangeItem } from '../src/api/change-items.ts';
import type { History, OutsideChange } from '../src/api/history.ts';
import type { Changes, Impact, Reads, Revert } from '../src/api/inquiries.ts';
import type { ExchangeView } from '../src/api/schemas-exchange.ts';
import type { SessionAccount } from '../src/api/session-account.ts';
import type { ImagedChange, ImageState } from '../src/api/told-changes.ts';
import { difference } from '../src/change/diff.ts';
import { serverMade } from '../src/datadog/server-made.ts';
import { type SandboxServer, startSandbox } from '../src/sandbox/server.ts';
import { type GatewayProcess, makeSite, runDogwatch, type Site, startGateway } from './harness/gateway.ts';
import { startTestIssuer, type TestIssuer } from './harness/issuer.ts';

interface Monitor {
  readonly id: number;
  readonly options: { readonly thresholds: { readonly critical: number } };
}

let issuer: TestIssuer;
let datadog: SandboxServer;
let site: Site;
let gateway: GatewayProcess;
let monitor: number;
let dashboard: string;
let tokens: Readonly<Record<'tuner' | 'watcher' | 'operator', string>>;
/** What Datadog has before the incident, by path. */
const asItWas = new Map<string, unknown>();
const INDEX = '/api/v1/logs/config/indexes/main';

/** Asks Datadog itself, past the gateway. */
async function outside<T>(method: string, path: string, body?: unknown): Promise<{ status: number; json: T }> {
  const response = await fetch(datadog.url + path, {
    method,
    headers: { 'dd-api-key': site.apiKey, 'dd-application-key': site.appKey, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: (await response.json()) as T };
}

async function call<T>(who: keyof typeof tokens, method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(gateway.url + path, {
    method,
    headers: {
      'dd-api-key': tokens[who],
      'x-dogwatch-session': `${who}-run`,
      'content-type': 'application/json',
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text) as T;
}

async function ask(...words: string[]): Promise<{ text: string; code: number | null }> {
  const { output, code } = await runDogwatch([...words, '--config', site.configFile], {
    env: { DOGWATCH_TOKEN: tokens.operator, TZ: 'UTC' },
  });
  return { text: output, code };
}

async function asked<T>(...words: string[]): Promise<T> {
  const { text, code } = await ask(...words, '--json');
  assert.equal(code, 0, text);
  return JSON.parse(text) as T;
}

const sessionId = async (who: string): Promise<string> => {
  const { text } = await ask('sessions', '--json');
  const rows = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: string; identity: { name: string } });
  const row = rows.find(({ id, identity }) => identity.name === who && !id.startsWith('revert'));
  assert.ok(row, text);
  return row.id;
};

before(async () => {
  issuer = await startTestIssuer();
  datadog = await startSandbox({ port: 0 });
  site = await makeSite({
    issuer: issuer.url,
    upstream: datadog.url,
    configure: (config) => ({
      ...config,
      roles: { auditor: ['auditors'], operator: ['sre'] },
      connections: config.connections!.map((connection) => ({ ...connection, images: true })),
    }),
  });
  tokens = {
    tuner: await issuer.mint({ subject: 'tuner', name: 'alert-tuner' }),
    watcher: await issuer.mint({ subject: 'watcher', name: 'security-watcher' }),
    operator: await issuer.mint({ subject: 'olga', name: 'olga', groups: ['sre', 'auditors'] }),
  };
  const made = await outside<Monitor>('POST', '/api/v1/monitor', {
    type: 'metric alert',
    name: 'Checkout errors',
    query: 'avg(last_5m):avg:checkout.errors{env:prod} > 90',
    message: '@pagerduty',
    options: { thresholds: { critical: 90 } },
  });
  monitor = made.json.id;
  for (const path of [`/api/v1/monitor/${monitor}`, INDEX]) asItWas.set(path, (await outside('GET', path)).json);

  gateway = await startGateway(site);
  // The incident: one agent raises a threshold, makes a dashboard and filters logs; the other one looks at logins.
  await call('tuner', 'GET', `/api/v1/monitor/${monitor}`);
  await call('tuner', 'PUT', `/api/v1/monitor/${monitor}`, {
    query: 'avg(last_5m):avg:checkout.errors{env:prod} > 99',
    options: { thresholds: { critical: 99 } },
  });
  dashboard = (
    await call<{ id: string }>('tuner', 'POST', '/api/v1/dashboard', {
      title: 'Checkout latency',
      layout_type: 'ordered',
      widgets: [],
    })
  ).id;
  await call('tuner', 'PUT', INDEX, {
    filter: { query: '-service:checkout' },
    exclusion_filters: [{ name: 'no-errors', is_enabled: true, filter: { query: 'status:error', sample_rate: 1 } }],
  });
  await call('watcher', 'GET', '/api/v1/query?query=sum:auth.failures{env:prod}by{user}&from=1795000000&to=1795003600');
});

after(async () => {
  await gateway?.end();
  await datadog?.close();
  await issuer?.close();
});

test('who created this dashboard?', async () => {
  for (const name of [
    `dashboard/${dashboard}`,
    'checkout latency',
    `https://app.datadoghq.com/dashboard/${dashboard}/x`,
  ]) {
    const { resource, items } = await asked<History>('history', name);
    assert.deepEqual([resource.kind, resource.id, resource.title], ['dashboard', dashboard, 'Checkout latency']);
    const [created] = items as ChangeItem[];
    assert.equal(items.length, 1);
    assert.deepEqual(
      [created?.effect, created?.identity?.name, created?.before.state],
      ['create', 'alert-tuner', 'absent'],
    );
  }
  const byTitle = await asked<History>('history', 'checkout errors');
  assert.equal(byTitle.resource.id, String(monitor), 'the title of what was updated, too');
  assert.match((await ask('history', `dashboard/${dashboard}`)).text, /alert-tuner created dashboard/);
});

test('which alert rule was altered before the outage, and how?', async () => {
  const outage = new Date(Date.now() + 60_000).toISOString().slice(0, 19).replace('T', ' ');
  const all = await asked<Changes>('changes', '--before', outage, '--window', '2h');
  assert.equal(all.items[0]?.resource.kind, 'logs-index', 'what blinds comes first');
  const { items } = await asked<Changes>('changes', '--kind', 'monitor', '--before', outage, '--window', '2h');
  assert.equal(items.length, 1);
  const [{ changes, identity, resource }] = items as [ChangeItem];
  assert.equal(identity?.name, 'alert-tuner');
  assert.equal(resource.title, 'Checkout errors');
  assert.deepEqual(
    changes?.filter(({ path }) => path.at(-1) === 'critical').map(({ before: old, after: now }) => [old, now]),
    [[90, 99]],
  );
  assert.match((await ask('changes', '--kind', 'monitor')).text, /options\.thresholds\.critical: 90 → 99/);
  const long = new Date(Date.now() - 7_200_000).toISOString().slice(0, 19).replace('T', ' ');
  assert.deepEqual((await asked<Changes>('changes', '--before', long)).items, []);
});

test('what did that one call change?', async () => {
  const [{ exchange }] = (await asked<Changes>('changes', '--kind', 'monitor')).items as [ChangeItem];
  const view = await asked<ExchangeView>('show', exchange);
  const [change] = view.changes ?? [];
  assert.deepEqual(
    [change?.resource.id, change?.before.state, change?.after.state],
    [String(monitor), 'there', 'there'],
  );
  assert.match((await ask('show', exchange)).text, /changed monitor\/\d+ "Checkout errors"\n.*options\.thresholds/);
  const response = await fetch(`${gateway.apiUrl}/api/v1/exchanges/${exchange}/changes`, {
    headers: { authorization: `Bearer ${tokens.operator}` },
  });
  const { changes } = (await response.json()) as { changes: readonly ImagedChange[] };
  const critical = (state: ImageState | undefined) =>
    state?.state === 'there' && 'value' in state && (state.value as Monitor).options.thresholds.critical;
  assert.deepEqual([critical(changes[0]?.before), critical(changes[0]?.after)], [90, 99]);
});

test('did an agent look at what reveals the attack?', async () => {
  const { items } = await asked<Reads>('reads', 'metric:auth.*');
  assert.equal(items.length, 1);
  const [{ identity, asked: wanted, range }] = items as [Reads['items'][number]];
  assert.equal(identity?.name, 'security-watcher');
  assert.deepEqual([wanted.metrics, wanted.filters, wanted.groupBys], [['auth.failures'], ['env:prod'], ['user']]);
  assert.deepEqual(range, { from: 1795000000000, to: 1795003600000 });
  assert.match((await ask('reads', 'metric:auth.*')).text, /security-watcher looked at metric auth\.failures/);
});

test('what did this run cost us, or blind us to?', async () => {
  const id = await sessionId('alert-tuner');
  const { account } = await asked<{ account: SessionAccount }>('session', id);
  assert.deepEqual(account.changes.map(({ resource }) => resource.kind).sort(), ['dashboard', 'logs-index', 'monitor']);
  assert.ok(
    account.flagged.some(({ operation, tags }) => operation === 'v1.UpdateLogsIndex' && tags.includes('blindness')),
  );
  assert.deepEqual(
    account.reads.map(({ operation }) => operation),
    ['v1.GetMonitor'],
  );
  const { items } = await asked<Impact>('impact', id);
  assert.deepEqual(
    items.map(({ resource, before: old, after: now }) => [resource.kind, old.state, now.state]),
    [
      ['monitor', 'there', 'there'],
      ['dashboard', 'absent', 'there'],
      ['logs-index', 'there', 'there'],
    ],
  );
  assert.match((await ask('session', id)).text, /Cost, blindness/);
});

test('how do we put it back? not over what somebody changed since', async () => {
  const id = await sessionId('alert-tuner');
  const { plan } = await asked<{ plan: Revert }>('revert', id);
  assert.deepEqual(
    plan.steps.map(({ call: { does, kind } }) => `${does} ${kind}`),
    ['update logs-index', 'update monitor', 'delete dashboard'],
  );
  await outside('PUT', `/api/v1/monitor/${monitor}`, { message: '@somebody-else' });
  const refused = await ask('revert', id, '--apply');
  assert.notEqual(refused.code, 0);
  assert.match(refused.text, /changed since/);
  const { json } = await outside<Monitor>('GET', `/api/v1/monitor/${monitor}`);
  assert.equal(json.options.thresholds.critical, 99, 'nothing was sent');
  await outside('PUT', `/api/v1/monitor/${monitor}`, { message: '@pagerduty' });
});

test('how do we put it back? by one command, which is audited as well', async () => {
  const id = await sessionId('alert-tuner');
  const { results, session } = await asked<{ results: { restored?: boolean; status: number }[]; session: string }>(
    'revert',
    id,
    '--apply',
  );
  assert.deepEqual(
    results.map(({ restored }) => restored),
    [true, true, true],
    JSON.stringify(results),
  );
  for (const [path, was] of asItWas) {
    const kind = path === INDEX ? 'logs-index' : 'monitor';
    const { changes } = difference(was, (await outside('GET', path)).json, serverMade(kind));
    assert.deepEqual(changes, [], path);
  }
  assert.equal((await outside('GET', `/api/v1/dashboard/${dashboard}`)).status, 404);
  const { items } = await asked<History>('history', `monitor/${monitor}`);
  const [latest] = items as ChangeItem[];
  assert.deepEqual([latest?.identity?.name, latest?.effect], ['olga', 'update']);
  assert.ok(latest?.session?.startsWith(session));
});

test('what was changed elsewhere between two of ours is told', async () => {
  await outside('PUT', `/api/v1/monitor/${monitor}`, { message: '@nobody' });
  await call('watcher', 'PUT', `/api/v1/monitor/${monitor}`, { name: 'Checkout errors, prod' });
  const { items } = await asked<History>('history', `monitor/${monitor}`);
  assert.deepEqual(
    items.slice(0, 2).map(({ type }) => type),
    ['change', 'outside'],
  );
  const [, { changes }] = items as [ChangeItem, OutsideChange];
  assert.deepEqual(
    changes.map(({ path, before: old, after: now }) => [path, old, now]),
    [[['message'], '@pagerduty', '@nobody']],
  );
  assert.match((await ask('history', `monitor/${monitor}`)).text, /changed outside of Dogwatch/);
});

/** Asks the API as the operator does. */
const api = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(gateway.apiUrl + path, {
    ...init,
    headers: { authorization: `Bearer ${tokens.operator}`, 'content-type': 'application/json' },
  });

test('the API replays a session step by step, and nothing reaches Datadog', async () => {
  // What was recorded a moment ago is replayed as well.
  await call('tuner', 'GET', `/api/v1/monitor/${monitor}`);
  const id = await sessionId('alert-tuner');
  const text = await (await api(`/api/v1/sessions/${id}/replay?skip=1`)).text();
  const events = text
    .split('\n\n')
    .map((each) => /^event: (\w+)\ndata: (.*)$/.exec(each))
    .flatMap((match) =>
      match ? [{ event: match[1], data: JSON.parse(match[2] ?? '') as Record<string, unknown> }] : [],
    );
  const calls = events[0]?.data.calls as number;
  assert.deepEqual(
    events.map(({ event }) => event),
    ['begin', ...Array.from({ length: calls }, () => 'step'), 'done'],
  );
  assert.equal(events[1]?.data.how, 'skipped');
  assert.ok(Array.isArray(events.at(-1)?.data.impact));
  const beyond = await (await api(`/api/v1/sessions/${id}/replay?skip=9999`)).text();
  assert.match(beyond, /^event: failed\ndata: .*"code":"bad_parameter"/m);
});

test('the API reverts under the name of whoever asks, and not over what was changed since', async () => {
  const id = await sessionId('security-watcher');
  const revert = async (force: boolean) =>
    (await (await api(`/api/v1/revert/${id}/apply`, { method: 'POST', body: JSON.stringify({ force }) })).json()) as {
      session?: string;
      conflicts: unknown[];
      results: { restored?: boolean }[];
    };
  await outside('PUT', `/api/v1/monitor/${monitor}`, { name: 'Mine now' });
  const refused = await revert(false);
  assert.deepEqual([refused.conflicts.length, refused.results, refused.session], [1, [], undefined]);
  assert.equal((await outside<{ name: string }>('GET', `/api/v1/monitor/${monitor}`)).json.name, 'Mine now');
  const { results } = await revert(true);
  assert.deepEqual(
    results.map(({ restored }) => restored),
    [true],
  );
  assert.equal((await outside<{ name: string }>('GET', `/api/v1/monitor/${monitor}`)).json.name, 'Checkout errors');
  const { items } = await asked<History>('history', `monitor/${monitor}`);
  assert.equal((items[0] as ChangeItem).identity?.name, 'olga');
});
