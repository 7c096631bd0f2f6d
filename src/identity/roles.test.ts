// Roles: nobody has one by default.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rolesSchema } from './config.ts';
import { rolesOf } from './roles.ts';

test('groups make roles, each has those before it, and nobody is anything by default', () => {
  const roles = rolesSchema.parse({ admin: ['platform'], operator: ['runners'], auditor: ['security'] });
  assert.deepEqual(rolesOf({ groups: ['platform'] }, roles), new Set(['auditor', 'operator', 'admin']));
  assert.deepEqual(rolesOf({ groups: ['security', 'runners'] }, roles), new Set(['auditor', 'operator']));
  assert.deepEqual(rolesOf({ groups: ['x', 'security'] }, roles), new Set(['auditor']));
  assert.deepEqual(rolesOf({ groups: ['Platform', 'platform2', ''] }, roles), new Set());
  assert.deepEqual(rolesOf({ groups: [] }, roles), new Set());
  assert.deepEqual(rolesOf({ groups: ['admin', 'auditor'] }, rolesSchema.parse(undefined)), new Set());
});
