// Witnesses: a gateway and a witness in processes of their own; proofs that it cosigned; a rewritten and a rolled-back history are caught.
import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Launched, launch, runDogwatch } from './harness/gateway.ts';
import { freePort } from './harness/listening.ts';
import { type Scene, startScene } from './harness/scene.ts';
import { temporaryFolder } from './harness/temporary.ts';

const folder = temporaryFolder('witness');
const copies = join(folder, 'copies');
const secret = join(folder, 'witness.key');
const state = join(folder, 'state');
const witnesses: Launched[] = [];
let scene: Scene;
let port = 0;
let witnessKey = '';

before(async () => {
  port = await freePort();
  const { code, output } = await runDogwatch(['witness', 'new-key', secret, '--name', 'witness.test/w1']);
  assert.equal(code, 0, output);
  witnessKey = output.trim();
  scene = await startScene({
    configure: (config) => ({
      ...config,
      checkpoints: {
        interval: '1s',
        witnesses: [{ name: 'second-machine', url: `http://127.0.0.1:${port}`, key: witnessKey }],
        copies: [{ file: copies }],
      },
    }),
  });
});
after(async () => {
  for (const { child, ended } of witnesses) {
    child.kill('SIGKILL');
    await ended;
  }
  await scene?.close();
});

const tlog = (name: string): string => join(scene.site.dataDir, 'journal', 'tlog', name);
const startWitness = async (): Promise<Launched> => {
  const witness = launch([
    'witness',
    '--listen',
    `127.0.0.1:${port}`,
    '--key',
    secret,
    '--state',
    state,
    '--log',
    tlog('vkey'),
  ]);
  witnesses.push(witness);
  await until(
    () => witness.output().includes('"witnessing"'),
    () => witness.output(),
  );
  return witness;
};

async function until(met: () => boolean | Promise<boolean>, why: () => string): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await met()); ) {
    if (Date.now() > deadline) throw new Error(`it did not come about: ${why()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const sizeIn = (file: string): number => (existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[1]) : -1);
const verify = (...more: string[]) => runDogwatch(['verify', '--config', scene.site.configFile, ...more]);

test('what a gateway recorded is cosigned, copied, and provable to a stranger', async () => {
  // The gateway came first: it must not mind, and try again.
  const witness = await startWitness();
  const { exchange } = await scene.works();
  const size = sizeIn(tlog('checkpoint'));
  await until(
    () => sizeIn(tlog('cosigned')) > size,
    () => scene.gateway.output() + witness.output(),
  );
  const vkey = join(folder, 'vkey');
  cpSync(tlog('vkey'), vkey);
  const file = join(folder, 'x.proof');
  const made = await runDogwatch(['proof', exchange, '--config', scene.site.configFile, '--without', 'response']);
  assert.equal(made.code, 0, made.output);
  writeFileSync(file, made.output);
  const checked = await runDogwatch(['verify-proof', file, '--key', vkey, '--witness-key', witnessKey]);
  assert.equal(checked.code, 0, checked.output);
  assert.match(checked.output, /Verified: exchange [0-9a-f-]{36} stands in the log dogwatch\/test/);
  assert.match(checked.output, /POST api\.datadoghq\.com\/api\/v1\/monitor/);
  assert.match(checked.output, /cosigned by witness\.test\/w1 at/);
  assert.match(checked.output, /response is withheld/);
  writeFileSync(file, made.output.replace('"closed":{}', '"closed":{ }'));
  const altered = await runDogwatch(['verify-proof', file, '--key', vkey, '--json']);
  assert.equal(altered.code, 1);
  assert.equal(JSON.parse(altered.output).code, 'proof_invalid');
  assert.equal((await runDogwatch(['verify-proof', file])).code, 2);
  assert.equal((await runDogwatch(['verify-proof', file, '--key', 'nonsense'])).code, 2);
  assert.equal((await runDogwatch(['verify-proof', join(folder, 'none'), '--key', vkey])).code, 2);
  const metrics = await (await fetch(`${scene.gateway.apiUrl}/metrics`)).text();
  assert.match(metrics, /dogwatch_witness_conflict\{name="second-machine"\} 0/);
  assert.match(metrics, /dogwatch_witnessed_leaves [1-9]/);
});

test('the last checkpoint of a run is cosigned and copied; verify takes the copies, the witness, and pinned keys', async () => {
  await scene.works();
  await scene.stop();
  const size = sizeIn(tlog('checkpoint'));
  assert.equal(sizeIn(tlog('cosigned')), size, scene.gateway.output());
  assert.match(readFileSync(copies, 'utf8'), new RegExp(`^${size}$`, 'm'));
  const witnessed = join(state, readdirSync(state).find((name) => name.endsWith('.checkpoint')) ?? '');
  const { code, output } = await verify(
    '--since-checkpoint',
    copies,
    '--since-checkpoint',
    witnessed,
    '--key',
    join(folder, 'vkey'),
    '--json',
  );
  assert.equal(code, 0, output);
  const report = JSON.parse(output);
  assert.deepEqual(report.witnesses, [{ name: 'second-machine', size, time: report.witnesses[0].time }]);
  // Nothing runs now: the data directory itself gives the proof.
  const { exchange } = await scene.restart().then(() => scene.works());
  await scene.stop();
  const made = await runDogwatch(['proof', exchange.slice(0, 20), '--config', scene.site.configFile]);
  const file = join(folder, 'y.proof');
  writeFileSync(file, made.output);
  const checked = await runDogwatch(['verify-proof', file, '--key', join(folder, 'vkey'), '--json']);
  assert.equal(checked.code, 0, made.output + checked.output);
  assert.equal(JSON.parse(checked.output).exchange, exchange);
  assert.equal((await verify('--since-checkpoint', join(folder, 'none'))).code, 2);
  assert.equal((await verify('--since-checkpoint', secret)).code, 2);
  assert.equal((await verify('--data', join(folder, 'none'))).code, 2);
});

test('a data directory that is rolled back is caught by copies, and by the witness', async () => {
  const old = join(folder, 'old');
  cpSync(scene.site.dataDir, old, { recursive: true });
  await scene.restart();
  await scene.works();
  await scene.stop();
  const now = join(folder, 'now');
  cpSync(scene.site.dataDir, now, { recursive: true });
  rmSync(scene.site.dataDir, { recursive: true });
  cpSync(old, scene.site.dataDir, { recursive: true });
  assert.equal((await verify()).code, 0, 'by itself it is whole');
  const { code, output } = await verify('--since-checkpoint', copies);
  assert.equal(code, 1);
  assert.match(output, /rolled back/);
  await scene.restart();
  await until(
    () => /the log was rolled back|history was rewritten/.test(scene.gateway.output()),
    () => scene.gateway.output(),
  );
  const metrics = await (await fetch(`${scene.gateway.apiUrl}/metrics`)).text();
  assert.match(metrics, /dogwatch_witness_conflict\{name="second-machine"\} 1/);
  await scene.stop();
  rmSync(scene.site.dataDir, { recursive: true });
  cpSync(now, scene.site.dataDir, { recursive: true });
});

test('a history rewritten by somebody who holds all keys is caught by copies, and by the witness', async () => {
  const size = sizeIn(tlog('checkpoint'));
  // Everything is forged anew: same keys, same name, as many entries and more, checkpoints freshly signed.
  for (const name of ['journal', 'index']) rmSync(join(scene.site.dataDir, name), { recursive: true });
  await scene.restart();
  while (sizeIn(tlog('checkpoint')) <= size + 1) {
    await scene.call('GET', '/api/v1/monitor');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await until(
    () => /history was rewritten/.test(scene.gateway.output()),
    () => scene.gateway.output(),
  );
  await until(
    () => witnesses.some(({ output }) => /contradicts the one cosigned before/.test(output())),
    () => witnesses[0]?.output() ?? '',
  );
  await scene.stop();
  assert.equal((await verify()).code, 0, 'by itself it is whole');
  const { code, output } = await verify('--since-checkpoint', copies);
  assert.equal(code, 1);
  assert.match(output, /history was rewritten/);
});

test('a witness does not start over a state that was tampered with, nor twice over the same', async () => {
  const twice = await runDogwatch([
    'witness',
    '--listen',
    '127.0.0.1:0',
    '--key',
    secret,
    '--state',
    state,
    '--log',
    join(folder, 'vkey'),
  ]);
  assert.equal(twice.code, 1);
  assert.match(twice.output, /is open in another Dogwatch process/);
  for (const { child, ended } of witnesses) {
    child.kill('SIGTERM');
    assert.equal((await ended).code, 0);
  }
  const file = join(state, readdirSync(state).find((name) => name.endsWith('.checkpoint')) ?? '');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/\n\d+\n/, '\n1\n'));
  const tampered = await runDogwatch([
    'witness',
    '--listen',
    '127.0.0.1:0',
    '--key',
    secret,
    '--state',
    state,
    '--log',
    join(folder, 'vkey'),
  ]);
  assert.equal(tampered.code, 1);
  assert.match(tampered.output, /is not the checkpoint of dogwatch\/test that this witness cosigned last/);
  const open = ['witness', '--listen', '0.0.0.0:0', '--key', secret, '--state', state, '--log', join(folder, 'vkey')];
  assert.equal((await runDogwatch(open)).code, 2);
});
