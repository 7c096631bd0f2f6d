import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findingOf } from '../../../test/harness/findings.ts';
import { eventually } from '../../../test/harness/receivers.ts';
import { temporaryFolder } from '../../../test/harness/temporary.ts';
import { alertsSchema } from '../../config/alerts.ts';
import type { Entry } from '../../exchange/entry.ts';
import type { Containment } from '../../exchange/finding.ts';
import { openSealedLog } from '../../identity/sealed-log.ts';
import { openAlertLog } from './alert-log.ts';
import { createAlerts } from './alerts.ts';
import type { Told } from './message.ts';
import { NotDelivered } from './problem.ts';
import type { Sender } from './sender.ts';

const KEY = Buffer.alloc(32, 9);
const to = { command: { run: ['/bin/true'] } };
const CONTAINMENT: Containment = {
  ...{ id: 'c1', level: 'quarantine', identity: 'https://idp#agent-7', reason: 'r', by: { rule: 'r' }, created: 0 },
};

/** Alerts over one directory, opened as often as a test wants; what is sent is noted, or fails as the test says. */
function place(routes: object[] = [{ name: 'a', to }], more: object = {}) {
  const dir = temporaryFolder('alerts');
  const sent: (Told & { route: string })[] = [];
  const entries: Entry[] = [];
  const here = {
    sent,
    entries,
    dir,
    fail: undefined as NotDelivered | undefined,
    /** What sending waits for. */
    gate: Promise.resolve(),
    async open() {
      const config = alertsSchema.parse({ backoff: '10ms', longest: '20ms', attempts: 3, ...more, routes });
      const senderOf = (route: string): Sender => ({
        to: 'command',
        where: '/bin/true',
        async send(message) {
          sent.push({ ...message, route });
          await here.gate;
          if (here.fail) throw here.fail;
        },
      });
      const alerts = createAlerts({
        config,
        senders: new Map(config.routes.map(({ name }) => [name, senderOf(name)])),
        store: await openAlertLog({ dir, key: KEY }),
        append: async (entry) => entries.push(entry),
        stop: () => undefined,
        log: { error: () => undefined, warn: () => undefined },
        random: () => 0.5,
      });
      return alerts;
    },
  };
  return here;
}
const events = (sent: readonly Told[]): string[] => sent.map(({ event }) => event);

test('one message for the opening, one when it gets worse, one for the end; none for what is the same', async () => {
  const here = place([{ name: 'a', to }], { console: 'https://dw.example.com/' });
  const alerts = await here.open();
  const finding = findingOf({ severity: 'medium' });
  await alerts.tell(finding, []);
  for (const each of [finding, { ...finding, latest: 9 }, { ...finding, severity: 'low' as const }])
    await alerts.tell(each, []);
  await alerts.tell({ ...finding, severity: 'high' }, []);
  await alerts.tell({ ...finding, severity: 'low', ended: 99 }, []);
  await alerts.tell({ ...finding, severity: 'low', ended: 99 }, []);
  await eventually(() => here.sent.length === 3);
  assert.deepEqual(events(here.sent), ['opened', 'raised', 'ended']);
  assert.equal(here.sent[0]?.link, `https://dw.example.com/findings/${finding.id}`);
  assert.ok(!('rate' in (here.sent[0]?.finding ?? {})));
  await eventually(() => here.entries.length === 3);
  assert.deepEqual(new Set(here.entries.map(({ kind }) => kind)), new Set(['alert.delivered']));
  await alerts.close();
});

test('what somebody dismisses or resolves is over for those who heard of it; what is acknowledged is not', async () => {
  const here = place();
  const alerts = await here.open();
  const [one, two] = [findingOf(), findingOf()];
  for (const each of [one, two]) await alerts.tell(each, []);
  await alerts.decided({ finding: one.id, state: 'acknowledged', time: 7 });
  await alerts.decided({ finding: 'unknown', state: 'dismissed', time: 7 });
  await alerts.decided({ finding: one.id, state: 'dismissed', time: 7 });
  await alerts.decided({ finding: one.id, state: 'resolved', time: 8 });
  await alerts.tell({ ...one, ended: 9 }, []);
  await eventually(() => here.sent.length === 3);
  const [last] = here.sent.filter(({ event }) => event === 'ended');
  assert.deepEqual([last?.finding?.id, last?.finding?.ended], [one.id, 7]);
  await alerts.close();
  assert.equal(here.sent.length, 3);
});

test('routes hear of what they match, by its worst, and as much of it as they want; containment is told in any case', async () => {
  const here = place([
    { name: 'grave', match: { severity: 'high' }, to },
    { name: 'quiet', match: { identities: ['ci/*'], detectors: ['surge'] }, raised: false, ended: false, to },
    { name: 'other', match: { connections: ['staging'] }, to },
  ]);
  const alerts = await here.open();
  const finding = findingOf({ severity: 'medium' });
  await alerts.tell(finding, []);
  await alerts.tell({ ...finding, severity: 'high' }, []);
  await alerts.tell({ ...finding, severity: 'low', ended: 1 }, []);
  await eventually(() => here.sent.length === 3);
  const told = () => here.sent.map(({ route, event }) => `${route} ${event}`).sort();
  assert.deepEqual(told(), ['grave ended', 'grave opened', 'quiet opened']);
  here.sent.length = 0;
  const unmatched = findingOf({ severity: 'low', subject: { connection: 'main' } });
  await alerts.tell(unmatched, [{ rule: 'r', containment: CONTAINMENT }]);
  await eventually(() => here.sent.length === 3);
  assert.deepEqual(told(), ['grave contained', 'other contained', 'quiet contained']);
  assert.deepEqual(alerts.rulesOf(unmatched.id), ['r']);
  await alerts.close();
});

test('tried again with longer pauses under the same id, then given up, kept, and sent again by hand', async () => {
  const here = place();
  const alerts = await here.open();
  here.fail = new NotDelivered('it answered with status 500');
  await alerts.tell(findingOf(), []);
  const dead = await eventually(() => alerts.deliveries().find(({ state }) => state === 'dead'));
  assert.deepEqual([dead.attempts, dead.problem, dead.next], [3, 'it answered with status 500', undefined]);
  assert.equal(new Set(here.sent.map(({ id }) => id)).size, 1);
  assert.equal(here.entries[0]?.kind, 'alert.failed');
  here.fail = undefined;
  assert.equal((await alerts.retry(dead.id))?.state, 'delivered');
  assert.equal(await alerts.retry(dead.id), undefined);
  assert.equal(await alerts.retry('nothing'), undefined);
  await alerts.close();
});

test('what waits is sent after a restart, and what was told is not told again', async () => {
  const here = place([{ name: 'a', to }], { backoff: '1h', longest: '1h' });
  let alerts = await here.open();
  here.fail = new NotDelivered('down', 60_000);
  const finding = findingOf();
  await alerts.tell(finding, []);
  const [waiting] = await eventually(() => (alerts.deliveries()[0]?.attempts === 1 ? alerts.deliveries() : undefined));
  assert.ok((waiting?.next ?? 0) > Date.now() + 1_000_000, 'half an hour at least');
  await alerts.close();
  assert.ok(!readFileSync(join(here.dir, 'alerts.log'), 'latin1').includes('agent-7'), 'sealed');

  here.fail = undefined;
  alerts = await here.open();
  await alerts.tell(finding, []);
  assert.deepEqual(
    alerts.deliveries().map(({ id }) => id),
    [waiting?.id],
  );
  await alerts.tell({ ...finding, ended: 5 }, []);
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(here.sent.length, 1, 'the end is not told before the beginning');
  await alerts.retry(waiting?.id ?? '');
  await eventually(() => here.sent.length === 3);
  assert.deepEqual(events(here.sent), ['opened', 'opened', 'ended']);
  await alerts.close();
});

test('a route that is gone, and a test that fails, are given up at once', async () => {
  const here = place([{ name: 'a', to }], { backoff: '1h', longest: '1h' });
  let alerts = await here.open();
  here.fail = new NotDelivered('down');
  assert.deepEqual((await alerts.test('a')).state, 'dead');
  await alerts.tell(findingOf(), []);
  const waiting = await eventually(() =>
    alerts.deliveries().find(({ attempts, event }) => attempts === 1 && event === 'opened'),
  );
  await alerts.close();
  const config = alertsSchema.parse({ routes: [{ name: 'b', to }] });
  const entries: Entry[] = [];
  alerts = createAlerts({
    config,
    senders: new Map(),
    store: await openAlertLog({ dir: here.dir, key: KEY }),
    append: async (entry) => entries.push(entry),
    stop: () => undefined,
    log: { error: () => undefined, warn: () => undefined },
  });
  const retried = await alerts.retry(waiting.id);
  assert.deepEqual([retried?.state, retried?.problem], ['dead', 'the configuration has no such route any more']);
  await alerts.close();
});

test('what is forgotten is in no message and no file, though one was on its way; the rest is sent as before', async () => {
  const here = place();
  const alerts = await here.open();
  here.fail = new NotDelivered('down');
  const gate = Promise.withResolvers<void>();
  here.gate = gate.promise;
  const [gone, kept] = [findingOf({ title: 'of quillfeather' }), findingOf()];
  for (const finding of [gone, kept]) await alerts.tell(finding, []);
  await eventually(() => here.sent.length === 2);
  const remains = {
    strangers: async () => new Set<string>(),
    unheard: async (all: Iterable<string>) => new Set([...all].filter((id) => id === gone.id)),
  };
  await alerts.forget(remains);
  gate.resolve();
  const dead = await eventually(() => alerts.deliveries().find(({ state }) => state === 'dead'));
  assert.equal(dead.finding, kept.id);
  assert.equal(here.sent.filter(({ finding }) => finding?.id === gone.id).length, 1);
  assert.ok(alerts.knows(kept.id) && !alerts.knows(gone.id));
  // Entries about alerts stay for ever: they name nobody.
  assert.ok(!here.entries.some(({ parts }) => /quillfeather|ci.agent-7/.test(String(parts.summary))));
  await alerts.close();
  const texts: string[] = [];
  const file = join(here.dir, 'alerts.log');
  const log = await openSealedLog({
    ...{ file, key: KEY, snapshot: () => [], live: () => 1 },
    replay: (event) => texts.push(JSON.stringify(event)),
  });
  await log.close();
  assert.ok(texts.some((text) => text.includes(kept.id)) && !texts.some((text) => text.includes('quillfeather')));
});
