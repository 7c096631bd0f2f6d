import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { type ApiHarness, intentOf, outcomeOf, RUN, startHarness } from '../../test/harness/api-parts.ts';
import { decidedOf, findingOf } from '../../test/harness/findings.ts';
import { newId } from '../exchange/canonical.ts';
import { readVerifierKeys } from '../journal/verifier-keys.ts';
import { verifyProof } from '../journal/verify-proof.ts';
import { apiRoutes, buildApi, createApi } from './api.ts';
import { localOperatorToken } from './local-operator.ts';

let harness: ApiHarness;
let server: FastifyInstance;
let stop: () => Promise<void>;
let auditor: string;
const created = newId();
const streamed = newId();

before(async () => {
  harness = await startHarness();
  ({ server, stop } = buildApi(harness.options));
  auditor = await harness.issuer.token(['security']);
  await harness.append('exchange.intent', intentOf(created), { request: Buffer.from('{"title":"slow"}') }, created);
  await harness.append('exchange.outcome', outcomeOf(created), { response: Buffer.from('{"id":"abc-def","x":1}') });
  await harness.append('exchange.intent', intentOf(streamed, { session: 'other~2' }), {}, streamed);
  const chunks: number[] = [];
  const compressed = gzipSync('streamed words');
  for (const piece of [compressed.subarray(0, 9), compressed.subarray(9)]) {
    chunks.push(
      await harness.append(
        'exchange.chunk',
        { exchange: streamed, direction: 'response', n: chunks.length, offset: chunks.length * 9 },
        { response: piece },
      ),
    );
  }
  await harness.append(
    'exchange.outcome',
    outcomeOf(streamed, {
      response: {
        status: 200,
        headers: [
          ['Content-Encoding', 'gzip'],
          ['Content-Type', 'text/html'],
        ],
        body: { size: compressed.length, recorded: compressed.length, chunks },
      },
    }),
  );
});
after(async () => {
  await stop();
  await harness.close();
});

async function get(url: string, token: string | undefined = auditor, method: 'GET' | 'POST' = 'GET') {
  const response = await server.inject({
    method,
    url,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  return {
    status: response.statusCode,
    headers: response.headers,
    body: response.body,
    bytes: response.rawPayload,
    json: () => JSON.parse(response.body),
  };
}
const bare = (url: string) => server.inject(url);

async function audits(kind: string): Promise<Record<string, unknown>[]> {
  await harness.index.reached(harness.journal.size);
  await harness.reader.refresh(harness.journal.size);
  const found: Record<string, unknown>[] = [];
  for await (const entry of harness.reader.entries(0)) {
    if (entry.kind === kind) found.push(JSON.parse(entry.parts.summary?.toString() ?? ''));
  }
  return found;
}

test('search answers rows, and is an entry first', async () => {
  const before = (await audits('audit.search')).length;
  const { status, json } = await get('/api/v1/search?q=op:v1.CreateDashboard%20session:nightly*&limit=5');
  assert.equal(status, 200);
  const [row] = json().items;
  assert.equal(row.id, created);
  assert.equal(row.identity.name, 'claude-sre');
  assert.deepEqual(row.resources, [{ kind: 'dashboard', id: 'abc-def', title: 'Latency' }]);
  const entries = await audits('audit.search');
  assert.equal(entries.length, before + 1);
  assert.deepEqual(entries.at(-1)?.who, { id: `${harness.issuer.url}#ada`, name: 'Ada', groups: ['security'] });
  assert.deepEqual(entries.at(-1)?.details, { query: 'op:v1.CreateDashboard session:nightly*' });
});

test('pages go on where the last one ended', async () => {
  const first = (await get('/api/v1/search?q=op:v1.CreateDashboard&limit=1')).json();
  const second = (
    await get(`/api/v1/search?q=op:v1.CreateDashboard&limit=1&cursor=${encodeURIComponent(first.next)}`)
  ).json();
  assert.deepEqual([first.items[0].id, second.items[0].id].sort(), [created, streamed].sort());
});

test('an exchange joins intent and outcome, and is found by the beginning of its id', async () => {
  for (const id of [created, created.slice(0, 18), created.toUpperCase()]) {
    const { status, json } = await get(`/api/v1/exchanges/${id}`);
    assert.equal(status, 200, id);
    const view = json();
    assert.equal(view.id, created);
    assert.equal(view.outcome, 'complete');
    assert.equal(view.leaves.length, 2);
    assert.equal(view.request.body.content.text, '{"title":"slow"}');
    assert.equal(view.response.body.content.text, '{"id":"abc-def","x":1}');
    assert.equal(view.requestBody, undefined);
  }
  const viewed = await audits('audit.view');
  assert.deepEqual(viewed.at(-1)?.details, { exchange: created });
});

test('a long body is put together from its chunks: decoded in a view, raw and inert as a file', async () => {
  const view = (await get(`/api/v1/exchanges/${streamed}`)).json();
  assert.equal(view.leaves.length, 4);
  assert.deepEqual(view.response.body.content, {
    encoding: 'utf8',
    text: 'streamed words',
    undone: 'gzip',
    truncated: false,
  });
  const raw = await get(`/api/v1/exchanges/${streamed}/response`);
  assert.deepEqual(raw.bytes, gzipSync('streamed words'));
  assert.equal(raw.headers['content-type'], 'application/octet-stream');
  assert.equal(raw.headers['content-encoding'], undefined);
  assert.equal(raw.headers['x-dogwatch-content-type'], 'text/html');
  assert.match(String(raw.headers['content-disposition']), /^attachment/);
  assert.equal((await get(`/api/v1/exchanges/${streamed}/request`)).bytes.length, 0);
});

test('exports are entries of their own kind', async () => {
  assert.equal((await get(`/api/v1/exchanges/${created}/har`)).json().log.entries[0].response.status, 200);
  assert.match((await get(`/api/v1/exchanges/${created}/curl`)).body, /^curl .*--data-raw '\{"title":"slow"\}'/s);
  assert.deepEqual(
    (await audits('audit.export')).map(({ details }) => details),
    [
      { exchange: created, format: 'har' },
      { exchange: created, format: 'curl' },
    ],
  );
});

test('a proof verifies with the key that the log serves, and holds what was not withheld', async () => {
  const keys = { log: readVerifierKeys((await get('/tlog/vkey')).body, 'vkey'), witnesses: [] };
  const made = await get(`/api/v1/exchanges/${streamed}/proof?without=request,summary`);
  assert.equal(made.headers['content-type'], 'application/vnd.dogwatch.proof');
  const report = await verifyProof(Readable.from([made.bytes]), keys);
  assert.equal(report.exchange, streamed);
  assert.equal(report.entries.length, 4);
  assert.equal(report.asked, undefined);
  const whole = await verifyProof(Readable.from([(await get(`/api/v1/exchanges/${streamed}/proof`)).bytes]), keys);
  assert.equal(whole.ended?.response?.status, 200);
  const bad = await get(`/api/v1/exchanges/${streamed}/proof?without=everything`);
  assert.equal(bad.json().error.code, 'bad_parameter');
  assert.deepEqual((await audits('audit.export')).at(-2)?.details, {
    exchange: streamed,
    format: 'proof',
    without: ['summary', 'request'],
  });
});

test('sessions, and one of them with its exchanges', async () => {
  const { items } = (await get('/api/v1/sessions?q=who:claude*')).json();
  assert.deepEqual(items.map(({ id }: { id: string }) => id).sort(), ['nightly~1', 'other~2']);
  const one = (await get('/api/v1/sessions/nightly~1')).json();
  assert.equal(one.session.mutations, 1);
  assert.deepEqual(
    one.exchanges.map(({ id }: { id: string }) => id),
    [created],
  );
  assert.equal((await get('/api/v1/sessions/none')).json().error.code, 'not_found');
});

test('every route that needs a token refuses without one, and without the role', async () => {
  const nobody = await harness.issuer.token(['developers']);
  const { routes } = apiRoutes(harness.options, new AbortController().signal);
  for (const { url, access, method = 'GET' } of routes) {
    const path = url.replace(':id', created).replace('*', 'checkpoint');
    const open = await server.inject({ method, url: path });
    const other = await get(path, nobody, method);
    if (access === 'anyone') assert.notEqual(open.statusCode, 401, path);
    else {
      assert.equal(open.statusCode, 401, path);
      assert.equal(open.json().error.code, 'not_authenticated');
      assert.match(String(open.headers['www-authenticate']), /^Bearer/);
      assert.equal(other.status, access === 'identified' ? 200 : 403, path);
      if (access !== 'identified') assert.equal(other.json().error.code, 'role_missing');
    }
  }
});

test('an auditor is no admin', async () => {
  assert.equal((await get('/api/v1/connections/reload', auditor, 'POST')).json().error.code, 'role_missing');
  const admin = await harness.issuer.token(['platform']);
  assert.deepEqual((await get('/api/v1/connections/reload', admin, 'POST')).json(), { changes: ['main has changed'] });
  assert.deepEqual((await audits('admin.connection')).at(-1)?.details, { changes: ['main has changed'] });
  assert.equal((await get('/api/v1/index/rebuild', admin, 'POST')).status, 200);
});

test('a refused token is told little and recorded with its reason', async () => {
  const wrong = await harness.issuer.token(['security'], { audience: 'somebody-else' });
  for (const [token, code] of [
    [wrong, 'token_bad_audience'],
    ['x.y.z', 'token_malformed'],
    ['dwl_cm9vdA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'token_bad_signature'],
  ] as const) {
    const { status, json, body } = await get('/api/v1/search', token);
    assert.equal(status, 401);
    assert.equal(json().error.code, code);
    assert.ok(!body.includes(token));
  }
  const refused = await audits('identity.refused');
  assert.deepEqual(
    refused.map(({ code }) => code),
    ['token_bad_audience', 'token_malformed', 'token_bad_signature'],
  );
  assert.ok(!JSON.stringify(refused).includes(wrong));
});

test("a local operator's token is good for this run only", async () => {
  const secret = harness.keyring.secret('local-operator');
  const me = await get('/api/v1/whoami', localOperatorToken(secret, RUN, 'alice'));
  assert.deepEqual(
    [me.json().identity.issuer, me.json().identity.subject, me.json().roles],
    ['dogwatch:local', 'alice', ['auditor', 'operator', 'admin']],
  );
  assert.equal((await get('/api/v1/whoami', localOperatorToken(secret, 'run-0', 'alice'))).status, 401);
  assert.equal((await get('/api/v1/whoami', localOperatorToken(Buffer.alloc(32), RUN, 'alice'))).status, 401);
  const mallory = localOperatorToken(secret, RUN, 'alice').replace(/^dwl_[^.]+/, 'dwl_cm9vdA');
  assert.equal((await get('/api/v1/whoami', mallory)).status, 401);
});

test('wrong parameters are named', async () => {
  for (const [url, code, named] of [
    ['/api/v1/search?limit=0', 'bad_parameter', 'limit'],
    ['/api/v1/search?limit=501', 'bad_parameter', 'limit'],
    ['/api/v1/search?nope=1', 'bad_parameter', 'nope'],
    ['/api/v1/search?q=a&q=b', 'bad_parameter', 'q'],
    [`/api/v1/search?q=${'x'.repeat(4097)}`, 'bad_parameter', 'q'],
    ['/api/v1/search?cursor=zz', 'bad_parameter', 'cursor'],
    ['/api/v1/search?q=status:abc', 'bad_query', 'column'],
    ['/api/v1/exchanges/..%2f..%2fetc', 'bad_parameter', 'id'],
    [`/api/v1/exchanges/${newId()}`, 'not_found', 'exchange'],
    ['/api/v1/nothing', 'not_found', 'path'],
  ] as const) {
    const { json } = await get(url);
    assert.equal(json().error.code, code, url);
    assert.match(json().error.message, new RegExp(named), url);
  }
});

test('every answer carries the security headers; none may be cached or sniffed', async () => {
  for (const url of ['/healthz', '/api/v1/search', '/nothing']) {
    const { headers } = await bare(url);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['cache-control'], 'no-store');
    assert.match(String(headers['content-security-policy']), /default-src 'none'/);
  }
});

test('health, readiness, status and metrics', async () => {
  assert.deepEqual((await bare('/healthz')).json(), { status: 'ok' });
  assert.equal((await bare('/readyz')).statusCode, 200);
  harness.notReady.push('the disk is full');
  assert.deepEqual(
    [(await bare('/readyz')).statusCode, (await bare('/readyz')).json()],
    [503, { status: 'not ready', reasons: ['the disk is full'] }],
  );
  harness.notReady.length = 0;
  const status = (await get('/api/v1/status')).json();
  assert.equal(status.journal.size, harness.journal.size);
  assert.equal(status.issuers[0].name, 'test');
  const metrics = (await bare('/metrics')).body;
  for (const line of [
    'dogwatch_exchanges_total{action="read",outcome="complete",status="2xx"} 7',
    'dogwatch_refusals_total{code="denied"} 8',
    'dogwatch_exchange_duration_seconds_bucket{le="0.01"} 3',
    'dogwatch_exchange_duration_seconds_bucket{le="+Inf"} 6',
    'dogwatch_exchange_duration_seconds_sum 0.03',
    'dogwatch_ready 1',
  ])
    assert.ok(metrics.includes(`${line}\n`), line);
});

test('metrics and log are closed when the configuration says so', async () => {
  const api = { ...harness.options.config.api, openMetrics: false, openLog: false };
  const closed = buildApi({ ...harness.options, config: { ...harness.options.config, api } });
  assert.equal((await closed.server.inject('/metrics')).statusCode, 401);
  assert.equal((await closed.server.inject('/tlog/checkpoint')).statusCode, 401);
  await closed.stop();
});

test('the log is served as it lies on disk, and nothing else is', async () => {
  await harness.journal.checkpoint();
  const note = await bare('/tlog/checkpoint');
  assert.match(note.body, /^dogwatch\/test\n\d+\n/);
  assert.equal(note.headers['cache-control'], 'no-cache');
  assert.equal((await bare('/tlog/vkey')).statusCode, 200);
  const size = Number(note.body.split('\n')[1]);
  const tile = await bare(`/tlog/tile/0/000.p/${size}`);
  assert.equal(tile.rawPayload.length, size * 32);
  assert.match(String(tile.headers['cache-control']), /immutable/);
  for (const path of [
    '../../keyring.json',
    '..%2f..%2fkeyring.json',
    'tile/0/../../../../keyring.json',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/64/000',
    '',
    'tile/0/x00/000',
  ]) {
    const { statusCode, body } = await bare(`/tlog/${path}`);
    assert.equal(statusCode, 404, path);
    assert.doesNotMatch(body, /wrapped/);
  }
});

test('the document describes every route, and answers are what it says', async () => {
  const document = (await bare('/api/v1/openapi.json')).json();
  assert.equal(document.openapi, '3.1.0');
  const { routes } = apiRoutes(harness.options, new AbortController().signal);
  assert.equal(
    Object.values(document.paths as Record<string, object>).flatMap((path) => Object.keys(path)).length,
    routes.length,
  );
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)];
  for (const [, section = '', name = ''] of references) assert.ok(document.components[section]?.[name], name);
  const ids = Object.values(document.paths as Record<string, Record<string, { operationId: string }>>).flatMap((path) =>
    Object.values(path).map(({ operationId }) => operationId),
  );
  assert.equal(new Set(ids).size, ids.length);
  const finding = findingOf();
  await harness.append('finding.opened', finding);
  await harness.append('finding.decided', decidedOf(finding.id, 'acknowledged'));
  for (const route of routes) {
    if (!('json' in route.answer) || route.method === 'POST') continue;
    const path = route.url
      .replace(/\/findings\/:id/, `/findings/${finding.id}`)
      .replace(/\/sessions\/:id/, '/sessions/nightly~1')
      .replace(':id', created)
      .replace(/\/history$/, '/history?resource=dashboard/abc-def-ghi')
      .replace(/\/(values|facets)$/, '/$1?field=op');
    const { status, json } = await get(path);
    assert.equal(status, 200, path);
    const parsed = route.answer.json.safeParse(json());
    assert.ok(parsed.success, `${path}: ${parsed.error?.message}`);
  }
});

test('when the journal takes nothing, nothing is answered', async () => {
  const broken = {
    ...harness.options,
    journal: {
      ...harness.options.journal,
      size: 0,
      onDurable: () => () => undefined,
      append: () => Promise.reject(new (class extends Error {})()),
    },
  };
  const { server: deaf, stop: end } = buildApi(broken);
  for (const path of [
    '/api/v1/search',
    `/api/v1/exchanges/${created}`,
    `/api/v1/exchanges/${created}/har`,
    '/api/v1/sessions',
    '/api/v1/sessions/nightly~1',
    '/api/v1/tail',
    '/api/v1/search/values?field=op',
    '/api/v1/search/facets?field=op',
    '/api/v1/search/histogram',
    '/api/v1/export?format=ndjson',
    '/api/v1/findings',
    '/api/v1/findings/tail',
    '/api/v1/suppressions',
    '/api/v1/top',
    '/api/v1/top/tail',
  ]) {
    const { statusCode, body } = await deaf.inject({ url: path, headers: { authorization: `Bearer ${auditor}` } });
    assert.equal(statusCode, 500, path);
    assert.doesNotMatch(body, /abc-def/);
  }
  await end();
});

test('the tail begins with the last rows and goes on with new ones', async () => {
  const api = await createApi(harness.options);
  try {
    const aborter = new AbortController();
    const response = await fetch(`${api.url}/api/v1/tail?q=op:v1.CreateDashboard&last=1`, {
      headers: { authorization: `Bearer ${auditor}` },
      signal: aborter.signal,
    });
    assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
    const seen: { id: string; outcome: string }[] = [];
    const decoder = new TextDecoder();
    let text = '';
    const next = newId();
    let appended = false;
    for await (const piece of response.body ?? []) {
      text += decoder.decode(piece, { stream: true });
      seen.splice(
        0,
        seen.length,
        ...[...text.matchAll(/event: row\ndata: (.*)\n\n/g)].map(([, data = '']) => JSON.parse(data)),
      );
      if (text.includes(': following') && !appended) {
        appended = true;
        await harness.append('exchange.intent', intentOf(next), {}, next);
        await harness.append('exchange', {
          ...intentOf(newId(), { classification: { ...intentOf('').classification, operation: 'v1.ListMonitors' } }),
          ...outcomeOf(''),
        });
        await harness.append('exchange.outcome', outcomeOf(next));
      }
      if (seen.length === 2) break;
    }
    aborter.abort();
    assert.deepEqual(
      seen.map(({ id, outcome }) => [id, outcome]),
      [
        [streamed, 'complete'],
        [next, 'complete'],
      ],
    );
    assert.equal((await audits('audit.tail')).length, 1);
  } finally {
    await api.close();
  }
});

test('a port that is taken is a clear error', async () => {
  const api = await createApi(harness.options);
  const port = Number(new URL(api.url).port);
  const config = {
    ...harness.options.config,
    api: { ...harness.options.config.api, listen: { host: '127.0.0.1', port } },
  };
  await assert.rejects(createApi({ ...harness.options, config }), { code: 'port_in_use' });
  await api.close();
});

test('no token and no query stands in the log', () => {
  assert.ok(harness.lines.length > 10);
  const text = harness.lines.join('');
  assert.ok(!text.includes(auditor) && !text.includes('CreateDashboard') && !text.includes('dwl_'));
});
