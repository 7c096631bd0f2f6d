import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DogwatchError } from '../exchange/error.ts';
import { FIELDS } from './fields.ts';
import { type Match, type Node, parseQuery, QUERY_LIMITS } from './query.ts';
import { printQuery } from './query-print.ts';
import { like } from './query-tree.ts';
import { wordsOf } from './words.ts';

const NOW = Date.UTC(2026, 10, 22, 12, 30);

const field = (name: string, match: Match): unknown => ({ type: 'field', field: name, match });
const is = (name: string, value: string) => field(name, { type: 'is', value });
const shape = (source: string, timeZone?: string): Node =>
  strip(parseQuery(source, { now: NOW, ...(timeZone ? { timeZone } : {}) }).root);
const at = (time: string) => ({ at: Date.parse(time) });

test('the query of the design reads as meant', () => {
  const query =
    'op:v1.UpdateMonitor who:claude* group:sre resource:monitor/123 action:delete status:>=400 metric:auth.* "free text" -agent:ci since:24h';
  assert.deepEqual(shape(query), {
    type: 'and',
    items: [
      is('op', 'v1.UpdateMonitor'),
      field('who', { type: 'like', parts: ['claude', ''] }),
      is('group', 'sre'),
      is('resource', 'monitor/123'),
      is('action', 'delete'),
      field('status', { type: 'compare', op: '>=', value: 400 }),
      field('metric', { type: 'like', parts: ['auth.', ''] }),
      { type: 'text', text: 'free text' },
      { type: 'not', item: is('who', 'ci') },
      field('time', { type: 'time', op: '>=', moment: { ago: 86_400_000 } }),
    ],
  });
});

test('AND binds tighter than OR; value lists, ranges, units and shorthands', () => {
  assert.deepEqual(shape('a b OR NOT (c OR d)'), {
    type: 'or',
    items: [
      {
        type: 'and',
        items: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      {
        type: 'not',
        item: {
          type: 'or',
          items: [
            { type: 'text', text: 'c' },
            { type: 'text', text: 'd' },
          ],
        },
      },
    ],
  });
  assert.deepEqual(shape('action:(create OR delete)'), {
    type: 'or',
    items: [is('action', 'create'), is('action', 'delete')],
  });
  const compare = (name: string, op: '>=' | '<=' | '>' | '=', value: number) =>
    field(name, { type: 'compare', op, value });
  assert.deepEqual(shape('status:[200 TO 299]'), {
    type: 'and',
    items: [compare('status', '>=', 200), compare('status', '<=', 299)],
  });
  assert.deepEqual(shape('status:4xx'), {
    type: 'and',
    items: [compare('status', '>=', 400), compare('status', '<=', 499)],
  });
  assert.deepEqual(shape('latency:>1.5s'), compare('latency', '>', 1500));
  assert.deepEqual(shape('bytes:>1MB'), compare('bytes', '>', 1_000_000));
  assert.deepEqual(shape('bytes:[* TO 1KiB]'), compare('bytes', '<=', 1024));
  assert.deepEqual(shape('risk:>=high'), compare('risk', '>=', 2));
  assert.deepEqual(shape('op:UpdateMonitor'), field('op', { type: 'like', parts: ['', '.UpdateMonitor'] }));
  assert.deepEqual(shape('resource:monitor'), field('resource', { type: 'like', parts: ['monitor/', ''] }));
  assert.deepEqual(shape('who:a\\*b\\ c'), is('who', 'a*b c'));
  assert.deepEqual(shape('who:"a*b"'), is('who', 'a*b'));
  assert.deepEqual(shape('session:*'), field('session', { type: 'like', parts: ['', ''] }));
  assert.deepEqual(shape('id:0192AB-cd*'), field('id', { type: 'like', parts: ['0192abcd', ''] }));
  assert.deepEqual(shape('  '), { type: 'all' });
});

test('times are relative, absolute, of a day, and in a zone', () => {
  const time = (op: '>=' | '<=' | '<', moment: unknown) => field('time', { type: 'time', op, moment } as Match);
  assert.deepEqual(shape('until:2026-11-22T10:00Z'), time('<=', at('2026-11-22T10:00:00Z')));
  assert.deepEqual(shape('since:2026-11-22T10:00+02:00'), time('>=', at('2026-11-22T08:00:00Z')));
  assert.deepEqual(shape('since:"2026-07-01 10:00:30.25"', 'Europe/Paris'), time('>=', at('2026-07-01T08:00:30.250Z')));
  assert.deepEqual(shape('since:2026-12-01', 'Europe/Paris'), time('>=', at('2026-11-30T23:00:00Z')));
  assert.deepEqual(shape('until:2026-11-22'), time('<', at('2026-11-23T00:00:00Z')), 'the day is meant whole');
  assert.deepEqual(shape('since:today', 'Asia/Kolkata'), time('>=', at('2026-11-21T18:30:00Z')));
  assert.deepEqual(shape('since:yesterday'), time('>=', at('2026-11-21T00:00:00Z')));
  assert.deepEqual(shape('until:now'), time('<=', { ago: 0 }));
  assert.deepEqual(shape('time:[2h TO 1h]'), {
    type: 'and',
    items: [time('>=', { ago: 7_200_000 }), time('<=', { ago: 3_600_000 })],
  });
  assert.throws(() => parseQuery('', { timeZone: 'Mars/Olympus' }), { code: 'bad_parameter' });
});

test('times name their own zone, count from a day, and need no quotation marks', () => {
  const time = (op: '>=' | '<=' | '<', moment: unknown) => field('time', { type: 'time', op, moment } as Match);
  const ten = time('>=', at('2026-11-22T09:00:00Z'));
  assert.deepEqual(shape('since:"2026-11-22 10:00 Europe/Berlin"'), ten);
  assert.deepEqual(shape('since:2026-11-22 10:00 Europe/Berlin'), ten);
  assert.deepEqual(shape('since:"10:00 Europe/Berlin"', 'Asia/Tokyo'), ten);
  assert.deepEqual(shape('since:10:00', 'Europe/Berlin'), ten);
  assert.deepEqual(shape('since:"2026-11-22 10:00 +01:00"'), ten);
  assert.deepEqual(shape('since:today 9:00'), ten);
  assert.deepEqual(shape('before:yesterday 10:30:15 UTC'), time('<', at('2026-11-21T10:30:15Z')));
  assert.deepEqual(shape('before:2026-11-22'), time('<', at('2026-11-22T00:00:00Z')), 'that day is not meant');
  assert.deepEqual(shape('time:[2026-11-22 09:00 TO 2026-11-22 10:00 Europe/Berlin]'), {
    type: 'and',
    items: [time('>=', at('2026-11-22T09:00:00Z')), time('<=', at('2026-11-22T09:00:00Z'))],
  });
  assert.deepEqual(shape('since:2026-11-22 error'), {
    type: 'and',
    items: [time('>=', at('2026-11-22T00:00:00Z')), { type: 'text', text: 'error' }],
  });
});

test('a saved query stands in its place, as if in parentheses, and mistakes in it are shown where it is named', () => {
  const saved = (name: string): string | undefined =>
    ({ risky: 'action:delete OR risk:critical', broken: 'who:', nested: 'saved:risky' })[name];
  const root = (source: string): Node => strip(parseQuery(source, { now: NOW, saved }).root);
  assert.deepEqual(root('who:a -saved:risky'), {
    type: 'and',
    items: [
      is('who', 'a'),
      {
        type: 'not',
        item: { type: 'or', items: [is('action', 'delete'), field('risk', { type: 'compare', op: '=', value: 3 })] },
      },
    ],
  });
  for (const [query, says] of [
    ['who:a saved:none', /no saved query 'none'. \(column 13\)/],
    ['saved:broken', /In the saved query 'broken': A value should follow.* \(column 7\)/],
    ['saved:nested', /In the saved query 'nested': There is no saved query 'risky'/],
    ['saved:', /A name should follow/],
  ] as const)
    assert.throws(() => root(query), { code: 'bad_query', message: says });
  const long = Array.from({ length: 60 }, () => 'a').join(' ');
  assert.throws(() => parseQuery('finding:0192ab34'), { message: /no finding '0192ab34'/ });
  // What a detector wrote is in UTC, whoever asks.
  const finding = () => 'who:ci since:"2026-11-22 10:00"';
  assert.deepEqual(
    strip(parseQuery('finding:0192ab34', { now: NOW, timeZone: 'Asia/Tokyo', finding }).root),
    strip(parseQuery(finding(), { now: NOW }).root),
  );
  assert.throws(() => parseQuery('saved:long saved:long', { saved: () => long }), { message: /at most 100 terms/ });
});

test('every mistake is shown at its column', () => {
  const mistakes: [query: string, column: number, says: RegExp][] = [
    ['who:a foo:b', 7, /no field 'foo'/],
    ['who:', 5, /value should follow 'who:'/],
    ['(who:a', 1, /not closed/],
    ['who:a)', 6, /closes nothing/],
    ['"open', 1, /quotation mark/],
    ['status:>=abc', 8, /'abc' is no number/],
    ['status:40*', 8, /no wildcards here/],
    ['who:>3', 5, /no order/],
    ['action:destroy', 8, /create, read, update, delete, execute/],
    ['a OR', 5, /should follow/],
    ['OR a', 1, /before this word/],
    ['a -', 3, /exclude/],
    ['lat*', 1, /no wildcards/],
    ['since:2026-11-22 10:00 Mars/Olympus x', 7, /'Mars\/Olympus' is no time zone/],
    ['before:"25:00"', 8, /no time that exists/],
    ['action:(create delete)', 16, /OR should stand/],
    ['since:5parsecs', 7, /unit of time/],
    ['since:2026-02-30', 7, /exists/],
    ['time:[1h 2h]', 10, /'TO'/],
    ['"..."', 1, /no letter or digit/],
    ['id:12', 4, /32 hexadecimal/],
    ['a\\', 2, /backslash/],
    ['kind:nothing.*', 6, /looks like/],
  ];
  for (const [query, column, says] of mistakes)
    assert.throws(
      () => parseQuery(query),
      (error: unknown) => {
        assert.ok(error instanceof DogwatchError, query);
        assert.equal(error.code, 'bad_query');
        const text = `${error.message}\n${error.remedy}`;
        assert.match(text, says, query);
        assert.ok(error.message.includes(`(column ${column})`), `${query}: ${error.message}`);
        const [, line = '', caret = ''] = error.message.split('\n');
        assert.equal(caret.indexOf('^'), column + 1, `${query}: the caret stands under the column`);
        assert.equal(line.slice(2), query);
        return true;
      },
    );
});

test('length, terms and depth are bounded', () => {
  const refused = (query: string) => assert.throws(() => parseQuery(query), { code: 'bad_query' });
  refused('a'.repeat(QUERY_LIMITS.length + 1));
  refused('a '.repeat(QUERY_LIMITS.terms + 1));
  refused(`${'('.repeat(2000)}a${')'.repeat(2000)}`);
  refused('-'.repeat(4000));
  refused(`who:${'*a'.repeat(20)}`);
  refused(`who:${'a'.repeat(QUERY_LIMITS.value + 1)}`);
  refused(`action:(${'read OR '.repeat(200)}read)`);
});

test('every example of a field parses', () => {
  for (const known of FIELDS)
    assert.doesNotThrow(
      () => parseQuery(known.example, { saved: () => 'risk:high', finding: () => 'who:ci' }),
      known.name,
    );
});

const text = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12 }),
  fc.constantFrom('a"b', '\\', 'x:y', '(z)', 'é ü', '*', '-a', 'OR'),
);
const words = text.filter((value) => wordsOf(value).length > 0);
const number = fc.oneof(fc.nat(), fc.constantFrom(0.5, 1.25, 500));
const op = fc.constantFrom('=' as const, '>' as const, '>=' as const, '<' as const, '<=' as const);
const pieces = fc.array(fc.string({ maxLength: 5 }), { minLength: 2, maxLength: 4 });
const leaf = fc.oneof(
  fc.tuple(fc.constantFrom('who', 'metric', 'path'), text).map(([f, value]) => is(f, value) as Node),
  fc
    .tuple(fc.constantFrom('who', 'op', 'resource'), pieces)
    .map(([f, parts]) => field(f, { type: 'like', parts }) as Node),
  fc.constantFrom(
    is('action', 'delete') as Node,
    is('tag', 'sensitive-read') as Node,
    is('id', '0'.repeat(32)) as Node,
  ),
  fc
    .tuple(fc.constantFrom('status', 'latency', 'bytes'), op, number)
    .map(([f, o, value]) => field(f, { type: 'compare', op: o, value }) as Node),
  fc.tuple(op, fc.nat({ max: 3 })).map(([o, value]) => field('risk', { type: 'compare', op: o, value }) as Node),
  fc
    .tuple(op, fc.nat({ max: 4e9 }))
    .map(([o, n]) => field('time', { type: 'time', op: o, moment: { at: n * 1000 } }) as Node),
  fc.tuple(op, fc.nat({ max: 1e9 })).map(([o, ago]) => field('time', { type: 'time', op: o, moment: { ago } }) as Node),
  words.map((value) => field('title', { type: 'words', text: value }) as Node),
  words.map((value) => ({ type: 'text', text: value }) as Node),
);
const { node } = fc.letrec<{ node: Node; and: Node; or: Node; not: Node }>((tie) => ({
  node: fc.oneof({ maxDepth: 3, depthIdentifier: 'query' }, leaf, tie('and'), tie('or'), tie('not')),
  and: fc
    .array(
      tie('node').filter((n) => n.type !== 'and'),
      { minLength: 2, maxLength: 3 },
    )
    .map((items) => ({ type: 'and', items }) as Node),
  or: fc
    .array(
      tie('node').filter((n) => n.type !== 'or'),
      { minLength: 2, maxLength: 3 },
    )
    .map((items) => ({ type: 'or', items }) as Node),
  not: tie('node').map((item) => ({ type: 'not', item }) as Node),
}));

test('what is printed parses to the same tree', () => {
  fc.assert(
    fc.property(node, (root) => {
      const printed = printQuery(root);
      fc.pre(printed.length <= QUERY_LIMITS.length);
      assert.deepEqual(strip(parseQuery(printed).root), root, printed);
    }),
    { numRuns: 500 },
  );
});

/** Without columns, which only nodes have (moments have an `at` too). */
function strip(root: Node): Node {
  switch (root.type) {
    case 'and':
    case 'or':
      return { type: root.type, items: root.items.map(strip) };
    case 'not':
      return { type: 'not', item: strip(root.item) };
    case 'field':
      return { type: 'field', field: root.field, match: root.match } as Node;
    case 'text':
      return { type: 'text', text: root.text } as Node;
    case 'all':
      return root;
  }
}

test('garbage never raises anything but bad_query', () => {
  const near = fc.array(
    fc.constantFrom(
      'who:',
      'status:',
      'since:',
      'time:[',
      'id:',
      '(',
      ')',
      '"',
      '\\',
      '*',
      '-',
      ' OR ',
      ' AND ',
      ' TO ',
      ']',
      '>=',
      'a',
      '9',
      '\u0000',
      '𝄞',
    ),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 60 }),
        near.map((parts) => parts.join('')),
      ),
      (source) => {
        try {
          parseQuery(source);
        } catch (error) {
          assert.ok(error instanceof DogwatchError && error.code === 'bad_query', String(error));
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test('patterns match as globs do', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'B'), maxLength: 2 }), { minLength: 2, maxLength: 4 }),
      fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 }),
      (parts, value) => {
        assert.equal(like(parts, value), new RegExp(`^${parts.join('.*')}$`, 'i').test(value));
      },
    ),
  );
});
