// Names that stand twice, and everything that only looks so.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { duplicateName } from './duplicate-names.ts';

test('a name twice in one object is found, also escaped and nested', () => {
  assert.equal(duplicateName('{"alg":"none","alg":"RS256"}'), 'alg');
  assert.equal(duplicateName('{"sub":"a", "\\u0073ub" :"b"}'), 'sub');
  assert.equal(duplicateName('{"a":[1,{"b":{"c":1,"c":2}}]}'), 'c');
  assert.equal(duplicateName('{"__proto__":1,"__proto__":2}'), '__proto__');
  assert.equal(duplicateName('{"":1,"":2}'), '');
});

test('names in different objects, and texts that look like names, are none', () => {
  assert.equal(duplicateName('{"a":{"b":1},"c":{"b":2}}'), undefined);
  assert.equal(duplicateName('[{"a":1},{"a":2},"a","a"]'), undefined);
  assert.equal(duplicateName('{"a":"\\"a\\":1,","b":"{\\"a\\":"}'), undefined);
  assert.equal(duplicateName('{"a":["b","b"],"b":"a"}'), undefined);
});

test('what JSON.stringify writes never has one; two equal members always do', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), fc.jsonValue(), fc.jsonValue(), (value, name, one, other) => {
      assert.equal(duplicateName(JSON.stringify(value)), undefined);
      const member = (each: unknown) => `${JSON.stringify(name)}:${JSON.stringify(each)}`;
      assert.equal(duplicateName(`{${member(one)},${member(other)}}`), name);
    }),
  );
});
