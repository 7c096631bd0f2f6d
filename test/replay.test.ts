// Replay end to end: a session of sixty calls, recorded by a gateway in front of a sandbox, executed again in fresh ones.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openRecords } from '../src/cli/open-records.ts';
import { readRecording } from '../src/cli/read-recording.ts';
import type { NoteVerifier } from '../src/journal/note.ts';
import { readVerifierKeys } from '../src/journal/verifier-keys.ts';
import type { Recording } from '../src/replay/recording.ts';
import { type ReplayOptions, replay } from '../src/replay/replay.ts';
import type { Replay, ResourceImpact } from '../src/replay/report.ts';
import { sandboxTargets } from '../src/replay/sandbox-target.ts';
import { type SandboxServer, startSandbox } from '../src/sandbox/server.ts';
import { runDogwatch } from './harness/gateway.ts';
import { type Scene, startScene } from './harness/scene.ts';

let datadog: SandboxServer;
let other: SandboxServer;
let scene: Scene;
let session: string;
/** The recording as it is handed over. */
let lines: string[];
let verifiers: NoteVerifier[];
/** What each call made, by the name that the script gives it. */
const made = new Map<string, string>();
let calls = 0;

const json = (body: Buffer): Record<string, unknown> => JSON.parse(body.toString('utf8')) as Record<string, unknown>;

async function call(
  method: string,
  target: string,
  body?: object,
  named = 'nightly',
): Promise<Record<string, unknown>> {
  const answer = await scene.call(method, target, body && JSON.stringify(body), {
    'dd-api-key': scene.token,
    'x-dogwatch-session': named,
  });
  if (named === 'nightly') calls += 1;
  return answer.body.length === 0 ? { status: answer.status } : { ...json(answer.body), status: answer.status };
}

const monitor = (name: string, query = 'avg(last_5m):avg:system.load.1{*} > 4') => ({
  name,
  type: 'query alert',
  query,
  message: 'look',
  tags: ['team:a'],
  options: { thresholds: { critical: 4 } },
});
const dashboard = (title: string) => ({
  title,
  layout_type: 'ordered',
  widgets: [{ definition: { type: 'note', content: 'hello' } }],
});
const id = (name: string): string => made.get(name) ?? assert.fail(`nothing is called ${name}`);

/** The sixty calls. */
async function work(): Promise<void> {
  const make = async (name: string, target: string, body: object): Promise<void> => {
    const answer = await call('POST', target, body);
    assert.ok((answer.status as number) < 300, `${name}: ${JSON.stringify(answer)}`);
    const data = answer.data as { id?: string } | { id: string }[] | undefined;
    const first = Array.isArray(data) ? data[0]?.id : data?.id;
    made.set(name, String(answer.id ?? first ?? answer.public_id));
  };
  const to = Math.floor(Date.now() / 1000);
  await call('GET', `/api/v1/query?query=avg:system.load.1%7B*%7D&from=${to - 600}&to=${to}`);
  await call('GET', `/api/v1/monitor/${id('standing')}`);
  await call('GET', '/api/v1/dashboard/no-such-one');
  for (let n = 1; n <= 10; n++) await make(`monitor ${n}`, '/api/v1/monitor', monitor(`Load ${n}`));
  for (let n = 1; n <= 5; n++) await make(`dashboard ${n}`, '/api/v1/dashboard', dashboard(`Board ${n}`));
  await make('composite', '/api/v1/monitor', {
    ...monitor('Both', `${id('monitor 1')} && ${id('monitor 2')}`),
    type: 'composite',
    options: {},
  });
  await make('slo', '/api/v1/slo', {
    name: 'Uptime',
    type: 'monitor',
    monitor_ids: [Number(id('monitor 3'))],
    thresholds: [{ timeframe: '7d', target: 99 }],
  });
  await make('list', '/api/v1/dashboard/lists/manual', { name: 'Mine' });
  for (let n = 1; n <= 4; n++) {
    await call('PUT', `/api/v1/monitor/${id(`monitor ${n}`)}`, {
      options: { thresholds: { critical: 4 } },
      name: `Load ${n} again`,
    });
  }
  await call('PUT', `/api/v1/monitor/${id('standing')}`, { message: 'nobody need look' });
  for (let n = 1; n <= 3; n++) {
    await call('PUT', `/api/v1/dashboard/${id(`dashboard ${n}`)}`, dashboard(`Board ${n} again`));
  }
  for (let n = 1; n <= 10; n++) await call('GET', `/api/v1/monitor/${id(`monitor ${n}`)}`);
  for (let n = 1; n <= 5; n++) await call('GET', `/api/v1/dashboard/${id(`dashboard ${n}`)}`);
  await call('POST', '/api/v2/logs/events/search', { filter: { query: 'service:web', from: 'now-1h', to: 'now' } });
  for (let n = 6; n <= 10; n++) await call('DELETE', `/api/v1/monitor/${id(`monitor ${n}`)}`);
  await call('DELETE', `/api/v1/dashboard/${id('dashboard 5')}`);
  await call('DELETE', `/api/v1/dashboard/${id('standing board')}`);
  await call('GET', `/api/v1/dashboard/${id('dashboard 5')}`);
  await call('PUT', `/api/v1/slo/${id('slo')}`, {
    name: 'Uptime of all',
    type: 'monitor',
    monitor_ids: [Number(id('monitor 3')), Number(id('monitor 4'))],
    thresholds: [{ timeframe: '7d', target: 99 }],
  });
  for (let n = 1; n <= 3; n++) await call('GET', `/api/v1/slo/${id('slo')}`);
  while (calls < 60) await call('GET', `/api/v1/monitor/${id('composite')}`);
}

async function dogwatch(...args: string[]): Promise<string> {
  const { code, output } = await runDogwatch([...args, '--config', scene.site.configFile]);
  assert.equal(code, 0, `dogwatch ${args.join(' ')}: ${output}`);
  return output;
}

let recording: Recording;

/** The session in a fresh sandbox, in this process. */
const replayed = (options: Partial<ReplayOptions> = {}): Promise<Replay> =>
  replay(recording, { ...sandboxTargets(recording), ...options });

const effects = ({ impact }: Replay): string[] =>
  impact.map(({ kind, title, effect }) => `${effect} ${kind} ${title ?? ''}`.trim()).sort();

before(async () => {
  datadog = await startSandbox({ port: 0 });
  other = await startSandbox({ port: 0 });
  scene = await startScene({
    upstreamUrl: datadog.url,
    configure: (config) => {
      const [first] = config.connections ?? [];
      assert.ok(first);
      const { apiKey: _apiKey, appKey: _appKey, ...rest } = first;
      const keys = { apiKey: { env: 'OTHER_API_KEY' }, appKey: { env: 'OTHER_APP_KEY' } };
      return {
        ...config,
        connections: [
          { ...first, images: true, sandbox: true },
          { ...rest, ...keys, name: 'playground', default: false, upstream: other.url, sandbox: true },
          { ...first, name: 'alias', default: false, sandbox: true },
        ],
      };
    },
    env: { OTHER_API_KEY: 'c'.repeat(32), OTHER_APP_KEY: 'd'.repeat(40) },
  });
  process.env.OTHER_API_KEY = 'c'.repeat(32);
  process.env.OTHER_APP_KEY = 'd'.repeat(40);
  // One that another session made, and one that nobody made through the gateway: only its image shows it.
  made.set('standing', String((await call('POST', '/api/v1/monitor', monitor('Standing'), 'before')).id));
  const board = datadog.sandbox.answer({
    method: 'POST',
    target: '/api/v1/dashboard',
    contentType: 'application/json',
    body: Buffer.from(JSON.stringify(dashboard('Standing board'))),
  }).body as { id: string };
  made.set('standing board', board.id);
  await work();
  assert.equal(calls, 60);
  await scene.stop();
  const sessions = (await dogwatch('sessions', '--json'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: string; calls: number });
  session = sessions.find((each) => each.calls === 60)?.id ?? assert.fail(JSON.stringify(sessions));
  const records = await openRecords(scene.site.configFile);
  const { proofs, keys } = await records.recording(session, 'sandbox');
  const pieces: string[] = [];
  for await (const piece of proofs) pieces.push(String(piece));
  lines = pieces.join('').split('\n').slice(0, -1);
  verifiers = readVerifierKeys(keys, 'vkey');
  await records.close();
  recording = await readRecording(proofsOf(lines), session, verifiers);
});

after(async () => {
  delete process.env.OTHER_API_KEY;
  delete process.env.OTHER_APP_KEY;
  await scene?.close();
  await datadog?.close();
  await other?.close();
});

test('a session replayed twice has the same impact both times, and it is what was recorded', async () => {
  const [first, second] = [await replayed(), await replayed()];
  assert.deepEqual(second.impact, first.impact);
  assert.equal(first.steps.length, 60);
  assert.deepEqual(
    first.steps.flatMap(({ n, divergences, how, why }) =>
      divergences.length > 0 || how === 'stepped-over' ? [{ n, divergences, why }] : [],
    ),
    [],
  );
  assert.deepEqual(
    first.impact.filter(({ asRecorded }) => asRecorded === false),
    [],
  );
  assert.deepEqual(first.missing, []);
  const boards = [1, 2, 3].map((n) => `created dashboard Board ${n} again`);
  assert.deepEqual(
    effects(first),
    [
      ...[1, 2, 3, 4].map((n) => `created monitor Load ${n} again`),
      'created monitor Load 5',
      ...[6, 7, 8, 9, 10].map(() => 'unchanged monitor'),
      ...boards,
      'created dashboard Board 4',
      'unchanged dashboard',
      'created monitor Both',
      'created slo Uptime of all',
      'created dashboard-list Mine',
      'updated monitor Standing',
      'deleted dashboard Standing board',
    ].sort(),
  );
  const standing = first.impact.find(({ title }) => title === 'Standing');
  assert.deepEqual(
    standing?.changes.map(({ type, path, before: old, after: now }) => [type, path, old, now]),
    [['changed', ['message'], 'look', 'nobody need look']],
  );
  // What the recording's own Datadog has in the end is what the replay says.
  const world = datadog.sandbox.world;
  const slo = world.find('/api/v1/slo', id('slo'));
  const again = first.impact.find(({ kind }) => kind === 'slo')?.after as { monitor_ids: number[] };
  const actual = new Map(first.ids);
  assert.deepEqual(
    again.monitor_ids.map(String),
    ((slo?.monitor_ids ?? []) as number[]).map((each) => actual.get(String(each)) ?? String(each)),
  );
});

test('data is answered from the recording', async () => {
  const { steps } = await replayed({ until: 3 });
  assert.deepEqual(
    steps.map(({ operation, how }) => [operation, how]),
    [
      ['v1.QueryMetrics', 'from-recording'],
      ['v1.GetMonitor', 'executed'],
      ['v1.GetDashboard', 'executed'],
    ],
  );
});

test('with one call skipped the report shows exactly the consequences', async () => {
  const whole = await replayed();
  // Call 4 made monitor 1: it was edited, read, and stood in the composite.
  const without = await replayed({ skip: new Set([4]) });
  const touching = whole.steps
    .filter(({ target, n }) => n > 4 && target?.includes(idIn(whole, 'monitor 1')))
    .map(({ n }) => n);
  const composite =
    whole.steps.find(({ changes }) => changes.some(({ id: each }) => each === idIn(whole, 'composite')))?.n ?? 0;
  const divergent = without.steps.filter(({ divergences }) => divergences.length > 0).map(({ n }) => n);
  assert.ok(touching.length === 2);
  for (const n of touching) assert.ok(divergent.includes(n), `call ${n} went as recorded`);
  for (const n of divergent) {
    const step = without.steps[n - 1];
    const known = touching.includes(n) || n === composite || step?.target?.includes(id('composite'));
    assert.ok(known, `call ${n} is no consequence: ${JSON.stringify(step)}`);
    assert.ok(
      step?.divergences.every(({ because }) => because.startsWith('call 4 ')),
      JSON.stringify(step),
    );
  }
  assert.deepEqual(
    without.missing.filter(({ id: each }) => each !== id('composite')).map(({ kind, id: each }) => [kind, each]),
    [['monitor', id('monitor 1')]],
  );
  const gone = effects(whole).filter((each) => !effects(without).includes(each));
  assert.ok(gone.includes('created monitor Load 1 again'));
  assert.ok(
    gone.every((each) => each === 'created monitor Load 1 again' || each === 'created monitor Both'),
    gone.join(),
  );
});

const idIn = (replay: Replay, name: string): string => new Map(replay.ids).get(id(name)) ?? id(name);

test('an edited call says what would have been', async () => {
  const body = Buffer.from(JSON.stringify(monitor('Load 5, calmer')));
  const { impact, steps } = await replayed({ edits: new Map([[8, body]]) });
  assert.equal(steps[7]?.edited, true);
  const five = impact.find(({ title }) => title === 'Load 5, calmer') as ResourceImpact;
  assert.equal(five.asRecorded, false);
  assert.ok(five.divergences.every(({ because }) => because === 'call 8 (v1.CreateMonitor) was edited'));
});

/** Proofs as a stream. */
async function* proofsOf(of: readonly string[]): AsyncGenerator<string> {
  for (const line of of) yield `${line}\n`;
}

test('a call altered in the record is noticed before anything is executed', async () => {
  const at = lines.findIndex((line) => line.includes('exchange.intent') && line.includes('"request"'));
  const line = JSON.parse(lines[at] ?? '') as { leaf: string; parts: { request: { bytes: string; salt: string } } };
  const altered = (change: (copy: typeof line) => void): string[] => {
    const copy = structuredClone(line);
    change(copy);
    return lines.with(at, JSON.stringify(copy));
  };
  const other = Buffer.from(JSON.stringify({ name: 'another' }));
  const bytes = altered(({ parts }) => {
    parts.request.bytes = other.toString('base64');
  });
  const leaf = altered((copy) => {
    const { salt } = copy.parts.request;
    copy.parts.request.bytes = other.toString('base64');
    const made = createHash('sha256').update(Buffer.from(salt, 'base64')).update(other).digest('base64url');
    copy.leaf = copy.leaf.replace(/"q":"[^"]*"/, `"q":"${made}"`);
  });
  const head = lines.findIndex((each, i) => i > 0 && each.startsWith('{"dogwatch"'));
  const twice = [...lines, ...lines.slice(0, head)];
  for (const [name, tampered] of Object.entries({ bytes, leaf, twice, cut: lines.slice(0, -1) })) {
    await assert.rejects(
      readRecording(proofsOf(tampered), session, verifiers),
      { code: 'proof_invalid' },
      `${name} was not noticed`,
    );
  }
});

test('the command prints, reports, and reaches another organisation only when it is marked for it', async () => {
  const file = join(scene.site.directory, 'report.html');
  assert.match(await dogwatch('replay', session, '--report', file), /Impact/);
  const page = readFileSync(file, 'utf8');
  assert.match(page, /http-equiv="Content-Security-Policy" content="default-src 'none'/);
  assert.doesNotMatch(page, /<script|<link|<img|src=|href=/);
  assert.match(page, /Standing board/);

  const before = datadog.sandbox.world.save();
  for (const [target, why] of [
    ['production', /the session was recorded on it/],
    ['alias', /holds a credential of production/],
  ] as const) {
    const { code, output } = await runDogwatch([
      'replay',
      session,
      '--against',
      target,
      '--config',
      scene.site.configFile,
    ]);
    assert.equal(code, 2, output);
    assert.match(output, why);
  }
  const done = JSON.parse(
    await dogwatch('replay', session, '--json', '--against', 'playground', '--until', '13'),
  ) as Replay;
  assert.equal(done.against, 'playground');
  assert.deepEqual(effects(done), Array.from({ length: 10 }, (_, n) => `created monitor Load ${n + 1}`).sort());
  assert.equal([...(other.sandbox.world.collections.get('/api/v1/monitor')?.keys() ?? [])].length, 10);
  assert.deepEqual(datadog.sandbox.world.save(), before);
  const { code, output } = await runDogwatch(['replay', session, '--skip', '61', '--config', scene.site.configFile]);
  assert.equal(code, 2);
  assert.match(output, /there is no call 61/);
});
