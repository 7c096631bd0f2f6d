// Conditions: what they may say, and what could take too long is not allowed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileCondition } from './condition.ts';
import type { PolicyInput } from './input.ts';

const input: PolicyInput = {
  identity: {
    issuer: 'https://i.example',
    subject: 's',
    kind: 'workload',
    name: 'n',
    groups: ['sre'],
    onBehalfOf: [{ issuer: 'https://i.example', subject: 'alice' }],
    claims: { repository: 'acme/shop', constructor: 'x', 'a.b': 'c' },
  },
  classification: {
    operation: 'v1.QueryMetrics',
    action: 'read',
    risk: 'low',
    tags: ['cost'],
    resources: [{ kind: 'metric', id: 'cpu' }],
    asked: { metrics: ['cpu'], queries: ['service:web'] },
  },
  connection: { name: 'prod', readOnly: true },
  session: 'run-1',
  source: '10.0.0.1:5',
  method: 'GET',
  path: '/api/v1/query',
  query: 'from=1&to=2',
};

test('every variable can be spoken of', () => {
  const all = [
    'identity.issuer == "https://i.example" && identity.subject == "s" && identity.name == "n" && identity.email == ""',
    'identity.kind == "workload" && "sre" in identity.groups && identity.onBehalfOf == ["https://i.example#alice"]',
    'identity.claims.repository == "acme/shop" && identity.claims["a.b"] == "c"',
    'has(identity.claims.repository) && !has(identity.claims.ref) && !("ref" in identity.claims)',
    'operation.glob("v1.*") && action == "read" && risk == "low" && "cost" in tags',
    'resources.all(r, r.glob("metric/*")) && asked.metrics == ["cpu"] && asked.queries[0].contains("web")',
    'connection.name == "prod" && connection.readOnly && session.startsWith("run-") && source.startsWith("10.")',
    'method == "GET" && path.endsWith("query") && query.contains("from=") && size(asked.metrics) == 1',
  ];
  for (const when of all) assert.equal(compileCondition(when)(input), true, when);
});

test('what could take unbounded time or memory is not allowed', () => {
  const refused = [
    'path.matches("(a+)+$")',
    'path.split("").size() > 0',
    'cel.bind(x, path + path, x == "a")',
    'tags.all(a, tags.all(b, tags.all(c, a == b && b == c)))',
    'tags.map(a, path.matches(a)).size() > 0',
    '(path == "a" ? path : path).matches("b")',
    '[1, 2].exists(x, {"k": path.split("")}.size() == x)',
    `${'('.repeat(200)}true${')'.repeat(200)}`,
    `path in [${Array(300).fill('"a"').join(',')}]`,
    `${'path == "a" || '.repeat(300)}true`,
  ];
  for (const when of refused) assert.throws(() => compileCondition(when), Error, when);
  assert.ok(compileCondition('tags.exists(a, tags.exists(b, a == b))')(input));
  assert.ok(compileCondition('tags.map(a, a).filter(a, a != "").exists(a, a == "cost")')(input));
});

test('a request that names more things than are looked at fails the condition', () => {
  const metrics = Array.from({ length: 501 }, (_, n) => `m${n}`);
  const large = { ...input, classification: { ...input.classification, asked: { metrics } } };
  assert.throws(() => compileCondition('asked.metrics.exists(m, m == "auth")')(large), RangeError);
});

test('what is not there is an error, never a guess', () => {
  assert.throws(() => compileCondition('identity.claims.ref == ""')(input));
  assert.throws(() => compileCondition('asked.metrics[3] == ""')(input));
  assert.throws(() => compileCondition('unheard == 1'));
  assert.throws(() => compileCondition('process.exit()'));
  assert.throws(() => compileCondition('identity.constructor == "x"'));
});
