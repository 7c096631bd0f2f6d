// Rows packed and unpacked are the same rows, also when numbers begin anew.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FedRow, type FeedBatch, FeedPacker, hashOf } from './row-feed.ts';
import { FeedUnpacker } from './row-unpacker.ts';
import type { Row } from './search-index.ts';

const row = (n: number): Row => ({
  leaf: n,
  outcomeLeaf: n + 1,
  kind: 'exchange',
  id: `0190-${n}`,
  time: 1_700_000_000_000 + n,
  session: `session-${n}`,
  identity: {
    issuer: 'https://issuer.test',
    subject: `agent-${n % 7}`,
    kind: 'agent',
    name: 'agent',
    groups: n % 2 === 0 ? ['sre'] : ['ci'],
    onBehalfOf: [],
    claims: {},
  },
  client: { userAgent: 'curl/8' },
  source: '10.0.0.1',
  connection: 'prod',
  method: 'GET',
  path: `/api/v1/monitor/${n}`,
  operation: 'v1.GetMonitor',
  action: 'read',
  risk: 'low',
  tags: ['secrets', 'sensitive-read'],
  resources: [{ kind: 'monitor', id: String(n) }],
  asked: { metrics: ['auth.logins', 'cpu'] },
  verdict: { decision: 'deny', rule: 'default' },
  outcome: 'refused',
  error: 'policy_denied',
  status: 403,
  requestBytes: 3,
  responseBytes: 70,
  latency: 3,
});

function unpacked(unpacker: FeedUnpacker, batch: FeedBatch): FedRow[] {
  const rows: FedRow[] = [];
  unpacker.each(batch, (fed) => rows.push(structuredClone(fed)));
  return rows;
}

test('what is packed comes out again, batch after batch and after numbers began anew', () => {
  const packer = new FeedPacker();
  const unpacker = new FeedUnpacker();
  let at = 0;
  for (let batch = 0; batch < 30; batch++) {
    const items = Array.from({ length: 1000 }, () => ({ row: row(at), leaf: at++, count: 1 }));
    const packed = packer.pack(items, at - 1000, at);
    const rows = unpacked(unpacker, structuredClone(packed));
    assert.equal(rows.length, items.length);
    for (const [index, fed] of rows.entries()) {
      const { row: was, leaf } = items[index]!;
      assert.deepEqual(
        [
          fed.leaf,
          fed.id,
          fed.time,
          fed.session,
          fed.identity?.subject,
          fed.identity?.groups,
          fed.operation,
          fed.status,
        ],
        [leaf, was.id, was.time, was.session, was.identity?.subject, was.identity?.groups, 'v1.GetMonitor', 403],
      );
      assert.equal(fed.resources[0]?.hash, hashOf(was.resources[0]!.id, hashOf('monitor')));
      assert.equal(fed.metrics.length, 2);
      assert.deepEqual(
        [fed.denied, fed.failed, fed.refusedToken, fed.tags, fed.outcome, fed.error, fed.responseBytes],
        [true, true, false, 12, 'refused', 'policy_denied', 70],
      );
    }
  }
});

test('a row of which nothing is known has no values made up', () => {
  const bare: Row = {
    leaf: 4,
    kind: 'identity.refused',
    id: 'x',
    time: 5,
    client: {},
    tags: [],
    resources: [],
    asked: {},
  };
  const packed = new FeedPacker().pack([{ row: bare, leaf: 4, count: 7 }], 4, 5);
  const [fed] = unpacked(new FeedUnpacker(), packed);
  assert.equal(fed?.refusedToken, true);
  assert.equal(fed?.count, 7);
  for (const field of [
    'identity',
    'session',
    'client',
    'source',
    'connection',
    'operation',
    'action',
    'outcome',
  ] as const)
    assert.equal(fed?.[field], undefined, field);
});
