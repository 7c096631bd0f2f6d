// The fields of the query language: said in the docs, and the same values everywhere.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FIELDS, fieldByName } from './fields.ts';
import { CODES } from './sqlite-schema.ts';

test('docs/search.md has every field, with its aliases, values and example', () => {
  const docs = readFileSync(new URL('../../docs/search.md', import.meta.url), 'utf8');
  for (const field of FIELDS) {
    const names = [field.name, ...(field.aliases ?? [])].map((name) => `\`${name}\``).join(', ');
    const line = docs.split('\n').find((each) => each.startsWith(`| ${names} |`));
    assert.ok(line, `${field.name} is missing`);
    assert.ok(line.includes(field.means) && line.includes(`\`${field.example}\``), field.name);
    if (field.name !== 'kind') for (const value of field.values ?? []) assert.ok(line.includes(`\`${value}\``), value);
  }
});

test('the tables know every value of an enumeration', () => {
  for (const field of FIELDS.filter((each) => each.type === 'enum' || each.type === 'ordered'))
    assert.deepEqual([...(field.values ?? [])].sort(), [...CODES[field.name as keyof typeof CODES]].sort());
  assert.equal(fieldByName('AGENT')?.name, 'who');
  assert.equal(fieldByName('__proto__'), undefined);
});
