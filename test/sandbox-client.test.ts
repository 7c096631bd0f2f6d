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

test('files are read back as files: zips of rules, Terraform and policies, a description of an API', async () => {
  const rules = new v2.SecurityMonitoringApi(configuration);
  const made = (await rules.createSecurityMonitoringRule({
    body: {
      name: 'Root logs in',
      type: 'log_detection',
      message: 'Look',
      isEnabled: true,
      queries: [{ query: '@usr.id:root' }],
      cases: [{ status: 'high', condition: 'a > 0' }],
      options: { evaluationWindow: 900, keepAlive: 3600, maxSignalDuration: 86_400 },
    },
  })) as { id: string };
  const asked = { attributes: { ruleIds: [made.id] } };
  const exported = await rules.bulkExportSecurityMonitoringRules({
    body: { data: { ...asked, type: 'security_monitoring_rules_bulk_export' } },
  });
  assert.deepEqual(namesIn(exported.data), ['Root_logs_in.json']);
  const terraform = await rules.bulkExportSecurityMonitoringTerraformResources({
    resourceType: 'rules',
    body: { data: { attributes: { resourceIds: [made.id] }, type: 'bulk_export_resources' } },
  });
  assert.deepEqual(namesIn(terraform.data), [`rule_${made.id}.tf`]);
  assert.match(terraform.data.toString('latin1'), /resource "datadog_security_monitoring_rule" "Root_logs_in"/);
  const policy = await new v2.CSMThreatsApi(configuration).downloadCSMThreatsPolicy();
  assert.deepEqual(namesIn(policy.data), ['custom.policy']);

  const apis = new v2.APIManagementApi(configuration);
  const spec = Buffer.from('openapi: 3.0.0\ninfo: {title: Cart, version: "1"}\npaths: {}\n');
  const { data } = await apis.createOpenAPI({ openapiSpecFile: { data: spec, name: 'cart.yaml' } });
  const read = await apis.getOpenAPI({ id: data?.id ?? '' });
  assert.deepEqual(read.data, spec);
});

/** The names in a zip's directory. */
function namesIn(zip: Buffer): string[] {
  const end = zip.lastIndexOf('PK\x05\x06');
  const names: string[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const length = zip.readUInt16LE(at + 28);
    names.push(zip.toString('utf8', at + 46, at + 46 + length));
    at += 46 + length + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return names;
}
