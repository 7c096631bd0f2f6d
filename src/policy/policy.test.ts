// The policy: which rule decides, and that doubt denies.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Identity } from '../exchange/identity.ts';
import type { Classification } from '../exchange/operation.ts';
import { type PolicyConfigInput, policySchema } from './config.ts';
import { compilePolicy, type PolicyInput } from './policy.ts';

interface Given {
  identity?: Partial<Identity>;
  classification?: Partial<Classification>;
  connection?: Partial<PolicyInput['connection']>;
}

const input = ({ identity, classification, connection }: Given = {}): PolicyInput => ({
  identity: {
    issuer: 'https://i.example',
    subject: 'repo:acme/shop',
    kind: 'agent',
    name: 'claude-7',
    groups: ['sre'],
    onBehalfOf: [],
    claims: {},
    ...identity,
  },
  classification: {
    operation: 'v1.UpdateMonitor',
    action: 'update',
    risk: 'medium',
    tags: [],
    resources: [{ kind: 'monitor', id: '123' }],
    asked: {},
    ...classification,
  },
  connection: { name: 'prod', readOnly: false, ...connection },
  session: 's',
  source: '10.0.0.1:5',
  method: 'PUT',
  path: '/api/v1/monitor/123',
  query: '',
});

type RuleInput = NonNullable<NonNullable<PolicyConfigInput>['rules']>[number];
const policy = (...rules: RuleInput[]) => compilePolicy(policySchema.parse({ rules }));
const decides = (rule: Omit<RuleInput, 'name' | 'decision'>, given?: Given): boolean =>
  policy({ name: 'it', decision: 'deny', ...rule })(input(given)).rule === 'it';

test('without rules: known operations are allowed, unknown ones are not, and both can be turned', () => {
  const unknown = { classification: { operation: 'unknown.GET', action: 'read', resources: [] } } as const;
  assert.deepEqual(policy()(input()), { decision: 'allow', rule: 'default' });
  assert.equal(policy()(input(unknown)).decision, 'deny');
  assert.equal(policy()(input(unknown)).rule, 'unknown-operation');
  const turned = compilePolicy(policySchema.parse({ default: 'deny', unknown: 'allow' }));
  assert.deepEqual(turned(input(unknown)), { decision: 'allow', rule: 'unknown-operation' });
  assert.equal(turned(input()).decision, 'deny');
});

test('a read-only connection only reads, whatever the rules allow', () => {
  const allow = policy({ name: 'all', decision: 'allow' });
  const readOnly = { connection: { readOnly: true } };
  for (const action of ['create', 'update', 'delete', 'execute'] as const) {
    const verdict = allow(input({ ...readOnly, classification: { action } }));
    assert.equal(verdict.decision, 'deny');
    assert.equal(verdict.rule, 'connection-read-only');
  }
  assert.equal(allow(input({ ...readOnly, classification: { action: 'read' } })).rule, 'all');
});

test('the first rule that matches decides, with its reason', () => {
  const judge = policy(
    { name: 'one', match: { actions: ['delete'] }, decision: 'deny' },
    { name: 'two', match: { groups: ['sre'] }, decision: 'deny', reason: 'Not now.' },
    { name: 'three', decision: 'allow' },
  );
  assert.deepEqual(judge(input()), { decision: 'deny', rule: 'two', reason: 'Not now.' });
  assert.equal(judge(input({ identity: { groups: [] } })).rule, 'three');
  assert.equal(judge(input({ classification: { action: 'delete' } })).rule, 'one');
});

test('each kind of match speaks when it should, and only then', () => {
  const cases: [RuleInput['match'], boolean][] = [
    [{ operations: ['v1.*Monitor'] }, true],
    [{ operations: ['v2.*', 'v1.UpdateMonitor'] }, true],
    [{ operations: ['v1.UpdateMonitors', 'V1.*'] }, false],
    [{ actions: ['read', 'update'] }, true],
    [{ actions: ['read'] }, false],
    [{ tags: ['secrets'] }, false],
    [{ risk: ['medium'] }, true],
    [{ risk: ['high', 'critical'] }, false],
    [{ groups: ['sr*'] }, true],
    [{ groups: ['dev'] }, false],
    [{ notGroups: ['dev'] }, true],
    [{ notGroups: ['s*'] }, false],
    [{ identities: ['claude*'] }, true],
    [{ identities: ['repo:acme/*'] }, true],
    [{ identities: ['https://i.example#repo:acme/shop'] }, true],
    [{ identities: ['https://evil.example#*', 'bob'] }, false],
    [{ kinds: ['agent'] }, true],
    [{ kinds: ['person', 'workload'] }, false],
    [{ connections: ['pro*'] }, true],
    [{ connections: ['staging'] }, false],
    [{ resources: ['monitor/*'] }, true],
    [{ resources: ['dashboard/*', 'monitor/1234'] }, false],
    [{ operations: ['v1.*'], groups: ['sre'], risk: ['medium'] }, true],
    [{ operations: ['v1.*'], groups: ['dev'], risk: ['medium'] }, false],
  ];
  for (const [match, expected] of cases) assert.equal(decides({ match }), expected, JSON.stringify(match));
  assert.ok(decides({ match: { tags: ['cost', 'secrets'] } }, { classification: { tags: ['secrets'] } }));
});

test('a rule that denies speaks when one resource matches, a rule that allows only when all do', () => {
  const match = { resources: ['monitor/*'] };
  const both = { classification: { resources: ['monitor', 'dashboard'].map((kind) => ({ kind, id: '1' })) } };
  const none = { classification: { resources: [] } };
  const decided = (decision: 'allow' | 'deny' | 'hold', given: Given) =>
    policy({ name: 'it', match, decision })(input(given)).rule === 'it';
  assert.ok(decided('deny', both) && decided('hold', both) && !decided('allow', both));
  assert.ok(!decided('deny', none) && !decided('allow', none));
  assert.ok(decided('deny', {}) && decided('allow', {}));
});

test('an allowance is none for unknown operations unless it names them', () => {
  const unknown = { classification: { operation: 'unknown.POST', action: 'execute', resources: [] } } as const;
  const verdict = (match: RuleInput['match'], decision: 'allow' | 'deny' | 'hold') =>
    policy({ name: 'it', match, decision })(input(unknown));
  assert.equal(verdict({ groups: ['sre'] }, 'allow').rule, 'unknown-operation');
  assert.equal(verdict({ operations: ['*'] }, 'allow').rule, 'unknown-operation');
  assert.equal(verdict({ operations: ['unknown.*'] }, 'allow').rule, 'it');
  assert.equal(verdict({ operations: ['unknown.GET'] }, 'allow').rule, 'unknown-operation');
  assert.equal(verdict({ groups: ['sre'] }, 'deny').rule, 'it');
  assert.equal(verdict({ groups: ['sre'] }, 'hold').rule, 'unknown-operation');
  assert.equal(verdict({ operations: ['unknown.*'] }, 'hold').decision, 'hold');
  const open = policySchema.parse({ unknown: 'allow', rules: [{ name: 'it', match: {}, decision: 'hold' }] });
  assert.equal(
    compilePolicy(open)(input(unknown)).decision,
    'hold',
    'where unknown ones are allowed, a hold is a restriction',
  );
});

test('a condition must hold too', () => {
  const metrics = { classification: { asked: { metrics: ['cpu', 'auth.logins'] } } };
  const when = 'asked.metrics.exists(m, m.startsWith("auth."))';
  assert.ok(decides({ when }, metrics));
  assert.ok(!decides({ when }));
  assert.ok(!decides({ when, match: { groups: ['dev'] } }, metrics));
});

test('a condition that cannot be evaluated denies, also in a rule that allows', () => {
  for (const decision of ['allow', 'deny'] as const) {
    const verdict = policy({ name: 'it', when: 'identity.claims["repository"] == "acme/shop"', decision })(input());
    assert.equal(verdict.decision, 'deny');
    assert.equal(verdict.rule, 'it');
    assert.match(verdict.reason ?? '', /could not be evaluated/);
  }
});

test('wrong rules are refused when compiled, by name', () => {
  const refuses = (when: string, message: RegExp) =>
    assert.throws(
      () => policy({ name: 'bad-one', when, decision: 'allow' }),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'config_invalid');
        assert.match(error.message, /^rule bad-one: /);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /\n/);
        return true;
      },
    );
  refuses('identity.grups == []', /No such key: grups \(column 10\)/);
  refuses('operation ==', /\(column \d+\)/);
  refuses('1 + 1', /yields int, not bool/);
});

test('names are unique and not those of the built-in rules; lists are not empty', () => {
  const refuses = (rules: unknown) =>
    assert.equal(policySchema.safeParse({ rules }).success, false, JSON.stringify(rules));
  const rule = { name: 'a', decision: 'deny' };
  refuses([rule, rule]);
  for (const name of ['default', 'unknown-operation', 'connection-read-only', '', 'A', 'a b'])
    refuses([{ ...rule, name }]);
  refuses([{ ...rule, match: { groups: [] } }]);
  refuses([{ ...rule, match: { grups: ['a'] } }]);
  refuses([{ ...rule, match: { actions: ['write'] } }]);
  refuses([{ ...rule, decision: 'maybe' }]);
});

test('whatever comes, there is a verdict that names a rule', () => {
  const judge = policy(
    { name: 'one', match: { identities: ['a*'], resources: ['m*/*'] }, decision: 'allow' },
    { name: 'two', when: 'asked.queries.exists(q, q.contains(query)) && size(identity.claims) > 0', decision: 'deny' },
  );
  const text = fc.string({ unit: 'binary', maxLength: 20 });
  const given = fc.record({
    identity: fc.record({ name: text, subject: text, groups: fc.array(text), claims: fc.dictionary(text, text) }),
    classification: fc.record({
      operation: text,
      resources: fc.array(fc.record({ kind: text, id: text })),
      asked: fc.record({ metrics: fc.array(text), queries: fc.array(text) }),
    }),
  });
  fc.assert(
    fc.property(given, (each) => {
      const { decision, rule } = judge(input(each));
      assert.match(decision, /^(allow|deny)$/);
      assert.match(rule, /^(one|two|default|unknown-operation)$/);
    }),
  );
});
