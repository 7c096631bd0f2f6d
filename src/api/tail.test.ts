import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { Entry } from '../exchange/entry.ts';
import { EVERYTHING } from '../index/query.ts';
import type { Row } from '../index/search-index.ts';
import { Feed } from './feed.ts';
import { type TailOptions, tail } from './tail.ts';

function journal() {
  let listener: (entry: Entry, leaf: number) => void = () => undefined;
  let leaf = 0;
  return {
    onDurable: (heard: typeof listener) => {
      listener = heard;
      return () => {
        listener = () => undefined;
      };
    },
    tell: (id: string, kind: Entry['kind'] = 'exchange', summary: object = {}) => {
      listener({ id, time: 0, kind, parts: { summary: Buffer.from(JSON.stringify(summary)) } }, leaf);
      leaf += 1;
    },
  };
}

const row = (id: string, client = {}): Row => ({
  leaf: 0,
  kind: 'exchange',
  id,
  time: 0,
  client,
  tags: [],
  resources: [],
  asked: {},
});

async function served(options: Partial<TailOptions> & Pick<TailOptions, 'feed' | 'index'>) {
  const ended = Promise.withResolvers<void>();
  const server = createServer((_request, response) => {
    tail(response, { query: EVERYTHING, last: 0, stopping: new AbortController().signal, ...options }).then(
      ended.resolve,
      ended.reject,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const request = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return {
    response,
    ended: ended.promise,
    close: () => {
      request.destroy();
      server.close();
    },
  };
}

test('the feed holds nothing while nobody follows, and tells outcomes by their exchange', async () => {
  const source = journal();
  const feed = new Feed(source, 10);
  source.tell('before');
  const from = feed.join();
  source.tell('i', 'exchange.intent');
  source.tell('c', 'exchange.chunk');
  source.tell('o', 'exchange.outcome', { exchange: 'x' });
  source.tell('a', 'audit.view');
  const { items, next, lost } = await feed.after(from, 10, new AbortController().signal);
  assert.deepEqual([items.map(({ id }) => id), next, lost], [['x', 'a'], from + 2, 0]);
  feed.leave();
  source.tell('after');
  assert.deepEqual(await feed.after(0, 10, AbortSignal.abort()).then((batch) => batch.items), []);
});

test('a follower that is slower than the ring is told how much it has missed', async () => {
  const source = journal();
  const feed = new Feed(source, 3);
  const from = feed.join();
  for (const id of 'abcde') source.tell(id);
  const { items, lost } = await feed.after(from, 10, new AbortController().signal);
  assert.deepEqual([items.map(({ id }) => id), lost], [['c', 'd', 'e'], 2]);
});

test('a tail that has fallen behind is told so and ends', async () => {
  const source = journal();
  const feed = new Feed(source, 2);
  const searching = Promise.withResolvers<void>();
  let searches = 0;
  const { response, ended, close } = await served({
    feed,
    index: {
      reached: async () => undefined,
      async search() {
        searches += 1;
        if (searches === 1) await searching.promise;
        return { items: [row('1')], indexedThrough: 0 };
      },
    },
  });
  source.tell('1');
  while (searches === 0) await new Promise((resolve) => setImmediate(resolve));
  for (const id of ['2', '3', '4', '5']) source.tell(id);
  searching.resolve();
  const text = (await response.setEncoding('utf8').toArray()).join('');
  await ended;
  close();
  assert.match(text, /event: row\ndata: .*\n\nevent: lagging\ndata: \{"missed":2\}\n\n$/);
  assert.equal(feed.followers, 0);
});

test('a follower that does not read is dropped, and held up to no more than a socket buffer', async () => {
  const source = journal();
  const feed = new Feed(source);
  const big = row('1', { userAgent: 'x'.repeat(1 << 20) });
  const { response, ended, close } = await served({
    feed,
    patience: 50,
    index: {
      reached: async () => undefined,
      search: async () => ({ items: Array.from({ length: 64 }, () => big), indexedThrough: 0 }),
    },
  });
  response.pause();
  source.tell('1');
  await ended;
  close();
  assert.equal(feed.followers, 0);
});

test('a tail sends heartbeats, and ends when its time is up', async () => {
  const feed = new Feed(journal());
  const { response, ended, close } = await served({
    feed,
    heartbeat: 10,
    longest: 100,
    index: { reached: async () => undefined, search: async () => assert.fail('searched') },
  });
  const text = (await response.setEncoding('utf8').toArray()).join('');
  await ended;
  close();
  assert.match(text, /^: following\n\n(: beat\n\n)+event: end\n/);
});
