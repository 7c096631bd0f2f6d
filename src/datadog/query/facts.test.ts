import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { queryFacts } from './facts.ts';
import { parseQuery } from './parse.ts';

/** The facts that are there, and nothing unread. */
function facts(query: string): object {
  const { unread, ...told } = queryFacts(query);
  assert.deepEqual(unread, [], query);
  return Object.fromEntries(Object.entries(told).filter(([, list]) => list.length > 0));
}

test('metric queries: scope, groups, functions, arithmetic', () => {
  assert.deepEqual(facts('avg:system.cpu.user{env:prod,!host:a} by {host}.rollup(avg, 60).fill(zero)'), {
    metrics: ['system.cpu.user'],
    filters: ['env:prod', '!host:a'],
    groupBys: ['host'],
  });
  assert.deepEqual(facts('system.load.1{*}'), { metrics: ['system.load.1'] });
  assert.deepEqual(facts('p99.9:trace.http.request{service:web} by {resource_name,env}'), {
    metrics: ['trace.http.request'],
    filters: ['service:web'],
    groupBys: ['resource_name', 'env'],
  });
  assert.deepEqual(facts('100 * (sum:a.hits{code:2xx}.as_count() - -sum:b{!x:y}) / default_zero(sum:c{*}), d{*}'), {
    metrics: ['a.hits', 'b', 'c', 'd'],
    filters: ['code:2xx', '!x:y'],
  });
  assert.deepEqual(facts('week_before(top(avg:a.b{$env,region:$r.value} by {host}, 10, "mean", "desc"))'), {
    metrics: ['a.b'],
    filters: ['$env', 'region:$r.value'],
    groupBys: ['host'],
  });
  assert.deepEqual(facts('count(v: v<=2):trace.x{env:prod} / count:trace.x{env:prod}'), {
    metrics: ['trace.x'],
    filters: ['env:prod'],
  });
  assert.deepEqual(facts('sum:aws.cost{aws_product IN (amplify ,athena ) } by {aws_product}.rollup(sum, monthly)'), {
    metrics: ['aws.cost'],
    filters: ['aws_product:amplify', 'aws_product:athena'],
    groupBys: ['aws_product'],
  });
});

test('boolean scopes', () => {
  const filters = (scope: string) => (facts(`avg:m{${scope}}`) as { filters?: string[] }).filters;
  assert.deepEqual(filters('env:prod AND (host:web-* OR NOT (host:a OR host:b)) AND service NOT IN (x, y)'), [
    'env:prod',
    'host:web-*',
    '!host:a',
    '!host:b',
    '!service:x',
    '!service:y',
  ]);
  assert.deepEqual(filters('env:prod and not host:a'), ['env:prod', '!host:a']);
  assert.deepEqual(filters('!env:*stag*, -team:x android:1 ordered:2'), [
    '!env:*stag*',
    '!team:x',
    'android:1',
    'ordered:2',
  ]);
  assert.deepEqual(filters('resource_name:get_/users/{id}(a,b),"quoted tag":x'), [
    'resource_name:get_/users/{id}(a,b)',
    '"quoted tag":x',
  ]);
  assert.equal(filters('*'), undefined);
  assert.equal(filters(''), undefined);
});

test("monitors' queries", () => {
  assert.deepEqual(facts('avg(last_5m):sum:x{*} by {y} + max:z{a:b} > 5.5'), {
    metrics: ['x', 'z'],
    filters: ['a:b'],
    groupBys: ['y'],
  });
  assert.deepEqual(facts('change(avg(last_5m),last_1h):avg:x{*} <= -5e3'), { metrics: ['x'] });
  assert.deepEqual(
    facts(`avg(last_4h):anomalies(avg:x{env:prod}, 'basic', 3, direction='above', count_default_zero="true") >= 1`),
    { metrics: ['x'], filters: ['env:prod'] },
  );
  assert.deepEqual(
    facts('logs("service:foo AND type:error").index("main").rollup("count").by("source,status").last("5m") > 2'),
    {
      groupBys: ['source', 'status'],
      searches: [{ source: 'logs', query: 'service:foo AND type:error' }],
    },
  );
  assert.deepEqual(facts('error-tracking-rum("a:\\"b c\\"").rollup("count").by("@issue.id").last("1h") >= 1'), {
    groupBys: ['@issue.id'],
    searches: [{ source: 'error-tracking-rum', query: 'a:"b c"' }],
  });
  assert.deepEqual(
    facts('"http.can_connect".over("env:prod","*").exclude("host:a").by("host","url").last(2).count_by_status()'),
    {
      filters: ['env:prod', '!host:a'],
      groupBys: ['host', 'url'],
      searches: [{ source: 'service-check', query: 'http.can_connect' }],
    },
  );
  assert.deepEqual(facts("processes('java').over('env:prod').rollup('count').by('host').last('5m') < 1"), {
    filters: ['env:prod'],
    groupBys: ['host'],
    searches: [{ source: 'processes', query: 'java' }],
  });
  assert.deepEqual(facts('(1234 && !5678) || 9'), { monitors: ['1234', '5678', '9'] });
  assert.deepEqual(facts('burn_rate("abc").over("30d").long_window("1h").short_window("5m") > 14.4'), {
    filters: ['30d'],
    slos: ['abc'],
  });
  assert.deepEqual(facts('formula("query2 / query1 * 100").by(job_name,workspace).last(10d) >= 0.8'), {
    groupBys: ['job_name', 'workspace'],
  });
});

test('what cannot be read is told, and what stands around it is read', () => {
  const read = (query: string) => {
    const { metrics, unread } = queryFacts(query);
    return [metrics, unread.map(({ at, text }) => `${at} ${text}`)];
  };
  assert.deepEqual(read('avg:a{*} ??? avg:b{*}'), [['a', 'b'], ['9 ???']]);
  assert.deepEqual(read('avg:a{*'), [['a'], ['5 {']]);
  assert.deepEqual(read('(avg:a{*}'), [['a'], ['0 (']]);
  assert.deepEqual(read('logs("never closed'), [[], ['4 (', '5 "never closed']]);
  assert.deepEqual(read(')'), [[], ['0 )']]);
  assert.deepEqual(read('no_query'), [[], []]);
  assert.deepEqual(read(''), [[], []]);
  assert.equal(queryFacts(`avg:a{*}${' '.repeat(70_000)}`).unread.length, 1);
});

test('property: never throws, whatever it is given, and loses nothing that stands first', () => {
  const pieces = fc.constantFrom(
    ...[
      'avg:',
      'system.cpu{',
      '}',
      '{',
      '(',
      ')',
      ' by {',
      ',',
      '"',
      "'",
      '\\',
      '.rollup(',
      '&&',
      '||',
      '!',
      '-',
      '>',
      '=',
      ' AND ',
      ' OR ',
      ' NOT ',
      ' IN ',
      '*',
      '1e9',
      '😀',
      'logs(',
      ':',
      '\u0000',
    ],
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string({ maxLength: 5 })), { maxLength: 60 }), (list) => {
      const rest = list.join('');
      assert.equal(queryFacts(`avg:first.one{a:b} , ${rest}`).metrics[0], 'first.one');
      const { unread } = parseQuery(rest);
      for (const { at, text } of unread)
        assert.ok(at <= rest.length && (rest.startsWith(text, at) || text.length <= 256), rest);
    }),
    { numRuns: 2000 },
  );
});

test('property: what is written from parts is read back', () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/).filter((text) => !/^(?:by|and|or|not|in|last|v)$/.test(text));
  const metric = fc.array(word, { minLength: 1, maxLength: 4 }).map((list) => list.join('.'));
  const tag = fc.tuple(word, word).map(([key, value]) => `${key}:${value}`);
  const query = fc.record({
    metric,
    tags: fc.uniqueArray(tag, { maxLength: 4 }),
    groups: fc.uniqueArray(word, { maxLength: 3 }),
  });
  fc.assert(
    fc.property(
      fc.array(query, { minLength: 1, maxLength: 4 }),
      fc.constantFrom('+', '-', '*', '/', ','),
      (list, operator) => {
        const text = list
          .map(
            ({ metric: name, tags, groups }) =>
              `avg:${name}{${tags.join(',') || '*'}}${groups.length > 0 ? ` by {${groups}}` : ''}.fill(0)`,
          )
          .join(` ${operator} `);
        const told = queryFacts(text);
        assert.deepEqual(told.unread, []);
        assert.deepEqual(told.metrics, [...new Set(list.map(({ metric: name }) => name))]);
        assert.deepEqual(told.filters, [...new Set(list.flatMap(({ tags }) => tags))]);
        assert.deepEqual(told.groupBys, [...new Set(list.flatMap(({ groups }) => groups))]);
      },
    ),
  );
});

// Were reading quadratic, these would take minutes and the test time out.
test('long and deep queries are read, and what is told of them is bounded', () => {
  for (const piece of [
    '(',
    '((',
    '!',
    '-',
    'a(',
    'avg(last_5m):',
    '{',
    'a{',
    'a{(',
    'a{!(',
    '"',
    'x + ',
    '.a(',
    'a IN (',
    'a{b IN (',
    '1 && ',
    'avg:a{b:c} by {',
    'v:',
    ' ',
  ]) {
    const text = piece.repeat(Math.ceil(65_536 / piece.length));
    assert.ok(queryFacts(text).unread.length <= 101, piece);
  }
});

const corpus = join(import.meta.dirname, '../../../../shared/datadog/recordings.ndjson.gz');
test('every metric query and monitor query of real recordings is read whole', {
  skip: existsSync(corpus) ? false : 'no ../shared/datadog/recordings.ndjson.gz',
}, () => {
  const queries = new Set<string>();
  const gather = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) gather(item);
    else if (typeof value === 'object' && value !== null) {
      const {
        query,
        q,
        numerator,
        denominator,
        data_source: source,
        type,
        metric_query: graph,
        formula,
      } = value as Record<string, unknown>;
      const isQuery =
        source === 'metrics' ||
        source === 'cloud_cost' ||
        (/ (?:alert|check)$/.test(String(type)) && query !== 'query');
      for (const text of [isQuery ? query : '', q, numerator, denominator, graph, formula]) {
        if (typeof text === 'string' && text !== '') queries.add(text);
      }
      for (const each of Object.values(value)) gather(each);
    }
  };
  for (const line of gunzipSync(readFileSync(corpus)).toString('utf8').trim().split('\n')) {
    for (const { requestBody, responseBody } of (JSON.parse(line) as { interactions: Record<string, unknown>[] })
      .interactions) {
      for (const body of [requestBody, responseBody]) {
        try {
          gather(JSON.parse(String(body)));
        } catch {
          // Not every body is JSON.
        }
      }
    }
  }
  assert.ok(queries.size > 60, `${queries.size} queries`);
  const notWhole = [...queries].filter((query) => queryFacts(query).unread.length > 0);
  assert.deepEqual(notWhole, []);
});
