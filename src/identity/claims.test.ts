// Claims to identity: paths, groups, actors, and what is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { identityOf } from './claims.ts';
import { type IssuerConfigInput, issuerSchema } from './config.ts';

const read = (claims: Record<string, unknown>, config: Partial<IssuerConfigInput> = {}) =>
  identityOf(
    { sub: 's', ...claims },
    issuerSchema.parse({ name: 'i', issuer: 'https://i.example', audience: 'd', ...config }),
  );
const refuses = (claims: Record<string, unknown>, config: Partial<IssuerConfigInput> = {}) =>
  assert.throws(() => read(claims, config), { code: 'token_bad_claims' });

test('the name is the best there is', () => {
  assert.equal(read({}).name, 's');
  assert.equal(read({ email: 'a@b.c' }).name, 'a@b.c');
  assert.equal(read({ email: 'a@b.c', agent: 'claude' }).name, 'claude');
  assert.equal(read({ name: 'N', agent: 'claude' }).name, 'N');
});

test('an unverified address is not kept', () => {
  assert.equal(read({ email: 'a@b.c', email_verified: false }).email, undefined);
  assert.equal(read({ email: 'a@b.c', email_verified: true }).email, 'a@b.c');
});

test('claims are found by name, by dotted path, and by list', () => {
  const claims = {
    'https://example.com/groups': ['a'],
    realm_access: { roles: ['b'] },
    'kubernetes.io': { namespace: 'shop' },
  };
  assert.deepEqual(read(claims, { claims: { groups: 'https://example.com/groups' } }).groups, ['a']);
  assert.deepEqual(read(claims, { claims: { groups: 'realm_access.roles' } }).groups, ['b']);
  const kept = read(claims, { keep: [['kubernetes.io', 'namespace'], 'sub', 'absent'] }).claims;
  assert.deepEqual(kept, { 'kubernetes.io.namespace': 'shop', sub: 's' });
  assert.equal(read({ sid: 'run-7' }, { claims: { session: 'sid' } }).session, 'run-7');
  assert.equal(read({ sid: 'run-7' }).session, undefined);
});

test('inherited members are no claims', () => {
  for (const groups of ['constructor.name', 'toString', '__proto__.x', 'sub.length']) {
    assert.deepEqual(read({}, { claims: { groups } }).groups, []);
  }
});

test('groups are a list, or a text separated by commas or blanks', () => {
  assert.deepEqual(read({ groups: ['a', 'b c', 'a', '', 7] }).groups, ['a', 'b c', '7']);
  assert.deepEqual(read({ groups: 'a  b\ta' }, { groups: ['ci'] }).groups, ['ci', 'a', 'b']);
  assert.deepEqual(read({ groups: 'a b, c ,' }).groups, ['a b', 'c']);
  for (const groups of [{}, 7, true, [{}], [['a']], ['x'.repeat(600)], ['a\u0007'], Array(300).fill('g')]) {
    refuses({ groups });
  }
});

test('the act chain is bounded and must be well-formed', () => {
  const chain = (depth: number): unknown => (depth === 0 ? undefined : { sub: `a${depth}`, act: chain(depth - 1) });
  assert.deepEqual(
    read({ act: chain(8) }).onBehalfOf.map(({ subject }) => subject),
    ['a8', 'a7', 'a6', 'a5', 'a4', 'a3', 'a2', 'a1'],
  );
  for (const act of [chain(9), null, 'x', [], {}, { sub: '' }, { sub: 's', act: 'x' }, { sub: 's', iss: 7 }]) {
    refuses({ act });
  }
});

test('texts that would mislead a reader are refused', () => {
  for (const bad of ['a\nb', '\u202egnp.exe', 'zero\u200bwidth', '\u2028', '\udc00']) {
    refuses({ name: bad });
    refuses({ act: { sub: bad } });
    refuses({ x: bad }, { keep: ['x'] });
  }
  refuses({ name: {} });
});

test('whatever the claims are, the answer is a bounded identity or a refusal', () => {
  const claims = fc.dictionary(
    fc.constantFrom('sub', 'name', 'email', 'groups', 'agent', 'act', 'email_verified', 'k'),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(claims, (value) => {
      try {
        const identity = read(value, { keep: ['k'] });
        assert.ok(JSON.stringify(identity).length < 512 * 300);
        for (const text of [identity.subject, identity.name, ...identity.groups]) assert.doesNotMatch(text, /\p{Cc}/u);
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'token_bad_claims');
      }
    }),
  );
});
