// OCSF 1.8, class API Activity (6003): every attribute that the class, its base event and the objects in it require, no attribute that
// they do not have, and of each the type that the dictionary gives it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACTIONS, RISK_LEVELS } from '../exchange/operation.ts';
import type { Row } from '../index/search-index.ts';
import { toOcsf } from './ocsf.ts';

type Type = 'string' | 'integer' | 'any' | Shape | readonly [Shape];
interface Shape {
  readonly required?: readonly string[];
  /** Constraint `at_least_one`. */
  readonly one?: readonly string[];
  readonly attributes: Readonly<Record<string, Type>>;
}

const named: Shape = { one: ['name', 'uid'], attributes: { name: 'string', uid: 'string' } };
const ENDPOINT = [
  'ip',
  'uid',
  'name',
  'hostname',
  'svc_name',
  'instance_uid',
  'interface_uid',
  'interface_name',
  'domain',
];
const endpoint: Shape = {
  one: ENDPOINT,
  attributes: { ...Object.fromEntries(ENDPOINT.map((name) => [name, 'string' as const])), port: 'integer' },
};
const user: Shape = {
  one: ['account', 'name', 'uid'],
  attributes: {
    name: 'string',
    uid: 'string',
    email_addr: 'string',
    domain: 'string',
    type: 'string',
    type_id: 'integer',
    groups: [named],
  },
};
const API_ACTIVITY: Shape = {
  required: [
    'activity_id',
    'category_uid',
    'class_uid',
    'type_uid',
    'severity_id',
    'time',
    'metadata',
    'actor',
    'api',
    'src_endpoint',
  ],
  attributes: {
    activity_id: 'integer',
    activity_name: 'string',
    category_uid: 'integer',
    category_name: 'string',
    class_uid: 'integer',
    class_name: 'string',
    type_uid: 'integer',
    type_name: 'string',
    severity_id: 'integer',
    severity: 'string',
    time: 'integer',
    duration: 'integer',
    status_id: 'integer',
    status: 'string',
    status_code: 'string',
    status_detail: 'string',
    message: 'string',
    metadata: {
      required: ['product', 'version'],
      attributes: {
        version: 'string',
        product: { ...named, attributes: { ...named.attributes, vendor_name: 'string', version: 'string' } },
        uid: 'string',
        log_name: 'string',
        sequence: 'integer',
        correlation_uid: 'string',
      },
    },
    actor: {
      one: ['process', 'user', 'invoked_by', 'session', 'app_name', 'app_uid'],
      attributes: { user, app_name: 'string', session: { attributes: { uid: 'string' } }, idp: named },
    },
    api: {
      required: ['operation'],
      attributes: {
        operation: 'string',
        service: named,
        request: { required: ['uid'], attributes: { uid: 'string' } },
        response: { attributes: { code: 'integer', error: 'string' } },
      },
    },
    src_endpoint: endpoint,
    dst_endpoint: endpoint,
    http_request: {
      attributes: {
        http_method: 'string',
        user_agent: 'string',
        length: 'integer',
        url: {
          one: ['url_string', 'path'],
          attributes: { scheme: 'string', hostname: 'string', path: 'string', url_string: 'string' },
        },
      },
    },
    http_response: {
      required: ['code'],
      attributes: { code: 'integer', length: 'integer', latency: 'integer' },
    },
    resources: [{ one: ['name', 'uid'], attributes: { name: 'string', uid: 'string', type: 'string' } }],
    unmapped: 'any',
  },
};

function check(value: unknown, type: Type, path: string): void {
  if (type === 'any') return;
  if (type === 'string') assert.equal(typeof value, 'string', path);
  else if (type === 'integer') assert.ok(Number.isSafeInteger(value), `${path}: ${value}`);
  else if ('length' in type) {
    assert.ok(Array.isArray(value), path);
    for (const [n, item] of value.entries()) check(item, type[0], `${path}[${n}]`);
  } else checkObject(value, type as Shape, path);
}

function checkObject(value: unknown, { required = [], one, attributes }: Shape, path: string): void {
  assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value), path);
  const there = Object.keys(value);
  for (const name of required) assert.ok(there.includes(name), `${path}: ${name} is required`);
  if (one)
    assert.ok(
      one.some((name) => there.includes(name)),
      `${path}: one of ${one.join(', ')}`,
    );
  for (const [name, item] of Object.entries(value)) {
    const attribute = attributes[name];
    assert.ok(attribute, `${path}: there is no attribute ${name}`);
    check(item, attribute, `${path}.${name}`);
  }
}

/** Names that go with numbers; where the number is that of another value, its own name stands there. */
const CAPTIONS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  activity: { 0: 'Unknown', 1: 'Create', 2: 'Read', 3: 'Update', 4: 'Delete' },
  severity: { 0: 'Unknown', 1: 'Informational', 2: 'Low', 3: 'Medium', 4: 'High', 5: 'Critical', 6: 'Fatal' },
  status: { 0: 'Unknown', 1: 'Success', 2: 'Failure' },
  type: { 1: 'User', 4: 'Service' },
};

const row: Row = {
  leaf: 7,
  kind: 'exchange',
  id: '01990000-0000-7000-8000-000000000001',
  time: Date.UTC(2026, 10, 22, 12),
  session: 's',
  identity: {
    issuer: 'https://idp',
    subject: 'agent-1',
    kind: 'agent',
    name: 'claude',
    email: 'claude@example.com',
    groups: ['sre'],
    onBehalfOf: [],
    claims: {},
  },
  client: { userAgent: 'curl/8' },
  source: '10.0.0.1',
  connection: 'prod',
  host: 'api.datadoghq.com',
  method: 'DELETE',
  path: '/api/v1/monitor/1',
  operation: 'v1.DeleteMonitor',
  action: 'delete',
  risk: 'high',
  tags: ['blindness'],
  resources: [{ kind: 'monitor', id: '1', title: 'CPU' }],
  asked: {},
  verdict: { decision: 'allow', rule: 'default' },
  outcome: 'complete',
  status: 200,
  requestBytes: 0,
  responseBytes: 12,
  latency: 31.5,
};
const bare: Row = { leaf: 0, kind: 'exchange', id: '', time: 1, client: {}, tags: [], resources: [], asked: {} };

type Event = Readonly<Record<string, unknown>>;
const eventOf = (each: Row): Event => JSON.parse(JSON.stringify(toOcsf(each, '1.0')));

test('every exchange is a valid API Activity', () => {
  const { identity, source: _source, status: _status, operation: _op, ...unknown } = row;
  assert.ok(identity);
  const rows: Row[] = [
    row,
    bare,
    { ...unknown, outcome: 'pending' },
    { ...row, status: 429, error: 'denied', outcome: 'refused' },
    ...(['agent', 'workload', 'person'] as const).map((kind) => ({ ...row, identity: { ...identity, kind } })),
    { ...row, identity: { issuer: '', subject: '', name: '', groups: [], onBehalfOf: [], claims: {} } },
    ...ACTIONS.map((action) => ({ ...row, action })),
    ...RISK_LEVELS.map((risk) => ({ ...row, risk })),
  ];
  for (const each of rows) {
    const event = eventOf(each);
    check(event, API_ACTIVITY, 'event');
    const activity = Number(event.activity_id);
    assert.deepEqual([event.category_uid, event.class_uid, event.type_uid], [6, 6003, 600_300 + activity]);
    assert.equal(event.type_name, `API Activity: ${CAPTIONS.activity?.[activity] ?? 'Other'}`);
    assert.equal(event.activity_name, CAPTIONS.activity?.[activity] ?? 'Execute');
    for (const name of ['severity', 'status'])
      assert.equal(event[name], CAPTIONS[name]?.[Number(event[`${name}_id`])], name);
    const who = (event.actor as { user?: { type?: string; type_id?: number } }).user;
    if (who?.type_id !== undefined) assert.equal(who.type, CAPTIONS.type?.[who.type_id]);
    assert.equal(event.time, each.time, 'milliseconds since the epoch');
    assert.equal((event.metadata as Event).version, '1.8.0');
  }
});

test('activity, severity and status are those of the exchange', () => {
  const event = eventOf(row);
  assert.deepEqual([event.activity_id, event.severity_id, event.status_id], [4, 4, 1]);
  assert.equal(eventOf({ ...row, outcome: 'refused', status: 403 }).status_id, 2);
  assert.equal((event.unmapped as Event).identity_kind, 'agent');
});
