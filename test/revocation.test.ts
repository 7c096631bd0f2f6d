// Revocation by token, session, identity and issuer, and service accounts: in effect on the next request, and after a restart.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { AuditEvent } from '../src/exchange/entry.ts';
import { launch, ROOT } from './harness/gateway.ts';
import { type Scene, startScene } from './harness/scene.ts';

let scene: Scene;

before(async () => {
  scene = await startScene();
});
after(() => scene?.close());

/** Runs a command about the scene's gateway. @returns its output */
async function dogwatch(...args: string[]): Promise<string> {
  const run = launch([...args, '--config', scene.site.configFile]);
  const { code } = await run.ended;
  assert.equal(code, 0, `dogwatch ${args.join(' ')}: ${run.output()}`);
  return run.output();
}

const call = (token = '', headers: Record<string, string> = {}) =>
  scene.call('GET', '/api/v1/monitor/7', undefined, { 'dd-api-key': token, ...headers });
const passes = async (token: string | undefined, headers?: Record<string, string>) =>
  assert.equal((await call(token, headers)).status, 200);
const revoked = async (token: string | undefined, headers?: Record<string, string>) => {
  const answer = await call(token, headers);
  assert.deepEqual([answer.status, answer.code], [401, 'token_revoked']);
  assert.doesNotMatch(answer.body.toString(), /ada|weekly|http:/, 'the caller is not told what was revoked');
};

async function exchanged(subject_token: string, more: Record<string, string> = {}): Promise<string | undefined> {
  const response = await fetch(`${scene.gateway.url}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      subject_token,
      ...more,
    }),
  });
  return ((await response.json()) as { access_token?: string }).access_token;
}

test('an identity: its tokens of the issuer and of Dogwatch, and whoever acts through it', async () => {
  const ada = await scene.issuer.mint({ subject: 'ada' });
  const bob = await scene.issuer.mint({ subject: 'bob' });
  const throughAda = await scene.issuer.mint({ subject: 'carol', claims: { act: { sub: 'ada' } } });
  const own = await exchanged(ada);
  for (const token of [ada, bob, throughAda, own]) await passes(token);
  assert.match(await dogwatch('revoke', 'identity', `${scene.issuer.url}#ada`), /1 token of Dogwatch ended/);
  for (const token of [ada, throughAda, own, await scene.issuer.mint({ subject: 'ada' })]) await revoked(token);
  await passes(bob);
  assert.equal(await exchanged(ada), undefined);

  await scene.stop();
  await scene.restart();
  for (const token of [ada, own]) await revoked(token);
  assert.match(await dogwatch('revoke', 'list'), /identity +http.*#ada/);
  await dogwatch('revoke', 'identity', `${scene.issuer.url}#ada`, '--lift');
  await passes(ada);
  await revoked(own);
});

test('a session, and the tokens that were used in it, under whatever session they call next', async () => {
  const token = await scene.issuer.mint({ subject: 'dan' });
  const other = await scene.issuer.mint({ subject: 'dan', claims: { jti: '2' } });
  const inSession = await call(token, { 'x-dogwatch-session': 'weekly' });
  await passes(other, { 'x-dogwatch-session': 'daily' });
  const shown = await dogwatch('show', inSession.exchange, '--json');
  const { session } = JSON.parse(shown.slice(shown.indexOf('{')));
  assert.match(session, /^weekly~/);
  await dogwatch('revoke', 'session', session);
  await revoked(token, { 'x-dogwatch-session': 'weekly' });
  await revoked(token, { 'x-dogwatch-session': 'another' });
  await revoked(other, { 'x-dogwatch-session': 'weekly' });
  await passes(other, { 'x-dogwatch-session': 'daily' });
});

test('a token: of an issuer by its text on stdin, whatever signature it comes with; of Dogwatch by its id', async () => {
  const token = await scene.issuer.mint({ subject: 'eve' });
  const derived = await exchanged(token);
  await passes(derived);
  const child = spawn(
    process.execPath,
    [join(ROOT, 'bin', 'dogwatch'), 'revoke', 'token', '-', '--config', scene.site.configFile],
    { stdio: ['pipe', 'ignore', 'inherit'] },
  );
  child.stdin.end(`${token}\n`);
  assert.equal(await new Promise((resolve) => child.once('close', resolve)), 0);
  await revoked(token);
  await revoked(derived);
  await passes(await scene.issuer.mint({ subject: 'eve', claims: { jti: 'another' } }));

  const own = await exchanged(await scene.issuer.mint({ subject: 'frank' }));
  const whoami = await fetch(`${scene.gateway.apiUrl}/api/v1/whoami`, { headers: { authorization: `Bearer ${own}` } });
  const { id } = ((await whoami.json()) as { token: { id: string } }).token;
  await passes(own);
  await dogwatch('revoke', 'token', id);
  await revoked(own);
});

test('a service account: created, used, listed, rotated with overlap, revoked', async () => {
  const create = await dogwatch('agent', 'create', 'nightly', '--group', 'sre', '--expires', '30d');
  const first = /^dw_[A-Za-z0-9_-]{43}$/m.exec(create)?.[0] ?? '';
  const answer = await call(first);
  assert.equal(answer.status, 200, create);
  const [listed] = (await dogwatch('agent', 'list', '--json')).split('\n');
  const account = JSON.parse(listed ?? '');
  assert.equal(account.name, 'nightly');
  assert.deepEqual(account.groups, ['sre']);
  assert.ok(account.tokens[0].lastUsed > Date.now() - 60_000);
  assert.ok(!JSON.stringify(account).includes(first));

  const second =
    /^dw_[A-Za-z0-9_-]{43}$/m.exec(await dogwatch('agent', 'rotate', 'nightly', '--overlap', '2h'))?.[0] ?? '';
  await passes(first);
  await passes(second);
  const third =
    /^dw_[A-Za-z0-9_-]{43}$/m.exec(await dogwatch('agent', 'rotate', 'nightly', '--overlap', '0h'))?.[0] ?? '';
  await revoked(first);
  await revoked(second);
  await passes(third);

  // The same without a gateway: the data directory itself.
  await scene.stop();
  assert.match(await dogwatch('agent', 'list'), /nightly +sre +1/);
  const offline = /^dw_[A-Za-z0-9_-]{43}$/m.exec(await dogwatch('agent', 'create', 'weekly'))?.[0] ?? '';
  await scene.restart();
  await passes(third);
  assert.equal((await call(offline)).code, 'connection_not_allowed', 'an account without groups may use nothing');
  assert.match(await dogwatch('agent', 'revoke', 'nightly'), /1 token ended/);
  await revoked(third);

  const shown = await dogwatch('show', answer.exchange, '--json');
  const { identity } = JSON.parse(shown.slice(shown.indexOf('{')));
  assert.deepEqual([identity.issuer, identity.subject, identity.kind], ['dogwatch:agents', 'nightly', 'agent']);
  assert.deepEqual(identity.groups, ['sre'], 'groups as of that moment');
});

test('an issuer; and everything that was revoked is told by an entry', async () => {
  const token = await scene.issuer.mint({ subject: 'grace' });
  const own = await exchanged(token);
  await passes(own);
  await dogwatch('revoke', 'issuer', scene.issuer.url);
  await revoked(token);
  await revoked(own);
  const { entries } = await scene.journal();
  const events = entries
    .filter(({ kind }) => kind === 'identity.revoked' || kind === 'admin.agent')
    .map(({ summary }) => summary as unknown as AuditEvent);
  assert.ok(events.every(({ who }) => who.id.startsWith('dogwatch:local#')));
  for (const what of [/identity .*#ada$/, /^lifted .*#ada$/, /session weekly~/, /token of an issuer/, /issuer http/]) {
    assert.equal(events.filter(({ what: sentence }) => what.test(sentence)).length > 0, true, String(what));
  }
  assert.ok(events.some(({ what }) => what === 'created the service account nightly'));
});
