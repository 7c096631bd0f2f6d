// Every operation of the catalogue, asked with the least that its models want: none fails, each answers in its shape.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleOf } from '../../test/harness/samples.ts';
import { type Operation, operations } from '../datadog/catalogue.ts';
import { successModel, successOf } from './call.ts';
import { faultsOf } from './check.ts';
import { arrayOf, isObject, type Json } from './json.ts';
import { shapeOf } from './models.ts';
import { createSandbox, type Sandbox } from './sandbox.ts';

const UUID = '3f6a3c0e-0000-4000-8000-0000000000aa';

function targetOf({ path, params }: Operation): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const param = params.find((each) => each.in === 'path' && each.name === name);
    if (param?.values?.[0] !== undefined) return encodeURIComponent(String(param.values[0]));
    return param?.type.startsWith('number') ? '4711' : param?.type.includes('uuid') ? UUID : 'abc-def-ghi';
  });
  const query = params.flatMap(({ in: where, required, name, type, values }) => {
    if (where !== 'query' || !required) return [];
    const value =
      values?.[0] ??
      (type.startsWith('number')
        ? /to|end/.test(name)
          ? '1700000600'
          : '1700000000'
        : type.startsWith('Date')
          ? '2026-01-01T00:00:00Z'
          : 'sample');
    return [`${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`];
  });
  return query.length === 0 ? filled : `${filled}?${query.join('&')}`;
}

function ask(sandbox: Sandbox, operation: Operation) {
  const { request, version, method } = operation;
  const body = request?.model === undefined ? undefined : sampleOf(shapeOf(version, request.model));
  return sandbox.answer({
    method,
    target: targetOf(operation),
    contentType: 'application/json',
    ...(body !== undefined && { body: Buffer.from(JSON.stringify(body)) }),
  });
}

/** What is wrong with an answer; undefined when it is one that Datadog could have given. */
function wrong(
  operation: Operation,
  status: number,
  body: Json | undefined,
  type: string | undefined,
): string | undefined {
  if (status >= 500 || status < 200) return `status ${status}`;
  if (status >= 400) {
    if (body === undefined || type !== undefined) return undefined;
    return isObject(body) && (arrayOf(body.errors).length > 0 || 'error' in body || 'message' in body)
      ? undefined
      : `an error without errors: ${JSON.stringify(body).slice(0, 120)}`;
  }
  if (!(String(status) in operation.responses)) return `status ${status}, which the operation does not have`;
  const model = successModel(operation);
  if (model === '' || type !== undefined || status !== successOf(operation)) return undefined;
  const [fault] = faultsOf(shapeOf(operation.version, model), body ?? null);
  return (
    fault &&
    `${fault.path} is ${fault.why}${fault.wanted.length > 0 ? `, wanted ${fault.wanted.slice(0, 3).join()}` : ''}`
  );
}

test('every operation answers in its shape, on the first day and after everything was made', () => {
  const sandbox = createSandbox();
  const all = operations();
  const order = ['create', 'update', 'execute', 'read', 'delete'];
  const sorted = [...all].sort((one, other) => order.indexOf(one.action) - order.indexOf(other.action));
  const found: string[] = [];
  for (const list of [all, sorted]) {
    for (const operation of list) {
      let why: string | undefined;
      try {
        const { status, body, type } = ask(sandbox, operation);
        why = wrong(operation, status, body, type);
      } catch (error) {
        why = String((error as Error).stack);
      }
      if (why !== undefined) found.push(`${operation.key} ${operation.method} ${operation.path}: ${why}`);
    }
  }
  assert.ok(all.length >= 1758);
  assert.deepEqual(found, []);
});

test('what is no operation is a 404 in the shape of Datadog', () => {
  const sandbox = createSandbox();
  for (const target of ['/nothing', '/api/v1/nothing', '/api/v3/monitor', '/api/v1/monitor/1/2/3']) {
    assert.deepEqual(sandbox.answer({ method: 'GET', target }), { status: 404, body: { errors: ['Not found'] } });
  }
  for (const target of ['nowhere', '/a//b', '/a/%2e%2e/b', '/%', '/api/v1/monitor?a=%zz'])
    assert.equal(sandbox.answer({ method: 'GET', target }).status, 400);
});

test('malformed bodies of every operation that takes one are refused or taken, and never fail', () => {
  const sandbox = createSandbox();
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const bodies = ['{', '[]', '"text"', 'null', '{"data":null}', '{"data":[]}', '{"data":{"attributes":7}}', '\u0000'];
  const found: string[] = [];
  for (const [i, operation] of operations().entries()) {
    if (operation.request === undefined) continue;
    for (const body of i % 20 === 0 ? [...bodies, deep] : bodies) {
      try {
        const { status } = sandbox.answer({
          method: operation.method,
          target: targetOf(operation),
          contentType: 'application/json',
          body: Buffer.from(body),
        });
        if (status >= 500) found.push(`${operation.key} ${body.slice(0, 30)}: status ${status}`);
      } catch (error) {
        found.push(
          `${operation.key} ${body.slice(0, 30)}: ${(error as Error).stack?.split('\n').slice(0, 2).join(' ')}`,
        );
      }
    }
  }
  assert.deepEqual(found, []);
});
