import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../../exchange/error.ts';
import { requirePackages } from './packages.ts';

test('where both are installed nothing is said', () => requirePackages());

test('a missing package is named, and how to get it', () => {
  const resolve = (name: string): string => {
    if (name.startsWith('@')) throw new Error('not found');
    return name;
  };
  assert.throws(
    () => requirePackages(resolve),
    (error) =>
      error instanceof UsageError &&
      error.code === 'demo_unavailable' &&
      error.message.includes('@datadog/datadog-api-client') &&
      error.remedy?.includes('npm install') === true,
  );
});
