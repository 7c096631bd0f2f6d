import assert from 'node:assert/strict';
import test from 'node:test';
import { ask, fresh } from '../../../test/harness/sandbox-call.ts';
import { arrayOf, at, type Json, type JsonObject, objectOf, textOf } from '../json.ts';

const RULES = '/api/v2/security_monitoring/rules';
const RULE: JsonObject = {
  name: 'Root logs in',
  type: 'log_detection',
  message: 'Look',
  isEnabled: true,
  tags: ['env:test'],
  queries: [{ query: '@usr.id:root', metrics: [] }],
  cases: [{ status: 'high', condition: 'a > 0' }],
  options: { evaluationWindow: 900, keepAlive: 3600, maxSignalDuration: 86_400 },
};

test('a rule is filled in, versioned, restored and deleted', () => {
  const sandbox = fresh();
  const made = objectOf(ask(sandbox, 'POST', RULES, RULE).body);
  const id = textOf(made.id);
  assert.match(id, /^\w{3}-\w{3}-\w{3}$/);
  assert.equal(made.version, 1);
  assert.equal(at(made.options, 'detectionMethod'), 'threshold');
  assert.deepEqual(arrayOf(made.queries)[0], {
    groupByFields: [],
    hasOptionalGroupByFields: false,
    distinctFields: [],
    aggregation: 'count',
    name: '',
    dataSource: 'logs',
    query: '@usr.id:root',
  });

  const changed = objectOf(ask(sandbox, 'PUT', `${RULES}/${id}`, { message: 'Look again' }).body);
  assert.deepEqual([changed.version, changed.message, changed.name], [2, 'Look again', 'Root logs in']);
  assert.deepEqual(changed.queries, made.queries);
  assert.equal(ask(sandbox, 'POST', `${RULES}/${id}/restore/2`).status, 409);
  assert.equal(ask(sandbox, 'POST', `${RULES}/${id}/restore/9`).status, 404);
  const restored = objectOf(ask(sandbox, 'POST', `${RULES}/${id}/restore/1`).body);
  assert.deepEqual([restored.version, restored.message], [3, 'Look']);
  const history = ask(sandbox, 'GET', `${RULES}/${id}/version_history`);
  assert.equal(at(history.body, 'data', 'attributes', 'count'), 3);

  assert.equal(ask(sandbox, 'DELETE', `${RULES}/${id}`).status, 204);
  assert.deepEqual(ask(sandbox, 'GET', `${RULES}/${id}`), {
    status: 404,
    body: { errors: [`Threat detection rule not found: ${id}`] },
  });
});

test('a rule that would not run is refused, wherever it is sent', () => {
  const sandbox = fresh();
  const short = { ...RULE, options: { keepAlive: 3600, maxSignalDuration: 600 } };
  for (const target of [RULES, `${RULES}/validation`]) {
    const answer = ask(sandbox, 'POST', target, short);
    assert.equal(answer.status, 400);
    assert.equal(at(arrayOf(at(answer.body, 'error', 'details'))[0], 'target'), 'maxSignalDuration');
  }
  assert.equal(ask(sandbox, 'POST', `${RULES}/validation`, RULE).status, 204);
});

test('a rule is tested against events', () => {
  const sandbox = fresh();
  const payload = { ddsource: 'cloudtrail', ddtags: 'env:prod,team:a', message: 'hello', usr: { id: 'root' } };
  const tried = (query: string): Json | undefined =>
    at(
      ask(sandbox, 'POST', `${RULES}/test`, {
        rule: { ...RULE, queries: [{ query }] },
        ruleQueryPayloads: [{ index: 0, expectedResult: true, payload }],
      }).body,
      'results',
    );
  for (const query of ['source:cloudtrail', '@usr.id:r*', 'env:prod -team:b', 'hello']) {
    assert.deepEqual(tried(query), [true], query);
  }
  for (const query of ['source:other', '@usr.id:roo', '-env:prod', 'source:(', 'constructor:a', '@usr.id:r*t*oot']) {
    assert.deepEqual(tried(query), [false], query);
  }
});

test('a rule reads in Terraform as it stands, with nothing to be expanded', () => {
  const sandbox = fresh();
  const answer = ask(sandbox, 'POST', `${RULES}/convert`, { ...RULE, message: `a "${'$'}{quoted}" %{line}\n` });
  const text = textOf(at(answer.body, 'terraformContent'));
  assert.match(text, /^resource "datadog_security_monitoring_rule" "Root_logs_in" \{\n\tname = "Root logs in"\n/);
  assert.ok(text.includes('message = "a \\"$${quoted}\\" %%{line}\\n"'));
});

test('a suppression is found by the rules that it concerns', () => {
  const sandbox = fresh();
  const id = textOf(at(ask(sandbox, 'POST', RULES, RULE).body, 'id'));
  const path = '/api/v2/security_monitoring/configuration/suppressions';
  const attributes = {
    name: 'quiet',
    enabled: true,
    rule_query: 'type:log_detection env:test',
    suppression_query: 'a',
  };
  const make = (more: JsonObject): number =>
    ask(sandbox, 'POST', path, { data: { type: 'suppressions', attributes: { ...attributes, ...more } } }).status;
  assert.equal(make({}), 200);
  assert.equal(make({ rule_query: 'type:signal_correlation' }), 200);
  assert.equal(make({ rule_query: 'rule:[A' }), 400);
  const found = ask(sandbox, 'GET', `${path}/rules/${id}`);
  assert.equal(arrayOf(at(found.body, 'data')).length, 1);
});

test('an agent rule stands in its policy, and goes with it', () => {
  const sandbox = fresh();
  const base = '/api/v2/remote_config/products/cws';
  const policy = textOf(
    at(
      ask(sandbox, 'POST', `${base}/policy`, { data: { type: 'policy', attributes: { name: 'p', hostTags: ['a:b'] } } })
        .body,
      'data',
      'id',
    ),
  );
  const rule = (expression: string): Json => ({
    data: { type: 'agent_rule', attributes: { name: 'r', expression, policy_id: policy } },
  });
  assert.equal(ask(sandbox, 'POST', `${base}/agent_rules`, rule('exec.file.name')).status, 400);
  assert.equal(ask(sandbox, 'POST', `${base}/agent_rules`, rule('exec.file.name == "sh"')).status, 200);
  const shown = ask(sandbox, 'GET', `${base}/policy/${policy}`);
  assert.equal(at(shown.body, 'data', 'attributes', 'ruleCount'), 1);
  assert.equal(ask(sandbox, 'DELETE', `${base}/policy/${policy}`).status, 204);
  assert.deepEqual(at(ask(sandbox, 'GET', `${base}/agent_rules`).body, 'data'), []);
});

test('a finding stands in one case at a time', () => {
  const sandbox = fresh();
  const finding = Buffer.from('cve-1~host-1').toString('base64url');
  const findings = { data: [{ type: 'findings', id: finding }] };
  const project = { data: { type: 'projects', id: '11111111-2222-4333-8444-555555555555' } };
  const path = '/api/v2/security/findings/cases';
  const make = (): string =>
    textOf(
      at(
        arrayOf(
          at(
            ask(sandbox, 'POST', path, { data: [{ type: 'cases', relationships: { findings, project } }] }).body,
            'data',
          ),
        )[0],
        'id',
      ),
    );
  const [one, two] = [make(), make()];
  const attach = (id: string): Json | undefined =>
    at(
      ask(sandbox, 'PATCH', `${path}/${id}`, { data: { id, type: 'cases', relationships: { findings } } }).body,
      'data',
      'attributes',
      'insights',
    );
  assert.equal(arrayOf(attach(one)).length, 1);
  assert.equal(arrayOf(attach(two)).length, 1);
  const broken = { data: { type: 'cases', relationships: { findings: { data: [{ type: 'findings', id: 'no' }] } } } };
  assert.equal(ask(sandbox, 'DELETE', path, broken).status, 404);
});

test('the data scanner moves its version on with every change, and keeps the order it is given', () => {
  const sandbox = fresh();
  const path = '/api/v2/sensitive-data-scanner/config';
  const make = (name: string): { id: string; version: number } => {
    const { body } = ask(sandbox, 'POST', `${path}/groups`, {
      data: {
        type: 'sensitive_data_scanner_group',
        attributes: { name, filter: { query: '*' }, product_list: ['logs'] },
      },
      meta: {},
    });
    return { id: textOf(at(body, 'data', 'id')), version: Number(at(body, 'meta', 'version')) };
  };
  const [one, two] = [make('one'), make('two')];
  assert.equal(two.version, one.version + 1);
  const order = (ids: readonly string[]): number =>
    ask(sandbox, 'PATCH', path, {
      data: {
        type: 'sensitive_data_scanner_configuration',
        relationships: { groups: { data: ids.map((id) => ({ type: 'sensitive_data_scanner_group', id })) } },
      },
      meta: {},
    }).status;
  assert.equal(order([two.id]), 400);
  assert.equal(order([two.id, one.id]), 200);
  const config = ask(sandbox, 'GET', path);
  const ids = arrayOf(at(config.body, 'data', 'relationships', 'groups', 'data')).map((each) => at(each, 'id'));
  assert.deepEqual(ids, [two.id, one.id]);
});
