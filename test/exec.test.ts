// dogwatch exec: an unmodified client in a run of its own, under the name of whoever started it, as long as the run lasts.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { AuditEvent } from '../src/exchange/entry.ts';
import { launch, ROOT } from './harness/gateway.ts';
import { type Scene, startScene } from './harness/scene.ts';
import { temporaryFolder } from './harness/temporary.ts';

let scene: Scene;
let folder: string;
/** A token of a person, as a CI job or a sign-in would have it. */
let ada: string;

before(async () => {
  scene = await startScene();
  folder = temporaryFolder('exec');
  ada = await scene.issuer.mint({ subject: 'ada', name: 'Ada', groups: ['sre'] });
});
after(() => scene?.close());

/** Writes a script, and runs it by `dogwatch exec`. */
function exec(options: readonly string[], script: string, env: NodeJS.ProcessEnv = {}) {
  const file = join(folder, 'agent.mjs');
  writeFileSync(file, script);
  const { HOME: _home, DOGWATCH_API: _api, ...rest } = process.env;
  return launch(['exec', '--gateway', scene.gateway.url, ...options, '--', process.execPath, file], {
    env: { ...rest, HOME: folder, XDG_CONFIG_HOME: folder, DOGWATCH_TOKEN: ada, DD_SITE: 'datadoghq.com', ...env },
  });
}

const CLIENT = pathToFileURL(join(ROOT, 'node_modules/@datadog/datadog-api-client/dist/index.js')).href;

test('every call of the real client carries the person, the agent, the groups and the session', async () => {
  const run = exec(
    ['--session', 'weekly-report'],
    `import datadog from ${JSON.stringify(CLIENT)};
     const { client, v1 } = datadog;
     const configuration = client.createConfiguration({
       baseServer: new client.BaseServerConfiguration(process.env.DD_HOST, {}),
     });
     const monitors = new v1.MonitorsApi(configuration);
     await new v1.AuthenticationApi(configuration).validate();
     await monitors.deleteMonitor({ monitorId: 42 });
     const seen = await fetch(process.env.DATADOG_HOST + '/api/v2/users', {
       headers: { authorization: 'Bearer ' + process.env.DD_ACCESS_TOKEN, 'x-dogwatch-session': process.env.DOGWATCH_SESSION },
     });
     console.log('status', seen.status, process.env.DD_SITE, process.env.DATADOG_SITE, process.env.DD_MCP_DOMAIN);
     for (const name of ['DD_API_KEY', 'DD_APP_KEY', 'DD_APPLICATION_KEY', 'DATADOG_API_KEY', 'DATADOG_APP_KEY',
       'DATADOG_APPLICATION_KEY', 'DD_ACCESS_TOKEN', 'DD_BEARER_TOKEN', 'DOGWATCH_TOKEN']) {
       if (!/^dw_[A-Za-z0-9_-]{43}$/.test(process.env[name])) throw new Error(name);
     }
     await import('node:fs').then((fs) => fs.writeFileSync(${JSON.stringify(join(folder, 'token'))}, process.env.DD_API_KEY));
     process.exit(7);`,
  );
  const { code } = await run.ended;
  const output = run.output();
  assert.equal(code, 7, output);
  const host = new URL(scene.gateway.url).host;
  assert.match(output, new RegExp(`status 200 ${host} ${host} ${host}`));
  assert.match(output, /3 calls, 1 change, 0 refused, 0 errors/);
  assert.match(output, /dogwatch: findings: (none|\d+ \w+)/);
  assert.match(output, /session weekly-report~[a-z0-9]{8}/);
  assert.match(output, /http:\/\/127\.0\.0\.1:\d+\/session\/weekly-report~/);
  const token = readFileSync(join(folder, 'token'), 'utf8');
  assert.ok(!output.includes(token) && !output.includes(ada), 'a token is in the output');

  // What is given back gets in no more.
  const late = await scene.call('GET', '/api/v1/monitor', undefined, { 'dd-api-key': token });
  assert.deepEqual([late.status, late.code], [401, 'token_revoked']);

  const { entries, exchanges } = await scene.journal();
  await scene.restart();
  const calls = [...exchanges.values()].filter(({ intent }) => intent?.session.startsWith('weekly-report~'));
  assert.equal(calls.length, 3);
  for (const { intent } of calls) {
    assert.equal(intent?.identity?.name, 'Ada');
    assert.equal(intent?.identity?.subject, 'ada');
    assert.deepEqual(intent?.identity?.groups, ['sre']);
    assert.equal(intent?.client.agent, 'node');
    assert.equal(intent?.identity?.session, 'weekly-report');
  }
  const kinds = entries.filter(({ kind }) => kind === 'identity.token' || kind === 'identity.revoked');
  assert.deepEqual(
    kinds.map(({ kind, summary }) => [kind, (summary as unknown as AuditEvent).who.name]),
    [
      ['identity.token', 'Ada'],
      ['identity.revoked', 'Ada'],
    ],
  );
  assert.ok(!JSON.stringify(entries.map(({ summary }) => summary)).includes(token));
});

test('a run for reading only refuses to change anything', async () => {
  const run = exec(
    ['--read-only', '--connection', 'production'],
    `const call = (method) => fetch(process.env.DD_HOST + '/api/v1/monitor/42', { method, headers: { 'dd-api-key': process.env.DD_API_KEY } });
     const [read, deleted] = [await call('GET'), await call('DELETE')];
     console.log(read.status, deleted.status, deleted.headers.get('x-dogwatch-error'));
     const other = await fetch(process.env.DD_HOST + '/c/finance/api/v1/monitor/42', { headers: { 'dd-api-key': process.env.DD_API_KEY } });
     console.log(other.status, other.headers.get('x-dogwatch-error'));
     const elsewhere = await fetch(process.env.DD_HOST + '/api/v1/monitor/42', { headers: { 'dd-api-key': process.env.DD_API_KEY, 'x-dogwatch-session': 'another' } });
     console.log(elsewhere.status, elsewhere.headers.get('x-dogwatch-error'));`,
  );
  const { code } = await run.ended;
  assert.equal(code, 0, run.output());
  assert.match(run.output(), /200 403 token_read_only\n403 token_other_connection\n403 token_other_session/);
  assert.match(run.output(), /4 calls, 0 changes, 3 refused/);
});

test('signals reach the command, and its end is the end of exec', async () => {
  const run = exec(
    [],
    `process.on('SIGTERM', () => { console.log('told to stop'); process.exit(3); });
     console.log('ready');
     setInterval(() => {}, 1000);`,
  );
  for (const until = Date.now() + 20_000; !run.output().includes('ready'); await delay(20)) {
    assert.ok(Date.now() < until, run.output());
  }
  run.child.kill('SIGTERM');
  assert.deepEqual(await run.ended, { code: 3, signal: null });
  assert.match(run.output(), /told to stop/);

  const killed = exec([], `process.kill(process.pid, 'SIGKILL');`);
  assert.deepEqual(await killed.ended, { code: null, signal: 'SIGKILL' });
});

test('nobody signed in, a command that is none, a token from a file, a token that is refused', async () => {
  const nobody = exec([], '', { DOGWATCH_TOKEN: '' });
  assert.equal((await nobody.ended).code, 2);
  assert.match(nobody.output(), /nobody is signed in/);

  const file = join(folder, 'subject');
  writeFileSync(file, `${ada}\n`);
  const fromFile = exec(['--subject-token-file', file], 'process.exit(0)', { DOGWATCH_TOKEN: 'wrong' });
  assert.equal((await fromFile.ended).code, 0, fromFile.output());

  const refused = exec([], 'console.log("never")', { DOGWATCH_TOKEN: await scene.issuer.mint({ expires: -600 }) });
  assert.equal((await refused.ended).code, 1);
  assert.match(refused.output(), /the gateway gives no token: The token has expired/);
  assert.doesNotMatch(refused.output(), /never/);

  const none = launch(['exec', '--gateway', scene.gateway.url, '--', '/no/such/command'], {
    env: { ...process.env, HOME: folder, DOGWATCH_TOKEN: ada },
  });
  assert.equal((await none.ended).code, 2);
  assert.match(none.output(), /there is no such command/);
});
