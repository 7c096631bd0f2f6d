// Findings as an operator uses them: commands over a running gateway and over its data when none runs; rates while an agent calls.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { newId } from '../src/exchange/canonical.ts';
import { openJournal } from '../src/journal/journal.ts';
import { loadKeyEncryptionKey, loadSigningKey } from '../src/journal/keys.ts';
import { findingOf } from './harness/findings.ts';
import { launch, ROOT, type Site } from './harness/gateway.ts';
import { type Scene, startScene } from './harness/scene.ts';

let scene: Scene;
const HOSTILE = '9999 deletes \u001b[2J\u202e by evil';
const surge = findingOf({ started: Date.now() - 3_600_000 });
const hostile = findingOf({
  started: Date.now() - 1_800_000,
  title: HOSTILE,
  detector: 'bulk-change',
  severity: 'critical',
  cause: surge.id,
});

/** What detectors said before. */
async function record(site: Site): Promise<void> {
  const [kek, signingKey] = [
    await loadKeyEncryptionKey({ file: join(site.directory, 'keys', 'encryption') }, site.dataDir),
    await loadSigningKey({ file: join(site.directory, 'keys', 'signing') }, site.dataDir),
  ];
  const journal = await openJournal({ dir: site.dataDir, name: 'test', kek, signingKey });
  const append = (kind: 'finding.opened' | 'finding.ended', finding: object) =>
    journal.append({ id: newId(), time: Date.now(), kind, parts: { summary: Buffer.from(JSON.stringify(finding)) } });
  await append('finding.opened', surge);
  await append('finding.opened', hostile);
  await append('finding.ended', { ...surge, ended: surge.latest });
  await append('finding.ended', { ...hostile, ended: hostile.latest });
  await journal.close();
}

before(async () => {
  scene = await startScene();
  await scene.stop();
  await record(scene.site);
});
after(() => scene.close());

async function dogwatch(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const { child, ended } = launch([...args, '--config', scene.site.configFile]);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on('data', (piece: Buffer) => out.push(piece));
  child.stderr?.on('data', (piece: Buffer) => err.push(piece));
  const { code } = await ended;
  return { code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
}
async function good(...args: string[]): Promise<string> {
  const { code, out, err } = await dogwatch(...args);
  assert.equal(code, 0, `dogwatch ${args.join(' ')}: ${out}${err}`);
  return out;
}
const lines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('without a gateway, findings are listed, told and decided about from the data', async () => {
  const table = await good('findings', '--since', '2h');
  assert.match(table, /^SEVERITY +STATE +SINCE +DETECTOR +TITLE +ID\n/);
  assert.match(table, /critical +ended .* bulk-change +9999 deletes \\x1b\[2J\\u\{202e\} by evil/);
  const told = await good('finding', surge.id.slice(0, 18));
  assert.match(told, /412 metric queries in 60 s by ci\/agent-7/);
  assert.match(told, /observed {2}▁+/);
  assert.match(told, /Of the same cause/);
  const ocsf = lines(await good('findings', '--format', 'ocsf', '--detector', 'surge'));
  assert.deepEqual([ocsf.length, ocsf[0].class_uid, ocsf[0].finding_info.uid], [1, 2004, surge.id]);
  assert.match(await good('finding', surge.id, '--dismiss', 'a load test', '--suppress', '7d'), /^dismissed: 412 /);
  const { code, err } = await dogwatch('top');
  assert.equal(code, 1);
  assert.match(err, /no gateway runs here/);
  assert.equal((await dogwatch('finding', surge.id, '--dismiss', 'x', '--resolve')).code, 2);
});

test('the gateway that starts then knows what was decided, and its commands say the same', async () => {
  await scene.restart();
  const [suppressed, dismissed] = await Promise.all([
    good('suppressions', '--json'),
    good('findings', '--json', '--state', 'dismissed'),
  ]);
  const [kept] = lines(suppressed);
  assert.deepEqual([kept.finding, kept.detector, kept.reason], [surge.id, 'surge', 'a load test']);
  assert.equal(lines(dismissed)[0].id, surge.id);
  assert.match(
    await good('suppressions', 'revoke', kept.id.slice(0, 18)),
    /^Told again: surge of https:\/\/idp#agent-7/,
  );
  assert.match(await good('finding', surge.id, '--reopen', '--reason', 'no load test'), /^open: /);
  const view = JSON.parse(await good('finding', surge.id, '--json'));
  assert.deepEqual(
    view.finding.decisions.map(({ state }: { state: string }) => state),
    ['resolved', 'dismissed', 'open'],
  );
});

test('top shows who calls what, once for a pipe and live on a terminal, until q', async () => {
  for (let n = 0; n < 5; n++) await scene.call('GET', '/api/v1/monitor');
  const [json, text] = await Promise.all([good('top', '--json', '--by', 'identity'), good('top')]);
  const rates = JSON.parse(json);
  assert.equal(rates.rows[0]?.identity.subject, 'claude-sre');
  assert.ok(rates.total.calls >= 5);
  assert.match(text, /CALLS\/MIN/);

  // A terminal of its own, by util-linux's script.
  const command = `exec '${process.execPath}' '${join(ROOT, 'bin', 'dogwatch')}' top --config '${scene.site.configFile}'`;
  const child = spawn('script', ['-qec', `stty rows 20 cols 90; ${command}`, '/dev/null'], {
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  try {
    let screen = '';
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const shown = new Promise<void>((resolve) => {
      child.stdout.on('data', (piece: Buffer) => {
        screen += piece.toString();
        if ((screen.match(/ListMonitors/g)?.length ?? 0) >= 2) resolve();
      });
    });
    await Promise.race([shown, ended]);
    child.stdin.write('q');
    assert.equal(await ended, 0);
    // The screen is taken over, drawn at least twice from its corner, and given back.
    const [before = '', ...frames] = screen.split('\u001b[H');
    assert.ok(before.includes('\u001b[?1049h') && frames.length >= 2 && frames.at(-1)?.endsWith('\u001b[?1049l'));
    for (const frame of frames) assert.ok(frame.split('\r\n').length <= 20, 'it fits');
  } finally {
    child.kill('SIGKILL');
  }
});
