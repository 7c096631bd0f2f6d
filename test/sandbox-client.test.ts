// Datadog's own TypeScript client against the sandbox: every read of every API class deserialises, or is an error as Datadog has it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { v2 } from '@datadog/datadog-api-client';
import { operations } from '../src/datadog/catalogue.ts';
import { type SandboxServer, startSandbox } from '../src/sandbox/server.ts';
import { type RealClient, realClient, unparsedIn } from './harness/real-client.ts';

let sandbox: SandboxServer;
let client: RealClient;
before(async () => {
  sandbox = await startSandbox({ port: 0 });
  client = realClient(sandbox.url);
});
after(() => sandbox?.close());

test('reads of every API class', async () => {
  const failed: string[] = [];
  let answered = 0;
  for (const operation of operations()) {
    if (operation.method !== 'GET' || operation.action !== 'read' || operation.host !== 'api') continue;
    try {
      const outcome = await client.call(operation);
      if (!outcome || !('value' in outcome)) continue;
      answered += 1;
      const unparsed = unparsedIn(outcome.value);
      if (unparsed !== undefined) failed.push(`${operation.key}: the client does not know ${unparsed}`);
    } catch (error) {
      failed.push(`${operation.key}: ${String(error).slice(0, 160)}`);
    }
  }
  assert.deepEqual(failed, []);
  assert.ok(answered > 300, `only ${answered} reads were answered`);
});

test('files are read back as files: zips of rules, Terraform and policies, a description of an API', async () => {
  const rules = new v2.SecurityMonitoringApi(client.configuration);
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
  const policy = await new v2.CSMThreatsApi(client.configuration).downloadCSMThreatsPolicy();
  assert.deepEqual(namesIn(policy.data), ['custom.policy']);

  const apis = new v2.APIManagementApi(client.configuration);
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
