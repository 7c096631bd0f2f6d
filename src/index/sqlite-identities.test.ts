// The list of identities: counted as the sessions and rows are, for a span of time, and for one alone.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/harness/temporary.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { EntrySource } from './documents.ts';
import type { Row, RowIdentity } from './search-index.ts';
import { openIndexFile } from './sqlite-file.ts';
import { identities } from './sqlite-identities.ts';
import { RowWriter } from './sqlite-row-writer.ts';
import { openForReading } from './sqlite-schema.ts';
import { Searcher } from './sqlite-searcher.ts';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 10, 22, 12, 30);
const folder = temporaryFolder('identities');

const who = (name: string, more: Partial<RowIdentity> = {}): RowIdentity => ({
  issuer: 'https://idp.example',
  subject: name,
  kind: 'agent',
  name,
  groups: ['sre'],
  onBehalfOf: [],
  claims: {},
  ...more,
});

test('calls, changes and refusals of the time asked for; first and last of all; who only looks is there as well', async () => {
  const file = join(folder, 'index.sqlite');
  const key = Buffer.alloc(32, 3);
  let leaf = 0;
  {
    using db = openIndexFile(file, key);
    const writer = new RowWriter(db);
    const write = (row: Partial<Row> & { time: number }): void => {
      const whole = {
        leaf: leaf++,
        id: `00000000-0000-7000-8000-${String(leaf).padStart(12, '0')}`,
        kind: 'exchange',
        client: {},
        tags: [],
        resources: [],
        asked: {},
        ...row,
      } as Row;
      writer.write(whole, false);
      if (whole.kind === 'exchange') {
        writer.tally(whole, true);
        writer.tally(whole, false);
      }
    };
    db.exec('BEGIN');
    const ann = who('ann');
    const call = (time: number, more: Partial<Row>): void =>
      write({ time, identity: ann, session: 's1', action: 'read', outcome: 'complete', status: 200, ...more });
    call(NOW - 50 * HOUR, { session: 's0', action: 'delete' });
    call(NOW - 2 * HOUR, {});
    call(NOW - 2 * HOUR, { action: 'update' });
    call(NOW - HOUR, { action: 'delete', outcome: 'refused', status: 403 });
    call(NOW - HOUR, { status: 404 });
    // Another person of the same name at another issuer is somebody else.
    call(NOW - HOUR, { identity: who('ann', { issuer: 'https://other.example', groups: ['x'] }), session: 's2' });
    const { kind: _none, ...looker } = who('bob');
    write({ time: NOW - 3 * HOUR, kind: 'audit.search', identity: looker });
    write({ time: NOW - 90 * HOUR, kind: 'audit.view', identity: looker });
    writer.writeSums();
    db.prepare("INSERT OR REPLACE INTO meta(key, value) VALUES ('through', ?)").run(leaf);
    db.exec('COMMIT');
  }
  const nothing = {
    size: leaf,
    refresh: async () => undefined,
    read: async () => {
      throw new DogwatchError('internal', 'nothing is read');
    },
  } as unknown as EntrySource;
  using db = openForReading(file);
  const searcher = new Searcher(db, nothing, key);
  const list = await identities(searcher, { from: NOW - 24 * HOUR });
  assert.deepEqual(
    list.items.map(({ identity, ...rest }) => ({ at: identity.issuer, name: identity.name, ...rest })),
    [
      {
        at: 'https://idp.example',
        name: 'ann',
        first: NOW - 50 * HOUR,
        last: NOW - HOUR,
        sessions: 1,
        calls: 4,
        changes: 1,
        refusals: 1,
        views: 0,
      },
      {
        at: 'https://other.example',
        name: 'ann',
        first: NOW - HOUR,
        last: NOW - HOUR,
        sessions: 1,
        calls: 1,
        changes: 0,
        refusals: 0,
        views: 0,
      },
      {
        at: 'https://idp.example',
        name: 'bob',
        first: NOW - 90 * HOUR,
        last: NOW - 3 * HOUR,
        sessions: 0,
        calls: 0,
        changes: 0,
        refusals: 0,
        views: 1,
      },
    ],
  );
  assert.equal(list.more, false);
  assert.equal(list.indexedThrough, leaf);
  const longer = await identities(searcher, { from: NOW - 60 * HOUR, limit: 1 });
  assert.equal(longer.more, true);
  assert.deepEqual([longer.items[0]?.calls, longer.items[0]?.changes, longer.items[0]?.sessions], [5, 2, 2]);
  // One alone, whenever it was seen.
  const one = await identities(searcher, {
    from: NOW - 0.1 * HOUR,
    identity: { issuer: 'https://idp.example', subject: 'bob' },
  });
  assert.deepEqual([one.items.length, one.items[0]?.identity.name, one.items[0]?.views], [1, 'bob', 0]);
  const unknown = await identities(searcher, { from: 0, identity: { issuer: 'x', subject: 'y' } });
  assert.deepEqual(unknown.items, []);
});
