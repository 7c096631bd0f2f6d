import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Header } from '../exchange/exchange.ts';
import { isControlHeader, takeCredentials } from './carriers.ts';
import { operations } from './catalogue.ts';
import { normaliseTarget, targetText } from './target.ts';

const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln';
const OTHER = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJiIn0.c2ln';
const take = (headers: Header[], raw = '/api/v1/monitor') => takeCredentials(headers, normaliseTarget(raw));

test('every header carrier is read and stripped, in any case and with underscores', () => {
  for (const name of ['DD-API-KEY', 'dd-application-key', 'Dd_Api_Key', 'DD_APPLICATION_KEY', 'DD-APP-KEY']) {
    const taken = take([
      ['Accept', 'application/json'],
      [name, JWT],
    ]);
    assert.deepEqual(taken.candidates, [JWT], name);
    assert.deepEqual(taken.headers, [['Accept', 'application/json']], name);
  }
  assert.deepEqual(take([['authorization', `bearer  ${JWT} `]]).candidates, [JWT]);
});

test('dummies beside a token are tolerated, and one token twice is one', () => {
  const taken = take([
    ['DD-API-KEY', JWT],
    ['DD-APPLICATION-KEY', 'dummy'],
    ['Authorization', `Bearer ${JWT}`],
  ]);
  assert.deepEqual(taken.candidates, [JWT]);
  assert.deepEqual(taken.headers, []);
});

test('two tokens are both told, in order', () => {
  assert.deepEqual(
    take([
      ['DD-API-KEY', OTHER],
      ['Authorization', `Bearer ${JWT}`],
    ]).candidates,
    [OTHER, JWT],
  );
  assert.deepEqual(take([['DD-API-KEY', 'dw_abc']]).candidates, ['dw_abc']);
});

test('when nothing looks like a token, what came is told, so that the refusal can say so', () => {
  assert.deepEqual(take([['DD-API-KEY', 'abc']]).candidates, ['abc']);
  assert.deepEqual(take([['Authorization', 'Basic dXNlcjpwYXNz']]).candidates, ['dXNlcjpwYXNz']);
  assert.deepEqual(take([['DD-API-KEY', ' ']]).candidates, []);
  assert.deepEqual(take([['Authorization', 'Bearer']]).candidates, []);
});

test('query parameters that carry a credential are taken, however they are written; the rest keeps its bytes', () => {
  const taken = take([], `/api/v1/query?from=1&api_key=${JWT}&query=a%2Bb+c&application%5Fkey=x%79z&to=2`);
  assert.deepEqual(taken.candidates, [JWT]);
  assert.equal(targetText(taken.target), '/api/v1/query?from=1&query=a%2Bb+c&to=2');
  assert.deepEqual(take([], '/api/v1/query?API_KEY=a%2Eb%2Ec').candidates, ['a.b.c']);
  assert.equal(take([], '/api/v1/query?api_key=x').target.query, '');
});

test('no parameter of the catalogue is mistaken for a credential', () => {
  for (const { key, params } of operations()) {
    for (const { in: place, name } of params) {
      if (place !== 'query') continue;
      assert.equal(take([], `/a?${encodeURIComponent(name)}=1`).candidates.length, 0, `${key} ${name}`);
    }
  }
});

test('the key in the path of the old log intake is taken', () => {
  const taken = take([], `/v1/input/${JWT}?ddtags=a`);
  assert.deepEqual(taken.candidates, [JWT]);
  assert.equal(targetText(taken.target), '/v1/input?ddtags=a');
});

test('cookies and proxy credentials are dropped; control headers stay for the gateway', () => {
  const taken = take([
    ['Cookie', 'a=b'],
    ['Proxy-Authorization', 'Basic x'],
    ['X-Dogwatch-Session', 's1'],
  ]);
  assert.deepEqual(taken.headers, [['X-Dogwatch-Session', 's1']]);
  assert.deepEqual(taken.candidates, []);
  assert.ok(
    isControlHeader('x-dogwatch-anything') && isControlHeader('X_DOGWATCH_SESSION') && !isControlHeader('x-dog'),
  );
});
