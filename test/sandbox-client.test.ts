// Datadog's own TypeScript client against the sandbox: every read of every API class deserialises, or is an error as Datadog has it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { client, v1, v2 } from '@datadog/datadog-api-client';
import { operations } from '../src/datadog/catalogue.ts';
import { type SandboxServer, startSandbox } from '../src/sandbox/server.ts';

let sandbox: SandboxServer;
let configuration: client.Configuration;

before(async () => {
  sandbox = await startSandbox({ port: 0 });
  configuration = client.createConfiguration({
    authMethods: { apiKeyAuth: 'a'.repeat(32), appKeyAuth: 'b'.repeat(40) },
    baseServer: new client.ServerConfiguration(sandbox.url, {}),
    enableRetry: false,
  });
  for (const name of Object.keys(configuration.unstableOperations)) configuration.unstableOperations[name] = true;
});
after(() => sandbox?.close());

type Method = (param?: object) => Promise<unknown>;
const camel = (text: string): string =>
  text
    .replaceAll(/[^A-Za-z0-9]+([A-Za-z0-9])?/g, (_, next: string | undefined) => (next ?? '').toUpperCase())
    .replace(/^[A-Z]/, (first) => first.toLowerCase());

test('reads of every API class', async () => {
  const apis: Readonly<Record<string, Readonly<Record<string, unknown>>>> = { v1, v2 };
  const failed: string[] = [];
  let answered = 0;
  for (const { key, version, api, id, method, action, host, params } of operations()) {
    if (method !== 'GET' || action !== 'read' || host !== 'api') continue;
    const Api = (apis[version]?.[api] ?? apis[version]?.[`${api}Api`]) as
      | (new (
          of: client.Configuration,
        ) => Record<string, Method | undefined>)
      | undefined;
    const instance = Api && new Api(configuration);
    const call = instance?.[id.charAt(0).toLowerCase() + id.slice(1)] ?? instance?.[id];
    if (!instance || !call) continue;
    const given = params.flatMap(({ name, required, type, values }) => {
      if (!required) return [];
      const value =
        values?.[0] ??
        (type.startsWith('number')
          ? 1_700_000_000
          : type.startsWith('Date')
            ? new Date(1_700_000_000_000)
            : type.startsWith('Array')
              ? [type.includes('number') ? 4711 : 'sample']
              : '3f6a3c0e-0000-4000-8000-0000000000aa');
      return [[camel(name), value] as const];
    });
    try {
      await (given.length === 0 ? call.call(instance) : call.call(instance, Object.fromEntries(given)));
      answered += 1;
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (typeof code !== 'number' || code < 400 || code > 499) failed.push(`${key}: ${String(error).slice(0, 160)}`);
    }
  }
  assert.deepEqual(failed, []);
  assert.ok(answered > 300, `only ${answered} reads were answered`);
});
