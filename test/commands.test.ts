// The commands as an operator uses them: init, check, connection, serve, search, show, tail; with and without a running gateway.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { selfSigned } from './harness/certificate.ts';
import { type Launched, launch, ROOT } from './harness/gateway.ts';
import { startTestIssuer, type TestIssuer } from './harness/issuer.ts';
import { freePort } from './harness/listening.ts';
import { temporaryFolder } from './harness/temporary.ts';

let directory: string;
let config: string;
let issuer: TestIssuer;
let datadog: Server;
let gateway: Launched | undefined;
let port: number;
let apiPort: number;
/** The keys that the stand-in for Datadog knows. */
let goodKeys = { api: 'a'.repeat(32), app: 'b'.repeat(40) };

interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function dogwatch(
  args: readonly string[],
  options: { input?: string; env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<Result> {
  const child = spawn(process.execPath, [join(ROOT, 'bin', 'dogwatch'), ...args], {
    cwd: options.cwd ?? directory,
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, DOGWATCH_CONFIG: undefined, ...options.env },
  });
  child.stdin.on('error', () => undefined).end(options.input ?? '');
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

async function good(args: readonly string[], options: Parameters<typeof dogwatch>[1] = {}): Promise<string> {
  const { code, out, err } = await dogwatch(args, options);
  assert.equal(code, 0, `dogwatch ${args.join(' ')}: ${out}${err}`);
  return out;
}

async function start(): Promise<void> {
  gateway = launch(['serve', '--config', config]);
  const deadline = Date.now() + 60_000;
  for (;;) {
    const up = await fetch(`http://127.0.0.1:${apiPort}/readyz`).catch(() => undefined);
    if (up?.ok) return;
    assert.ok(Date.now() < deadline && gateway.child.exitCode === null, gateway.output());
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function stop(): Promise<void> {
  gateway?.child.kill('SIGTERM');
  assert.deepEqual(await gateway?.ended, { code: 0, signal: null }, gateway?.output());
  gateway = undefined;
}

const call = async (path: string, headers: Record<string, string> = {}) =>
  fetch(`http://127.0.0.1:${port}${path}`, {
    headers: { 'dd-api-key': await issuer.mint({ name: 'claude', groups: ['sre'] }), ...headers },
  });

before(async () => {
  directory = temporaryFolder('commands');
  config = join(directory, 'dogwatch.yaml');
  issuer = await startTestIssuer();
  datadog = createServer((request, response) => {
    const { 'dd-api-key': api, 'dd-application-key': app } = request.headers;
    const allowed = api === goodKeys.api && (request.url === '/api/v1/validate' || app === goodKeys.app);
    response.writeHead(allowed ? 200 : 403, { 'content-type': 'application/json' });
    response.end(allowed ? '{"monitors":[{"name":"\u202eevil"}]}' : '{"errors":["Forbidden"]}');
  });
  await new Promise<void>((resolve) => datadog.listen(0, '127.0.0.1', resolve));
  [port, apiPort] = [await freePort(), await freePort()];
});
after(async () => {
  gateway?.child.kill('SIGKILL');
  await issuer.close();
  datadog.close();
});

test('from init to serve as the README says it', async () => {
  await good(['init', '--name', 'acme', '--issuer', issuer.url, '--audience', 'dogwatch']);
  const again = await dogwatch(['init']);
  assert.deepEqual([again.code, /is there already/.test(again.err)], [2, true]);
  const text = readFileSync(config, 'utf8')
    .replace('127.0.0.1:8080', `127.0.0.1:${port}`)
    .replace('127.0.0.1:8090', `127.0.0.1:${apiPort}`)
    .replace(
      '    default: true\n',
      `    default: true\n    upstream: http://127.0.0.1:${(datadog.address() as AddressInfo).port}\n`,
    );
  writeFileSync(config, text);

  const unready = await dogwatch(['check']);
  assert.equal(unready.code, 1);
  assert.match(unready.out, /failed {2}connection main: nothing holds the credential/);

  assert.match(
    await good(['connection', 'add', 'main'], { input: `${goodKeys.api}\n${goodKeys.app}\n` }),
    /added connection main/,
  );
  const checked = await good(['check']);
  for (const line of [
    'issuer main: 1 key from',
    'connection main: the API key and the application key are good',
    'policy: 1 rules',
  ])
    assert.ok(checked.includes(line), `${line} in ${checked}`);
  const { out } = await dogwatch(['check', '--json']);
  assert.ok(JSON.parse(out).every(({ result }: { result: string }) => result === 'ok'));
});

test('secrets come from anywhere but arguments, and are shown nowhere', async () => {
  const secret = 'c0ffee'.repeat(6);
  for (const args of [
    ['connection', 'add', 'x', secret],
    ['connection', 'add', 'x', `--api-key=${secret}`],
    ['connection', 'list', secret],
  ]) {
    const { code, out, err } = await dogwatch(args);
    assert.equal(code, 2);
    assert.ok(!`${out}${err}`.includes(secret), err);
  }
  for (const input of ['', 'only-one-line-here\n', 'short\nshort\n', 'with blank inside\nb\n']) {
    const { code, err } = await dogwatch(['connection', 'add', 'x'], { input });
    assert.notEqual(code, 0);
    assert.doesNotMatch(err, /defect|only-one|with blank/);
  }
  await good(
    ['connection', 'add', 'second', '--site', 'datadoghq.eu', '--group', 'sre', 'ci', '--env', '--read-only'],
    { env: { DD_API_KEY: secret, DD_APP_KEY: secret } },
  );
  const list = await good(['connection', 'list']);
  assert.match(list, /^second +datadoghq\.eu +sre, ci +read only +keys, sealed/m);
  assert.ok(!list.includes(secret));
  const everything = readdirSync(join(directory, 'data'), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  for (const entry of everything)
    assert.ok(!readFileSync(join(entry.parentPath, entry.name)).includes(secret), entry.name);
  assert.match(
    (await dogwatch(['connection', 'add', 'y', '--site', 'datadoghq.ue'], { input: 'x' })).err,
    /did you mean "datadoghq.eu"/,
  );
  await good(['connection', 'remove', 'second']);
  assert.match((await dogwatch(['connection', 'test', 'second'])).err, /no connection second/);
});

test('a running gateway answers search, show and tail; what was recorded cannot act in the terminal', async () => {
  await start();
  const answer = await call('/api/v1/monitor?name=%1b%5b31mred');
  assert.equal(answer.status, 200);
  const exchange = answer.headers.get('x-dogwatch-exchange') ?? '';
  const rows = (await good(['search', 'op:v1.ListMonitors', '--json']))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    rows.map(({ id, identity }) => [id, identity.name]),
    [[exchange, 'claude']],
  );
  assert.match(
    await good(['search', 'op:v1.ListMonitors']),
    /^TIME .*\n\d\d-\d\d .* claude +sre +v1\.ListMonitors .*200 +allow/,
  );
  const shown = await good(['show', exchange.slice(0, 18)]);
  assert.match(shown, /Who \(verified\)\nname +claude.*Claimed by the client \(unverified\)/s);
  assert.ok(shown.includes('"name": "\\u{202e}evil"') && !/[\p{Cf}]/u.test(shown), shown);
  assert.match(await good(['show', exchange, '--curl']), /^curl /);
  assert.equal(JSON.parse(await good(['show', exchange, '--har'])).log.entries.length, 1);
  assert.match(await good(['sessions', 'who:claude']), /claude +1 /);
  const [{ session }] = rows;
  assert.ok((await good(['session', session])).includes('v1.ListMonitors'));
  // As tables show it.
  for (const command of ['session', 'impact']) await good([command, session.slice(0, 18)]);
  // So long that no exchange of the same millisecond begins so.
  await good(['revert', session.slice(0, 23)]);
  for (const name of ['nightly-1', 'nightly-2', 'nightly-10', 'run'])
    assert.equal((await call('/api/v1/dashboard', { 'x-dogwatch-session': name })).status, 200);
  // The name that an agent gave it is enough, also when another begins so.
  for (const name of ['nightly-1', 'run']) assert.match(await good(['session', name]), /v1\.ListDashboards/);
  const either = await dogwatch(['session', 'nightly-']);
  assert.deepEqual([either.code === 0, /more than one session begins with nightly-/.test(either.err)], [false, true]);

  const following = launch(['tail', 'op:v1.ListMonitors', '--json', '--last', '1', '--config', config]);
  while (!following.output().includes(exchange)) await new Promise((resolve) => setTimeout(resolve, 20));
  const next = (await call('/api/v1/monitor')).headers.get('x-dogwatch-exchange') ?? '';
  while (!following.output().includes(next)) {
    assert.equal(following.child.exitCode, null, following.output());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  following.child.kill('SIGKILL');
  await following.ended;
});

test('a rotated credential is taken over by the running gateway, and who did it is recorded', async () => {
  goodKeys = { api: 'd'.repeat(32), app: 'e'.repeat(40) };
  assert.equal((await call('/api/v1/monitor')).status, 403);
  assert.match(
    await good(['connection', 'rotate', 'main'], { input: `${goodKeys.api}\n${goodKeys.app}\n` }),
    /the running gateway has taken it over/,
  );
  assert.equal((await call('/api/v1/monitor')).status, 200);
  assert.match(await good(['connection', 'test', 'main']), /are good/);
  const entries = (await good(['search', 'kind:admin.connection', '--json']))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(entries[0].identity.issuer, 'dogwatch:local');
});

test('a gateway elsewhere is asked with a token, whose groups must make an auditor', async () => {
  const cwd = temporaryFolder('elsewhere');
  const asking = async (groups: string[]) => ({
    cwd,
    env: { DOGWATCH_API: `http://127.0.0.1:${apiPort}`, DOGWATCH_TOKEN: await issuer.mint({ groups }) },
  });
  assert.ok((await good(['search', 'op:v1.ListMonitors'], await asking(['security']))).includes('claude'));
  assert.match((await dogwatch(['search'], await asking(['sre']))).err, /needs the role auditor/);
  assert.equal((await dogwatch(['search'], { cwd, env: { DOGWATCH_API: 'http://127.0.0.1:1' } })).code, 2);
  assert.match(
    (await dogwatch(['search'], { cwd, env: { DOGWATCH_API: 'http://127.0.0.1:1', DOGWATCH_TOKEN: 'x' } })).err,
    /no Dogwatch API answers/,
  );
  assert.match((await dogwatch(['search'], { cwd })).err, /there is no dogwatch\.yaml here/);
});

test('without a gateway the same commands read the data directory, audited all the same', async () => {
  await stop();
  const rows = (await good(['search', 'op:v1.ListMonitors', '--json']))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(rows.length, 4);
  assert.ok((await good(['show', rows[0].id])).includes('claude'));
  assert.match((await dogwatch(['tail', '--last', '1'])).err, /No gateway runs here/);
  const audits = (await good(['search', 'kind:audit.* issuer:"dogwatch:local"', '--json'])).trim().split('\n');
  assert.ok(audits.length >= 10);
  assert.match(await good(['index', 'rebuild']), /built anew from \d+ entries/);
  assert.equal((await good(['search', 'op:v1.ListMonitors', '--json'])).trim().split('\n').length, 4);
  assert.match(await good(['verify']), /The journal dogwatch\/acme is whole/);
  assert.match(await good(['search', 'kind:gateway.*']), /gateway\.stop/);
});

test('wrong use is one clear line and status 2', async () => {
  for (const [args, line] of [
    [['serch'], /unknown command 'serch'/],
    [['search', '--limit', '0'], /whole number from 1 to/],
    [['search', 'status:abc'], /column/],
    [['show'], /missing required argument/],
    [['search', '--config', 'nope.yaml'], /no configuration file/],
  ] as const) {
    const { code, out, err } = await dogwatch(args);
    assert.equal(code, 2, `${args}: ${err}`);
    assert.match(err, line);
    assert.equal(out, '');
    assert.doesNotMatch(err, /defect|\n {4}at /);
  }
  writeFileSync(join(directory, 'wrong.yaml'), 'name: acme\ngatway: {}\n');
  const { code, err } = await dogwatch(['serve', '--config', 'wrong.yaml']);
  assert.equal(code, 2);
  assert.match(err, /wrong\.yaml:2:1 gatway: there is no such field \(did you mean "gateway"\?\)/);
});

test('a gateway with TLS on its API is asked over TLS; a second gateway cannot have its data', async () => {
  const { cert, key } = selfSigned(['dogwatch.example']);
  writeFileSync(join(directory, 'cert.pem'), cert);
  writeFileSync(join(directory, 'key.pem'), key, { mode: 0o600 });
  const env = { DOGWATCH_API__TLS: '{ cert: ./cert.pem, key: ./key.pem }' };
  gateway = launch(['serve', '--config', config], { env });
  while (!gateway.output().includes('"serving"')) {
    assert.equal(gateway.child.exitCode, null, gateway.output());
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.ok(gateway.output().includes(`https://127.0.0.1:${apiPort}`));
  assert.ok((await good(['search', 'op:v1.ListMonitors'], { env })).includes('claude'));

  const second = await dogwatch(['serve', '--config', config], {
    env: { ...env, DOGWATCH_GATEWAY__LISTEN: '127.0.0.1:0', DOGWATCH_API__LISTEN: '127.0.0.1:0' },
  });
  assert.equal(second.code, 1);
  assert.match(second.err, /is open in another Dogwatch process/);
  await stop();
});
