import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { type ApiHarness, intentOf, outcomeOf, startHarness } from '../../test/harness/api-parts.ts';
import { temporaryFolder } from '../../test/harness/temporary.ts';
import { newId } from '../exchange/canonical.ts';
import { readVerifierKeys } from '../journal/verifier-keys.ts';
import { verifyProof } from '../journal/verify-proof.ts';
import { buildApi } from './api.ts';
import { localOperatorToken } from './local-operator.ts';

let harness: ApiHarness;
let server: FastifyInstance;
let stop: () => Promise<void>;
let auditor: string;
let other: string;
const ids: string[] = [];
const HOSTILE = '=HYPERLINK("http://evil.example","x")<script>alert(1)</script>';

before(async () => {
  harness = await startHarness();
  ({ server, stop } = buildApi(harness.options));
  auditor = await harness.issuer.token(['security']);
  other = localOperatorToken(harness.keyring.secret('local-operator'), 'run-1', 'bob');
  for (let n = 0; n < 5; n++) {
    const id = newId();
    ids.push(id);
    const title = n === 0 ? HOSTILE : `Dashboard ${n}`;
    await harness.append(
      'exchange.intent',
      intentOf(id, { session: n < 3 ? 'nightly~1' : 'other~2', client: { userAgent: n === 0 ? HOSTILE : 'curl/8' } }),
      { request: Buffer.from(JSON.stringify({ title })) },
      id,
    );
    await harness.append(
      'exchange.outcome',
      outcomeOf(id, { resources: [{ kind: 'dashboard', id: `d-${n}`, title }], timing: { completed: 10 * n } }),
      { response: Buffer.from(`{"id":"d-${n}"}`) },
    );
  }
});
after(async () => {
  await stop();
  await harness.close();
});

async function ask(url: string, options: { token?: string; body?: object } = {}) {
  const response = await server.inject({
    method: options.body ? 'POST' : 'GET',
    url,
    headers: { authorization: `Bearer ${options.token ?? auditor}` },
    ...(options.body && { payload: options.body }),
  });
  return {
    status: response.statusCode,
    headers: response.headers,
    text: response.body,
    bytes: response.rawPayload,
    json: () => JSON.parse(response.body),
  };
}

async function audits(kind: string): Promise<{ what: string; details: Record<string, unknown> }[]> {
  await harness.reader.refresh(harness.journal.size);
  const found = [];
  for await (const entry of harness.reader.entries(0))
    if (entry.kind === kind) found.push(JSON.parse(entry.parts.summary?.toString() ?? ''));
  return found;
}

test('fields and known values complete a query', async () => {
  const { fields } = (await ask('/api/v1/search/fields')).json();
  const op = fields.find((field: { name: string }) => field.name === 'op');
  assert.equal(op.example, 'op:v1.UpdateMonitor');
  assert.deepEqual((await ask('/api/v1/search/values?field=op&prefix=v1.cr')).json().values, ['v1.CreateDashboard']);
  assert.deepEqual((await ask('/api/v1/search/values?field=action&prefix=d')).json().values, ['delete']);
  assert.equal((await ask('/api/v1/search/values?field=nonsense')).status, 400);
});

test('facets and a histogram count what matches, and are entries', async () => {
  const { facets } = (await ask('/api/v1/search/facets?field=session,action&q=action:create')).json();
  assert.deepEqual(facets, [
    {
      field: 'session',
      values: [
        { value: 'nightly~1', count: 3 },
        { value: 'other~2', count: 2 },
      ],
    },
    { field: 'action', values: [{ value: 'create', count: 5 }] },
  ]);
  const counted = (await ask('/api/v1/search/histogram?q=since:1h&width=3600000&tz=Asia/Kolkata')).json();
  assert.equal(counted.width, 3_600_000);
  assert.equal(
    counted.buckets.reduce((sum: number, { count }: { count: number }) => sum + count, 0),
    5,
  );
  assert.ok(counted.buckets.every(({ time }: { time: number }) => (time + 19_800_000) % 3_600_000 === 0));
  assert.equal((await ask('/api/v1/search/facets?field=path')).json().error.code, 'bad_parameter');
  assert.equal((await ask('/api/v1/search/histogram?width=1000')).status, 200, 'a moment has few buckets');
  assert.match((await audits('audit.search')).at(-1)?.what ?? '', /counted over time/);
});

test('orders by value go from page to page', async () => {
  const first = (await ask('/api/v1/search?order=slowest&limit=2&q=op:v1.CreateDashboard')).json();
  assert.deepEqual(
    first.items.map((row: { latency: number }) => row.latency),
    [40, 30],
  );
  const second = (
    await ask(`/api/v1/search?order=slowest&limit=9&q=op:v1.CreateDashboard&cursor=${first.next}`)
  ).json();
  assert.deepEqual(
    second.items.map((row: { latency: number }) => row.latency),
    [20, 10, 0],
  );
});

test('saved queries stand for what they say: own ones first, shared ones for all, removed ones for nobody', async () => {
  const save = (name: string, query: string, shared: boolean, token = auditor) =>
    ask('/api/v1/queries', { token, body: { name, query, shared } });
  assert.equal((await save('nightly', 'session:nightly*', false)).status, 200);
  assert.equal((await save('everything', 'action:create', true)).status, 200);
  const found = async (q: string, token = auditor) =>
    (await ask(`/api/v1/search?q=${encodeURIComponent(q)}`, { token })).json();
  assert.equal((await found('saved:nightly')).items.length, 3);
  assert.equal((await found('-saved:NIGHTLY')).items.length, 2);
  assert.equal((await found('saved:everything', other)).items.length, 5);
  assert.equal((await found('saved:nightly', other)).error.code, 'bad_query', 'not shared');
  assert.equal((await save('everything', 'x', true, other)).json().error.code, 'bad_parameter', 'the name is taken');
  assert.equal((await save('everything', 'session:other*', false, other)).status, 200);
  assert.equal((await found('saved:everything', other)).items.length, 2, "one's own comes first");
  assert.equal((await save('bad name', 'x', false)).status, 400);
  assert.equal((await save('bad', 'who:', false)).json().error.code, 'bad_query');
  assert.equal((await ask('/api/v1/queries/remove', { body: { name: 'none' } })).status, 404);

  // Another server over the same journal knows them, too.
  const again = buildApi(harness.options);
  try {
    const listed = await again.server.inject({
      url: '/api/v1/queries',
      headers: { authorization: `Bearer ${auditor}` },
    });
    assert.deepEqual(
      listed.json().queries.map(({ name, shared }: { name: string; shared: boolean }) => [name, shared]),
      [
        ['everything', true],
        ['nightly', false],
      ],
    );
  } finally {
    await again.stop();
  }
  assert.equal((await ask('/api/v1/queries/remove', { body: { name: 'Nightly' } })).status, 200);
  assert.equal((await found('saved:nightly')).error.code, 'bad_query');
  assert.deepEqual(
    (await audits('admin.query')).map(({ details }) => details.state),
    ['saved', 'saved', 'saved', 'removed'],
  );
});

test('every format has every exchange, and is an entry first', async () => {
  const exported = async (format: string, q = 'op:v1.CreateDashboard') =>
    ask(`/api/v1/export?format=${format}&q=${encodeURIComponent(q)}`);
  const ndjson = await exported('ndjson');
  assert.equal(ndjson.headers['content-type'], 'application/x-ndjson');
  const views = ndjson.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    views.map(({ id }) => id),
    ids,
    'oldest first',
  );
  assert.equal(views[1].request.body.content.text, '{"title":"Dashboard 1"}');
  const csv = await exported('csv');
  assert.equal(csv.text.split('\r\n').length, 7);
  assert.match(csv.text, /"'=HYPERLINK\(""http/);
  const har = (await exported('har')).json();
  assert.deepEqual(
    har.log.entries.map((entry: { _dogwatch: { exchange: string } }) => entry._dogwatch.exchange),
    ids,
  );
  assert.equal(har.log.entries[1].response.content.text, '{"id":"d-1"}');
  const ocsf = (await exported('ocsf')).text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    ocsf.map(({ metadata }) => metadata.uid),
    ids,
  );
  assert.equal(
    (await exported('har', 'who:nobody')).text,
    '{"log":{"version":"1.2","creator":{"name":"Dogwatch","version":"0.0.0"},"entries":[]}}\n',
  );
  assert.equal((await exported('ndjson', 'who:')).json().error.code, 'bad_query');
  assert.equal((await ask('/api/v1/export?format=xml')).status, 400);
  const last = (await audits('audit.export')).filter(({ details }) => details.format === 'csv');
  assert.deepEqual(last.at(-1)?.details, { query: 'op:v1.CreateDashboard', format: 'csv' });
  assert.equal((await server.inject('/api/v1/export?format=csv')).statusCode, 401);
});

test('an evidence pack verifies without Dogwatch, and one altered byte is found', async () => {
  assert.equal((await ask('/api/v1/evidence?q=who:nobody')).status, 404);
  const pack = await ask('/api/v1/evidence?q=session:nightly*');
  assert.equal(pack.headers['content-type'], 'application/zip');
  const folder = temporaryFolder('pack');
  await writeFile(join(folder, 'pack.zip'), pack.bytes);
  execFileSync('python3', ['-m', 'zipfile', '-e', 'pack.zip', 'pack'], { cwd: folder });
  const root = join(folder, 'pack');
  assert.deepEqual((await readdir(join(root, 'exchanges'))).sort(), ids.slice(0, 3).sort());
  const [id = ''] = ids;
  assert.equal(await readFile(join(root, 'exchanges', id, 'response'), 'utf8'), '{"id":"d-0"}');
  const html = await readFile(join(root, 'summary.html'), 'utf8');
  assert.doesNotMatch(html, /<script|<img|javascript:|(href|src)="(?!exchanges\/)/i);
  assert.match(html, /&#60;script&#62;/);

  const vkey = await readFile(join(root, 'log', 'vkey'), 'utf8');
  const proof = await readFile(join(root, 'proofs', `${id}.proof`));
  const report = await verifyProof(Readable.from([proof]), { log: readVerifierKeys(vkey, 'vkey'), witnesses: [] });
  assert.equal(report.exchange, id);

  const verify = () => spawnSync('python3', ['verify.py', 'log/vkey'], { cwd: root, encoding: 'utf8' });
  const good = verify();
  assert.equal(good.status, 0, good.stderr);
  assert.match(good.stdout, /3 exchanges stand in the signed log/);
  const path = join(root, 'proofs', `${id}.proof`);
  const text = proof.toString('utf8');
  const forged = Buffer.from('{"title":"harmless"}').toString('base64');
  const real = Buffer.from(JSON.stringify({ title: HOSTILE })).toString('base64');
  assert.ok(text.includes(real));
  await writeFile(path, text.replace(real, forged));
  assert.match(verify().stderr, /NOT VERIFIED: proofs.*not the file that was packed/);
  await writeFile(join(root, 'SHA256SUMS'), '');
  assert.match(verify().stderr, /NOT VERIFIED: .*its request is not what the log commits to/);
  await writeFile(path, text.replace('index 0\\n', 'index 1\\n'));
  assert.match(verify().stderr, /NOT VERIFIED: .*not in the log/);
});

test('what is withheld is nowhere in a pack', async () => {
  const pack = await ask('/api/v1/evidence?q=session:nightly*&without=summary,request');
  const folder = temporaryFolder('pack');
  await writeFile(join(folder, 'pack.zip'), pack.bytes);
  execFileSync('python3', ['-m', 'zipfile', '-e', 'pack.zip', 'pack'], { cwd: folder });
  for (const item of await readdir(join(folder, 'pack'), { recursive: true, withFileTypes: true })) {
    if (!item.isFile() || item.name === 'README.md') continue;
    const text = await readFile(join(item.parentPath, item.name), 'latin1');
    for (const secret of [
      'claude-sre',
      'Dashboard 1',
      Buffer.from('Dashboard').toString('base64').slice(0, 10),
      'curl/8',
    ])
      assert.ok(!text.includes(secret), `${item.name} tells ${secret}`);
  }
  assert.equal((await ask('/api/v1/evidence?q=&without=everything')).status, 400);
});

test('a time in which far more matched than in those before stands out, with what is usual', async () => {
  const hour = 3_600_000;
  const end = Math.floor(Date.now() / hour) * hour - hour;
  const burst = end - hour;
  const read = async (receivedAt: number): Promise<void> => {
    const id = newId();
    const { classification } = intentOf(id);
    await harness.append(
      'exchange.intent',
      intentOf(id, { receivedAt, classification: { ...classification, operation: 'v1.QueryMetrics', action: 'read' } }),
      {},
      id,
    );
  };
  const times = Array.from({ length: 40 }, (_, n) => end - (40 - n) * 600_000);
  await Promise.all([
    ...times.flatMap((time) => [0, 1, 2].map((n) => read(time + n * 1000))),
    ...Array.from({ length: 60 }, (_, n) => read(burst + n * 1000)),
  ]);
  const q = encodeURIComponent(
    `op:v1.QueryMetrics time:["${new Date(times[0]!).toISOString()}" TO "${new Date(end).toISOString()}"]`,
  );
  const { buckets } = (await ask(`/api/v1/search/histogram?q=${q}&width=600000`)).json();
  assert.equal(buckets.length, 40);
  assert.deepEqual(
    buckets.filter(({ usual }: { usual?: object }) => usual),
    [{ time: burst, count: 63, failed: 0, usual: { low: 3, high: 3 } }],
  );
});

test('a session is meant by its beginning, but for what could be an exchange as well, and not where proofs are taken', async () => {
  const id = newId();
  const beginning = id.slice(0, 18);
  const session = `${beginning}-of-a-session`;
  await harness.append('exchange.intent', intentOf(id, { session }), {}, id);
  const told = async (url: string) => {
    const answer = await ask(url);
    return [answer.status, answer.status === 200 ? answer.json() : answer.json().error.code];
  };
  const [status, view] = await told(`/api/v1/sessions/${beginning}`);
  assert.deepEqual([status, view.session.id], [200, session]);
  // To undo a session where one of its calls was meant would be worse than to ask.
  assert.deepEqual(await told(`/api/v1/revert/${beginning}`), [400, 'bad_parameter']);
  for (const whole of [session, id]) assert.equal((await told(`/api/v1/revert/${whole}`))[1].of, whole);
  assert.equal((await told(`/api/v1/revert/${session.slice(0, 24)}`))[1].of, session);
  assert.deepEqual(await told(`/api/v1/sessions/${beginning}/recording`), [404, 'not_found']);
});
