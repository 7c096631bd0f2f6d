// Containment, approvals and alerts at a real gateway, with real receivers: in effect on the next call, after a restart, and free of secrets.
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ExchangeView } from '../src/api/schemas-exchange.ts';
import type { Delivery } from '../src/exchange/alert.ts';
import type { Approval } from '../src/exchange/approval.ts';
import type { Containment } from '../src/exchange/finding.ts';
import { launch } from './harness/gateway.ts';
import {
  eventually,
  type HttpReceiver,
  type SmtpReceiver,
  type SyslogReceiver,
  startHttpReceiver,
  startSmtpReceiver,
  startSyslogReceiver,
} from './harness/receivers.ts';
import { type Answer, assertRefused, type Scene, startScene } from './harness/scene.ts';

const SECRET = randomBytes(32);
const ROUTING_KEY = randomBytes(16).toString('hex');
const PASSWORD = `pass-${randomBytes(12).toString('hex')}`;
const CHAT_PATH = `/services/${randomBytes(12).toString('hex')}`;

let scene: Scene;
let http: HttpReceiver;
let smtp: SmtpReceiver;
let syslog: SyslogReceiver;
let environment: NodeJS.ProcessEnv;

before(async () => {
  [http, smtp, syslog] = await Promise.all([startHttpReceiver(), startSmtpReceiver(), startSyslogReceiver()]);
  environment = {
    HOOK_SECRET: `whsec_${SECRET.toString('base64')}`,
    PD_KEY: ROUTING_KEY,
    SMTP_PASSWORD: PASSWORD,
    CHAT_URL: `${http.url}${CHAT_PATH}`,
  };
  const grave = { severity: 'critical' } as const;
  scene = await startScene({
    env: environment,
    beforeStart(site) {
      writeFileSync(join(site.directory, 'note.sh'), '#!/bin/sh\n{ env; cat; } > "$(dirname "$0")/note.txt"\n', {
        mode: 0o700,
      });
    },
    configure: (config) => ({
      ...config,
      roles: { ...config.roles, operator: ['operators'] },
      policy: {
        rules: [{ name: 'ask-first', match: { operations: ['v1.DeleteMonitor'] }, decision: 'hold', reason: 'ask us' }],
      },
      containment: {
        rules: [{ name: 'no-mass-deletes', match: { detectors: ['bulk-change'] }, level: 'quarantine', for: '10m' }],
      },
      alerts: {
        backoff: '500ms',
        routes: [
          {
            name: 'hook',
            match: { detectors: ['bulk-change'] },
            to: { webhook: { url: `${http.url}/hook`, secret: { env: 'HOOK_SECRET' } } },
          },
          { name: 'slack', match: grave, to: { slack: { url: { env: 'CHAT_URL' } } } },
          { name: 'teams', match: grave, to: { teams: { url: { env: 'CHAT_URL' } } } },
          {
            name: 'pager',
            match: grave,
            to: { pagerduty: { url: `${http.url}/v2/enqueue`, routingKey: { env: 'PD_KEY' } } },
          },
          {
            name: 'mail',
            match: grave,
            to: {
              email: {
                host: '127.0.0.1',
                port: smtp.port,
                tls: 'none',
                user: 'dogwatch',
                password: { env: 'SMTP_PASSWORD' },
                from: 'dogwatch@example.com',
                to: ['oncall@example.com'],
              },
            },
          },
          { name: 'events', match: grave, to: { datadog: { connection: 'production' } } },
          { name: 'syslog', match: grave, to: { syslog: { url: syslog.url } } },
          { name: 'program', match: grave, to: { command: { run: ['./note.sh'] } } },
        ],
      },
    }),
  });
});
after(async () => {
  await scene?.close();
  await Promise.all([http, smtp, syslog].map((each) => each?.close()));
});

/** Runs a command about the scene's gateway. @returns its output */
async function dogwatch(args: readonly string[], status = 0): Promise<string> {
  const run = launch([...args, '--config', scene.site.configFile], { env: environment });
  const { code } = await run.ended;
  assert.equal(code, status, `dogwatch ${args.join(' ')}: ${run.output()}`);
  return run.output();
}

async function api<T>(token: string, path: string, body?: object): Promise<{ status: number; json: T }> {
  const response = await fetch(`${scene.gateway.apiUrl}/api/v1${path}`, {
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
  });
  return { status: response.status, json: (await response.json()) as T };
}

/** What was recorded of an exchange, as an auditor sees it. */
const shown = async (exchange: string) =>
  (await api<ExchangeView>(await scene.issuer.mint({ groups: ['auditors'] }), `/exchanges/${exchange}`)).json;

const asAgent = (token: string, method: string, target: string, headers: Record<string, string> = {}, body?: string) =>
  scene.call(method, target, body, { 'dd-api-key': token, ...headers });
const reads = (token: string, headers?: Record<string, string>): Promise<Answer> =>
  asAgent(token, 'GET', '/api/v1/monitor/7', headers);
const MONITOR = JSON.stringify({ name: 'm', type: 'query alert', query: 'avg(last_5m):avg:a{*} > 1' });
const creates = (token: string, body = MONITOR): Promise<Answer> => asAgent(token, 'POST', '/api/v1/monitor', {}, body);
const operator = (): Promise<string> => scene.issuer.mint({ subject: 'olga', groups: ['operators', 'sre'] });

test('quarantine stops the next call, a restart keeps it, release lets it in', async () => {
  const token = await scene.issuer.mint({ subject: 'runaway' });
  const other = await scene.issuer.mint({ subject: 'bystander' });
  assert.equal((await reads(token)).status, 200);
  const added = await dogwatch([
    'quarantine',
    'add',
    `${scene.issuer.url}#runaway`,
    '--for',
    '1h',
    '--reason',
    'it loops',
  ]);
  assert.match(added, /is contained: quarantine, until/);
  const sent = scene.upstream.received.length;
  const refused = await reads(token);
  assertRefused(refused, 403, 'quarantined');
  assert.doesNotMatch(refused.body.toString(), /it loops|runaway/, 'the caller is not told why');
  assertRefused(
    await creates(await scene.issuer.mint({ subject: 'runaway', claims: { jti: '2' } })),
    403,
    'quarantined',
  );
  assertRefused(
    await reads(await scene.issuer.mint({ subject: 'carol', claims: { act: { sub: 'runaway' } } })),
    403,
    'quarantined',
  );
  assert.equal(scene.upstream.received.length, sent, 'nothing reached Datadog');
  assert.equal((await reads(other)).status, 200);

  await scene.stop('SIGKILL');
  await scene.restart({ env: environment });
  assertRefused(await reads(token), 403, 'quarantined');
  const [listed] = (await dogwatch(['quarantine', 'list', '--json'])).trim().split('\n');
  const containment = JSON.parse(listed ?? '') as Containment;
  assert.equal(containment.identity, `${scene.issuer.url}#runaway`);
  assert.deepEqual((await shown(refused.exchange)).verdict, {
    decision: 'deny',
    rule: `containment:${containment.id}`,
    reason: 'it loops',
  });
  assert.match(await dogwatch(['quarantine', 'release', containment.id.slice(0, 30)]), /^Released/);
  assert.equal((await reads(token)).status, 200);
});

test('read-only, throttle; by session; who may do it, and who is never kept from undoing it', async () => {
  const olga = await operator();
  const auditor = await scene.issuer.mint({ subject: 'ada', groups: ['auditors'] });
  const agent = await scene.issuer.mint({ subject: 'writer' });
  const identity = `${scene.issuer.url}#writer`;
  const contain = (token: string, body: object) => api<Containment>(token, '/containments', { reason: 'r', ...body });
  for (const token of [agent, auditor])
    assert.equal((await contain(token, { level: 'quarantine', identity })).status, 403);
  for (const body of [
    { level: 'quarantine' },
    { level: 'quarantine', identity, session: 's' },
    { level: 'quarantine', identity: 'writer' },
    { level: 'quarantine', identity, rate: 3 },
    { level: 'quarantine', identity, for: 5 },
    { level: 'nothing', identity },
  ])
    assert.equal((await contain(olga, body)).status, 400, JSON.stringify(body));

  const readOnly = (await contain(olga, { level: 'read-only', identity })).json;
  assert.equal((await reads(agent)).status, 200);
  assertRefused(await creates(agent), 403, 'contained_read_only');
  await api(olga, `/containments/${readOnly.id}/release`, {});
  assert.equal((await api(olga, `/containments/${readOnly.id}/release`, {})).status, 404);
  assert.equal((await creates(agent)).status, 200);

  await contain(olga, { level: 'throttle', identity, rate: 2, for: 60_000 });
  assert.equal((await reads(agent)).status, 200);
  const slow = await reads(agent);
  assertRefused(slow, 429, 'throttled');
  const wait = Number(slow.headers.get('retry-after'));
  assert.ok(wait > 20 && wait <= 30, `retry-after ${wait}`);

  // Two agents that choose the same session name have two sessions.
  const [one, two] = [await scene.issuer.mint({ subject: 'one' }), await scene.issuer.mint({ subject: 'two' })];
  const named = { 'x-dogwatch-session': 'weekly' };
  const first = await reads(one, named);
  const { session } = await shown(first.exchange);
  await contain(olga, { level: 'quarantine', session });
  assertRefused(await reads(one, named), 403, 'quarantined');
  assert.equal((await reads(one)).status, 200, 'another session of the same agent');
  assert.equal((await reads(two, named)).status, 200, "another agent's session of the same name");
  assert.equal((await reads(two, { 'x-dogwatch-session': session.replace('~', '-') })).status, 200);
  assertRefused(await reads(two, { 'x-dogwatch-session': session }), 400, 'bad_parameter');

  // Even a quarantined operator may release: containment is about calls to Datadog.
  const own = (await contain(olga, { level: 'quarantine', identity: `${scene.issuer.url}#olga` })).json;
  assertRefused(await reads(olga), 403, 'quarantined');
  assert.equal((await api(olga, `/containments/${own.id}/release`, {})).status, 200);
  assert.equal((await reads(olga)).status, 200);
});

test('a held call goes through exactly once after somebody approved it, byte for byte', async () => {
  const olga = await operator();
  const agent = await scene.issuer.mint({ subject: 'careful' });
  await api(olga, '/containments', { level: 'approval', identity: `${scene.issuer.url}#careful`, reason: 'watched' });
  assert.equal((await reads(agent)).status, 200);
  const asked = await creates(agent);
  assertRefused(asked, 403, 'approval_needed');
  const id = asked.headers.get('x-dogwatch-approval') ?? '';
  assert.equal((await creates(agent)).headers.get('x-dogwatch-approval'), id, 'the same call is asked for once');
  assert.match(await dogwatch(['approvals']), new RegExp(`${id} +careful +POST /api/v1/monitor`));
  assert.equal((await api(agent, `/approvals/${id}/approve`, {})).status, 403);
  await dogwatch(['approve', id, '--reason', 'looked at it']);
  assertRefused(await creates(agent, MONITOR.replace('> 1', '> 2')), 403, 'approval_needed');
  assertRefused(
    await creates(await scene.issuer.mint({ subject: 'careful', claims: { act: { sub: 'x' } } })),
    403,
    'approval_needed',
  );

  await scene.restart({ env: environment });
  const both = await Promise.all([creates(agent), creates(agent)]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 403]);
  assertRefused(await creates(agent), 403, 'approval_needed');
  const { json } = await api<{ items: Approval[] }>(olga, '/approvals?state=used');
  const through = both.find(({ status }) => status === 200);
  assert.deepEqual(
    json.items.map(({ id: each, used }) => [each, used]),
    [[id, through?.exchange]],
  );
  assert.equal((await shown(through?.exchange ?? '')).verdict.rule, `approval:${id}`);
  assert.equal((await shown(asked.exchange)).verdict.decision, 'hold');

  // The same by a rule of the policy; denied; and nobody approves what they ask for themselves.
  const deletes = (token: string) => asAgent(token, 'DELETE', '/api/v1/monitor/9');
  const second = (await deletes(agent)).headers.get('x-dogwatch-approval') ?? '';
  await api(olga, `/approvals/${second}/deny`, { reason: 'we need it' });
  const denied = await deletes(agent);
  assertRefused(denied, 403, 'approval_denied');
  assert.match(denied.body.toString(), /we need it/);
  const mine = (await deletes(olga)).headers.get('x-dogwatch-approval') ?? '';
  const { status, json: refusal } = await api<{ error: { code: string } }>(olga, `/approvals/${mine}/approve`, {});
  assert.deepEqual([status, refusal.error.code], [403, 'approval_own']);
});

test('every kind of route takes a test message; a webhook is signed, retried, given up and sent again', async () => {
  const olga = await operator();
  const tested = ['slack', 'teams', 'pager', 'mail', 'events', 'syslog', 'program'].map(async (route) => {
    const { json } = await api<Delivery>(olga, `/alerts/${route}/test`, {});
    assert.deepEqual([json.state, json.problem], ['delivered', undefined], route);
  });
  assert.match(await dogwatch(['alerts', 'test', 'hook']), /has taken the message/);
  await Promise.all(tested);
  const [hook] = http.received.filter(({ path }) => path === '/hook');
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = hook?.headers ?? {};
  const expected = createHmac('sha256', SECRET).update(`${id}.${time}.${hook?.body}`).digest('base64');
  assert.equal(signature, `v1,${expected}`);
  assert.ok(Math.abs(Number(time) - Date.now() / 1000) < 60);
  assert.equal(JSON.parse(hook?.body ?? '').type, 'test');
  const chats = http.received.filter(({ path }) => path === CHAT_PATH).map(({ body }) => JSON.parse(body));
  assert.ok(chats.some((body) => Array.isArray(body.blocks)) && chats.some((body) => body.type === 'message'));
  const pages = http.received.filter(({ path }) => path === '/v2/enqueue').map(({ body }) => JSON.parse(body));
  assert.deepEqual(
    pages.map(({ event_action }) => event_action),
    ['trigger', 'resolve'],
  );
  assert.equal(pages[0].routing_key, ROUTING_KEY);
  assert.match(smtp.mails[0]?.data ?? '', /^Subject: \[Dogwatch\] Dogwatch test message/m);
  assert.deepEqual(smtp.mails[0]?.to, ['oncall@example.com']);
  assert.equal(Buffer.from(smtp.logins[0] ?? '', 'base64').toString(), `\0dogwatch\0${PASSWORD}`);
  assert.match(syslog.messages[0] ?? '', /^<110>1 \S+ \S+ dogwatch \d+ alert - .*event=test severity=info$/);
  const event = scene.upstream.received.find(({ target }) => target === '/api/v1/events');
  assert.equal(event?.headers['dd-api-key'], scene.site.apiKey);
  const noted = await eventually(() => {
    const text = readFileSync(join(scene.site.directory, 'note.txt'), 'utf8');
    return text.includes('"event":"test"') && text;
  });
  assert.doesNotMatch(noted, /HOOK_SECRET|PD_KEY|HOME=/, 'the program has an environment of its own');

  http.status = 500;
  const failed = await dogwatch(['alerts', 'test', 'hook'], 1);
  assert.match(failed, /has not taken the message: it answered with status 500/);
  const all = (await api<{ deliveries: Delivery[] }>(olga, '/alerts')).json.deliveries;
  const dead = all.find(({ state }) => state === 'dead');
  assert.equal(dead?.route, 'hook');
  http.status = 307;
  http.headers = { location: `${http.url}/elsewhere` };
  const retried = (await api<Delivery>(olga, `/alerts/deliveries/${dead?.id}/retry`, {})).json;
  assert.match(retried.problem ?? '', /redirects are not followed/);
  http.status = 200;
  http.headers = {};
  assert.ok(!http.received.some(({ path }) => path === '/elsewhere'));
  assert.match(await dogwatch(['alerts', 'retry', dead?.id ?? '']), /has taken/);
  assert.deepEqual(
    new Set(http.received.filter(({ headers }) => headers['webhook-id'] === dead?.id).map(({ path }) => path)),
    new Set(['/hook']),
  );
  assert.equal((await api(olga, `/alerts/deliveries/${dead?.id}/retry`, {})).status, 404);
  assert.equal((await api(olga, '/alerts/nowhere/test', {})).status, 404);
  assert.equal((await api(await scene.issuer.mint({ groups: ['auditors'] }), '/alerts/hook/test', {})).status, 403);
});

test('a rule contains who deletes in bulk and tells at once, through a kill; never an operator, nor whom somebody acts for', async () => {
  const wipes = async (token: string): Promise<void> => {
    for (let id = 10; id < 24; id++) await asAgent(token, 'DELETE', `/api/v1/dashboard/abc-def-0${id}`);
  };
  const messages = (event: string) =>
    http.received
      .filter(({ path, body }) => path === '/hook' && body.includes(`"type":"finding.${event}"`))
      .map(({ headers, body }) => ({ id: headers['webhook-id'], data: JSON.parse(body).data }));
  const of = (event: string, subject: string) =>
    messages(event).find(({ data }) => data.finding.subject.identity.subject === subject);
  http.status = 500;
  const wiper = await scene.issuer.mint({ subject: 'wiper' });
  await wipes(wiper);
  const told = await eventually(() => of('contained', 'wiper'));
  assert.equal(told.data.containments[0].identity, `${scene.issuer.url}#wiper`);
  assert.ok(told.data.containments[0].expires <= Date.now() + 600_000);
  assertRefused(await reads(wiper), 403, 'quarantined');
  await scene.stop('SIGKILL');
  http.status = 200;
  const before = http.received.length;
  await scene.restart({ env: environment });
  const again = await eventually(() =>
    http.received.slice(before).find(({ headers }) => headers['webhook-id'] === told.id),
  );
  assert.equal(JSON.parse(again.body).data.finding.id, told.data.finding.id);
  assertRefused(await reads(wiper), 403, 'quarantined');

  const olga = await operator();
  await wipes(olga);
  await eventually(() => of('opened', 'olga'));
  assert.equal((await reads(olga)).status, 200);

  const [victim, proxy] = [
    await scene.issuer.mint({ subject: 'victim' }),
    await scene.issuer.mint({ subject: 'proxy' }),
  ];
  await wipes(await scene.issuer.mint({ subject: 'victim', claims: { act: { sub: 'proxy' } } }));
  const { data } = await eventually(() => of('contained', 'victim'));
  assert.equal(data.containments[0].identity, `${scene.issuer.url}#proxy`);
  assert.equal((await reads(victim)).status, 200);
  assertRefused(await reads(proxy), 403, 'quarantined');
});

test('nothing of it shows a secret, and all of it is told by entries', async () => {
  const list = await dogwatch(['alerts', '--json']);
  const log = scene.gateway.output();
  const { entries } = await scene.journal();
  // No gateway runs now: the same from the data directory itself.
  assert.equal((JSON.parse(await dogwatch(['alerts', '--json'])) as { routes: object[] }).routes.length, 8);
  assert.match(await dogwatch(['quarantine', 'add', '--session', 's~1', '--reason', 'r']), /^session s~1 is contained/);
  assert.match(await dogwatch(['quarantine', 'list']), /session s~1/);
  const told = JSON.stringify(entries.map(({ kind, summary }) => [kind, summary]));
  const secrets = [environment.HOOK_SECRET ?? '', SECRET.toString('base64'), ROUTING_KEY, PASSWORD, CHAT_PATH];
  for (const text of [list, log, told, readFileSync(join(scene.site.dataDir, 'alerts.log'), 'latin1')])
    for (const secret of [...secrets, scene.site.apiKey]) assert.ok(!text.includes(secret));
  const kinds = new Map<string, number>();
  for (const { kind } of entries) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  assert.ok((kinds.get('alert.delivered') ?? 0) >= 9, [...kinds].join('; '));
  assert.ok((kinds.get('alert.failed') ?? 0) >= 1);
  assert.ok((kinds.get('admin.containment') ?? 0) >= 8);
  assert.equal(kinds.get('admin.approval'), 2);
});
