// Browser sessions: how they end, and what is kept of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Identity } from '../exchange/identity.ts';
import { cookiesFor, readCookie } from './cookies.ts';
import { WebSessions } from './web-sessions.ts';

const identity = (subject: string): Identity => ({
  issuer: 'https://idp.test',
  subject,
  kind: 'person',
  name: subject,
  groups: [],
  onBehalfOf: [],
  claims: {},
});
const MINUTE = 60_000;

function sessionsAt(start = 1_000_000) {
  const clock = { time: start };
  const ended: string[] = [];
  const sessions = new WebSessions({
    idle: 30 * MINUTE,
    absolute: 120 * MINUTE,
    now: () => clock.time,
    async onEnd({ identity: { subject } }, why) {
      ended.push(`${subject} ${why}`);
    },
  });
  let count = 0;
  const begin = (subject: string) =>
    sessions.begin({ identity: identity(subject), token: `dw_${++count}`, tokenId: `${count}`, provider: 'corp' });
  return { clock, ended, sessions, begin };
}

test('idle timeout: a session ends when nothing was asked for so long, and each request prolongs it', (t) => {
  const { clock, ended, sessions, begin } = sessionsAt();
  t.after(() => sessions.close());
  const id = begin('ada');
  clock.time += 29 * MINUTE;
  assert.equal(sessions.find(id)?.identity.subject, 'ada');
  clock.time += 29 * MINUTE;
  assert.ok(sessions.find(id));
  clock.time += 30 * MINUTE;
  assert.equal(sessions.find(id), undefined);
  assert.deepEqual(ended, ['ada idle']);
  clock.time -= 10 * MINUTE;
  assert.equal(sessions.find(id), undefined);
});

test('absolute timeout: a session ends however busy it is', (t) => {
  const { clock, ended, sessions, begin } = sessionsAt();
  t.after(() => sessions.close());
  const id = begin('ada');
  for (let minutes = 0; minutes < 110; minutes += 10) {
    clock.time += 10 * MINUTE;
    assert.ok(sessions.find(id), `${minutes}`);
  }
  clock.time += 10 * MINUTE;
  assert.equal(sessions.find(id), undefined);
  assert.deepEqual(ended, ['ada expired']);
});

test('sessions are bounded: the oldest of the same person makes room', (t) => {
  const { ended, sessions, begin } = sessionsAt();
  t.after(() => sessions.close());
  const bob = begin('bob');
  const first = begin('ada');
  const others = Array.from({ length: 16 }, () => begin('ada'));
  assert.equal(sessions.find(first), undefined);
  assert.ok(others.every((id) => sessions.find(id)) && sessions.find(bob));
  assert.deepEqual(ended, ['ada replaced']);
});

test('a guessed, empty or foreign id finds nothing, and ids are of 256 bits', (t) => {
  const { sessions, begin } = sessionsAt();
  t.after(() => sessions.close());
  const id = begin('ada');
  assert.match(id, /^[A-Za-z0-9_-]{43}$/);
  for (const wrong of [undefined, '', id.slice(1), `${id}x`, id.toLowerCase(), begin('bob').slice(0, 42)]) {
    assert.equal(sessions.find(wrong), undefined);
  }
  assert.ok(!JSON.stringify([...Object.values(sessions)]).includes(id));
});

test('cookies: by TLS they are Secure and bound to the host', () => {
  const tls = cookiesFor('https://dogwatch.example.com');
  assert.equal(
    tls.set(tls.session, 'x', 60.7),
    '__Host-dogwatch-session=x; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60',
  );
  assert.equal(tls.clear(tls.signIn), '__Host-dogwatch-sign-in=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0');
  assert.equal(readCookie(`a=1; ${tls.session}=abc`, tls.session), 'abc');
  assert.equal(readCookie(`${tls.session}=abc; ${tls.session}=abd`, tls.session), undefined);
  assert.equal(readCookie(`${tls.session}="abc"`, tls.session), undefined);
});
