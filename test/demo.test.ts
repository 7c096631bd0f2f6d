// `npm start`: the demo as a new user runs it, and the searches that it leads to.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { launch, runDogwatch } from './harness/gateway.ts';
import { listen } from './harness/listening.ts';
import { temporaryFolder } from './harness/temporary.ts';

/** What these tests read of a found row. */
interface Exchange {
  readonly id: string;
  readonly identity: { readonly name: string; readonly groups: readonly string[] };
  readonly verdict: { readonly rule: string };
  readonly resources: readonly { readonly kind: string; readonly id: string }[];
}

let directory: string;
before(() => {
  directory = temporaryFolder('demo');
});

const demo = (...more: string[]): string[] => ['demo', '--data', directory, '--port', '0', '--api-port', '0', ...more];
const ask = async (...words: string[]): Promise<string> => {
  const { code, output } = await runDogwatch([...words, '--config', join(directory, 'dogwatch.yaml')]);
  assert.equal(code, 0, output);
  return output;
};

/** NDJSON, as `search --json` prints it. */
const linesOf = (text: string): Exchange[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Exchange);

test('demo --once tells the story and ends with status 0', async () => {
  const { code, output } = await runDogwatch(demo('--once'));
  assert.equal(code, 0, output);
  for (const part of [
    'claude-sre (group sre)',
    'created a dashboard',
    'ci-deploy-bot (group ci)',
    'threshold 100 -> 1000',
    'asked for the API keys',
    'dogwatch: ',
    'v1.CreateDashboard',
    'deny (no-keys)',
    'Who created this dashboard?',
    'metric queries in',
    'you quarantined it',
    'dogwatch: this identity is quarantined',
  ]) {
    assert.ok(output.includes(part), `"${part}" is missing in:\n${output}`);
  }
  assert.match(output, /who\s+claude-sre \(claude-sre of http:\/\/127\.0\.0\.1:\d+\)/);
  assert.equal(output, stripVTControlCharacters(output), 'colours where there is no terminal');
  for (const name of ['datadog-api-key', 'datadog-app-key']) {
    const key = readFileSync(join(directory, 'keys', name), 'utf8');
    assert.ok(!output.includes(key), 'the story tells a key');
  }
});

test('search names the identity, its groups and the dashboard, and show gives the bodies', async () => {
  const found = await ask('search', 'op:v1.CreateDashboard since:1h', '--json');
  const rows = linesOf(found);
  assert.equal(rows.length, 1, found);
  const [row] = rows;
  assert.ok(row);
  assert.equal(row.identity.name, 'claude-sre');
  assert.deepEqual(row.identity.groups, ['sre']);
  const [dashboard] = row.resources;
  assert.equal(dashboard?.kind, 'dashboard');
  const table = await ask('search', 'op:v1.CreateDashboard since:1h');
  assert.ok(table.includes('claude-sre') && table.includes(dashboard.id), table);

  const shown = await ask('show', row.id);
  assert.ok(shown.includes('"title":"Failed logins"') || shown.includes('"title": "Failed logins"'), shown);
  assert.ok(shown.includes(dashboard.id), shown);
  const exchange = JSON.parse(await ask('show', row.id, '--json'));
  assert.equal(JSON.parse(exchange.request.body.content.text).title, 'Failed logins');
  assert.equal(JSON.parse(exchange.response.body.content.text).id, dashboard.id);
  const har = JSON.parse(await ask('show', row.id, '--har'));
  assert.equal(har.log.entries[0].request.method, 'POST');
  assert.match(await ask('show', row.id, '--curl'), /^curl /m);
});

test('other questions one would ask', async () => {
  const asked = async (query: string) => linesOf(await ask('search', query, '--json'));
  assert.deepEqual(
    (await asked('verdict:deny -who:nightly-report')).map(({ identity, verdict }) => [identity.name, verdict.rule]),
    [['ci-deploy-bot', 'no-keys']],
  );
  const [update] = await asked('op:v1.UpdateMonitor');
  assert.equal(update?.identity.name, 'ci-deploy-bot');
  const [monitor] = update.resources;
  assert.equal((await asked(`resource:${monitor?.kind}/${monitor?.id}`)).length, 3);
  assert.ok((await asked('metric:auth.*')).some(({ identity }) => identity.name === 'claude-sre'));
  assert.equal((await asked('who:claude* action:create')).length, 2);
  assert.equal((await asked('since:1h -who:nightly-report')).length, 8);
  assert.equal(linesOf(await ask('findings', '--json', '--detector', 'surge')).length, 1);
  const sessions = await ask('sessions');
  assert.ok(sessions.includes('claude-sre') && sessions.includes('ci-deploy-bot'), sessions);
  const { code, output } = await runDogwatch(['verify', '--config', join(directory, 'dogwatch.yaml')]);
  assert.equal(code, 0, output);
});

test('a second demo over the same directory appends; it stays up, serves you, and ends at Ctrl-C', async () => {
  const running = launch(demo());
  try {
    const deadline = Date.now() + 60_000;
    while (!running.output().includes('The gateway is at')) {
      assert.ok(Date.now() < deadline, running.output());
      assert.equal(running.child.exitCode, null, running.output());
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const output = running.output();
    const [, token = '', url = ''] = /curl -H 'DD-API-KEY: (\S+)' (\S+)/.exec(output) ?? [];
    const answer = await fetch(url, { headers: { 'DD-API-KEY': token } });
    assert.equal(answer.status, 200);
    assert.equal(((await answer.json()) as { title: string }).title, 'Failed logins');
    const [, credentials = '', issuer = ''] =
      /curl -s -u (\S+) -d grant_type=client_credentials (\S+)/.exec(output) ?? [];
    const again = await fetch(issuer, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(credentials)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    assert.equal(again.status, 200);
    // The running gateway answers the same command.
    assert.ok((await ask('search', 'op:v1.GetDashboard who:you since:1h')).includes('you'));
    running.child.kill('SIGINT');
    assert.deepEqual(await running.ended, { code: 0, signal: null }, running.output());
    const found = await ask('search', 'op:v1.CreateDashboard since:1h', '--json');
    assert.equal(linesOf(found).length, 2, 'the first run is gone, or the second was not recorded');
    const refused = await fetch(url).catch(() => undefined);
    assert.equal(refused, undefined, 'the gateway is still there');
  } finally {
    running.child.kill('SIGKILL');
  }
});

test('a taken port is a clear error, with status 2', async () => {
  const taken = createServer();
  const port = String(await listen(taken));
  try {
    for (const ports of [
      ['--port', port, '--api-port', '0'],
      ['--port', '0', '--api-port', port],
    ]) {
      const { code, output } = await runDogwatch(['demo', '--once', '--data', directory, ...ports]);
      assert.equal(code, 2, output);
      assert.match(output, new RegExp(`listens? on 127\\.0\\.0\\.1:${port}`));
      assert.match(output, /--port N --api-port N/);
      assert.doesNotMatch(output, /\n\s+at /);
    }
  } finally {
    taken.close();
  }
});

test('wrong words are told, with status 2', async () => {
  for (const words of [['--port', 'x'], ['--port', '70000'], ['--nonsense'], ['surplus']]) {
    const { code, output } = await runDogwatch(['demo', '--once', ...words]);
    assert.equal(code, 2, output);
    assert.doesNotMatch(output, /\n\s+at /);
  }
});
