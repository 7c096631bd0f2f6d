import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withQueryWords } from './query-words.ts';

test('negated terms are words of the query, options stay options', () => {
  assert.deepEqual(
    withQueryWords([
      'search',
      '-agent:ci since:1h',
      '-connection:prod',
      '-"a b"',
      '-(a OR b)',
      '-n',
      '5',
      '--json',
      '-cfile',
      '-',
    ]),
    ['search', ' -agent:ci since:1h', ' -connection:prod', ' -"a b"', ' -(a OR b)', '-n', '5', '--json', '-cfile', '-'],
  );
});
