// Erasure, holds and retention over a real data directory: what is erased is in no byte of it, the log verifies and says so.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import type { Erasure } from '../src/api/erasure.ts';
import { createKeeping } from '../src/api/keeping.ts';
import { localOperator } from '../src/api/local-operator.ts';
import { createRetention } from '../src/api/retention.ts';
import { memoriesOf } from '../src/cli/memories.ts';
import { openData } from '../src/cli/open-data.ts';
import { type Config, loadConfig } from '../src/config/config.ts';
import { newId } from '../src/exchange/canonical.ts';
import type { Entry } from '../src/exchange/entry.ts';
import type { Finding } from '../src/exchange/finding.ts';
import type { Approvals } from '../src/identity/approvals.ts';
import { openIdentityStore } from '../src/identity/identity-store.ts';
import { parseQuery } from '../src/index/query.ts';
import { loadKeyEncryptionKey } from '../src/journal/keys.ts';
import { encodeRecord } from '../src/journal/record.ts';
import { verifyJournal } from '../src/journal/verify.ts';
import { openAlertLog } from '../src/watch/alerts/alert-log.ts';
import { told } from '../src/watch/alerts/message.ts';
import { Engine } from '../src/watch/engine.ts';
import { stateFile, writeState } from '../src/watch/state-file.ts';
import { intentOf, outcomeOf } from './harness/api-parts.ts';
import { makeSite, runDogwatch, runScript, type Site, startGateway } from './harness/gateway.ts';
import { remembered } from './harness/remembered.ts';
import { call } from './harness/watching.ts';

const SCRIPT = fileURLToPath(new URL('erase.ts', import.meta.url));
/** Words that stand nowhere else. */
const ASKED = 'zebracrossing';
const ANSWERED = 'quagmirefinch';
const ALICE = 'alice-quillfeather';

/** Who asks, where no command does. */
const caller = { identity: localOperator('test') };

/** What somebody asked leave for. */
const REQUEST: Parameters<Approvals['ask']>[1] = {
  ...{
    identity: { issuer: '', subject: '', name: '' },
    session: 's',
    connection: 'main',
    operation: 'v1.DeleteMonitor',
  },
  ...{ action: 'delete', method: 'DELETE', target: '/api/v1/monitor/1', exchange: 'x', rule: 'default' },
};

type Data = Awaited<ReturnType<typeof openData>>;

interface Recorded {
  readonly exchange: string;
  readonly leaves: readonly number[];
}

async function record(data: Data, name: string, at: number): Promise<Recorded> {
  const exchange = newId();
  const identity = { ...intentOf(exchange).identity!, name, subject: name };
  const intent = intentOf(exchange, { identity, session: `${name}~1`, receivedAt: Date.now() });
  const append = (kind: 'exchange.intent' | 'exchange.outcome' | 'exchange.chunk', summary: object, parts: object) =>
    data.journal.append({
      // As the gateway does.
      id: kind === 'exchange.intent' ? exchange : newId(),
      time: Date.now(),
      kind,
      parts: { summary: Buffer.from(JSON.stringify(summary)), ...parts },
    });
  const first = await append('exchange.intent', intent, { request: Buffer.from(`{"q":"${ASKED}${name}${at}"}`) });
  const body = Buffer.from(`{"a":"${ANSWERED}${name}${at}"}`);
  const chunk = await append(
    'exchange.chunk',
    { exchange, direction: 'response', n: 0, offset: 0 },
    { response: body },
  );
  const outcome = outcomeOf(exchange, {
    response: {
      status: 200,
      headers: [['content-type', 'application/json']],
      body: { size: body.length, recorded: body.length, chunks: [chunk] },
    },
  });
  const last = await append('exchange.outcome', outcome, {});
  return { exchange, leaves: [first, chunk, last] };
}

/** A site with exchanges of two agents, and what they are. */
async function filled(count = 4): Promise<{ site: Site; config: Config; alice: Recorded[]; bob: Recorded[] }> {
  const site = await makeSite({ issuer: 'https://issuer.example', upstream: 'http://127.0.0.1:9' });
  const config = loadConfig(site.configFile, {});
  const [alice, bob]: [Recorded[], Recorded[]] = [[], []];
  const data = await openData(config);
  for (let at = 0; at < count; at++) {
    alice.push(await record(data, ALICE, at));
    bob.push(await record(data, 'bob', at));
  }
  await data.index.reached(data.journal.size);
  await data.close();
  return { site, config, alice, bob };
}

/** An entry that tells of a finding about somebody. */
function findingOf(identity: NonNullable<Finding['subject']['identity']>, session?: string): Entry {
  const [id, time] = [newId(), Date.now()];
  const finding: Finding = {
    ...{ id, detector: 'secrets', severity: 'high', score: 80, subject: { identity, ...(session && { session }) } },
    ...{ title: `Keys read by ${identity.name}`, reason: `${identity.name} reads keys.` },
    ...{ started: time, latest: time, noticed: time },
    evidence: { exchanges: [], count: 1, query: `subject:"${identity.subject}"` },
  };
  return { id: newId(), time, kind: 'finding.opened', parts: { summary: Buffer.from(JSON.stringify(finding)) } };
}

/** Has the watch, alerts and identities remember Alice and Bob: noticed, told and given up, contained, refused leave. */
async function remember(config: Config): Promise<void> {
  await withData(config, async ({ journal, index, keyring }) => {
    const engine = new Engine({ newId });
    const alerts = await openAlertLog({ dir: config.data, key: keyring.secret('alerts') });
    const store = await openIdentityStore({ dir: config.data, key: keyring.secret('tokens') });
    for (const name of [ALICE, 'bob']) {
      const { issuer } = intentOf(newId()).identity!;
      const identity = { issuer, subject: name, name };
      const fed = { ...identity, kind: 'agent' as const, groups: ['sre'] };
      for (let n = 0; n < 40; n++)
        engine.observe(call(Date.now() + n, 'v1.DeleteMonitor', { identity: fed, on: `monitor/${n}` }));
      for (const { finding } of engine.drain()) {
        const parts = { summary: Buffer.from(JSON.stringify(finding)) };
        await journal.append({ id: newId(), time: Date.now(), kind: 'finding.opened', parts });
        await alerts.tell({ finding: finding.id, severity: 'high', ended: false, rules: [], last: told(finding) });
        for (const state of ['pending', 'dead'] as const) {
          const message = { id: newId(), event: 'opened' as const, time: 0, finding: told(finding) };
          const { id, event } = message;
          const { title } = finding;
          await alerts.put({
            delivery: {
              id,
              route: 'a',
              event,
              state,
              finding: finding.id,
              severity: 'high',
              title,
              created: 0,
              attempts: 1,
            },
            message,
          });
        }
      }
      const place = `${issuer}#${name}`;
      const by = { id: 'x#y', name: 'olga' };
      await store.contain({
        id: newId(),
        level: 'quarantine',
        identity: place,
        reason: 'loops',
        by,
        created: Date.now(),
      });
      const asked = await store.approvals.ask(newId(), { ...REQUEST, identity }, 60_000);
      await store.approvals.decide(asked.id, false, by, undefined, 60_000);
    }
    await writeState(stateFile(config.data), keyring.secret('watch'), { through: 0, engine: engine.save() });
    await Promise.all([alerts.close(), store.close(), index.reached(journal.size)]);
  });
}

const remembers = (config: Config) => withData(config, ({ keyring }) => remembered(config.data, keyring));

async function withData<T>(
  config: Config,
  use: (data: Data & ReturnType<typeof createKeeping>) => Promise<T>,
): Promise<T> {
  const data = await openData(config);
  try {
    await data.index.reached(data.journal.size);
    return await use({ ...data, ...createKeeping({ dir: config.data, ...data, memories: memoriesOf(config, data) }) });
  } finally {
    await data.close();
  }
}

/** Every byte of the data directory, and every record of it decrypted. */
async function everything(config: Config): Promise<Buffer> {
  const files = readdirSync(config.data, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  const bytes: Uint8Array[] = files.map((each) => readFileSync(join(each.parentPath, each.name)));
  await withData(config, async ({ reader }) => {
    await reader.refresh();
    for await (const records of reader.records(0)) for (const each of records) bytes.push(encodeRecord(each));
  });
  return Buffer.concat(bytes);
}

const found = (config: Config, query: string): Promise<number> =>
  withData(config, async ({ index }) => (await index.search(parseQuery(query))).items.length);

async function verifies(config: Config): Promise<void> {
  const { encryption } = config.keys;
  const { problems } = await verifyJournal({
    dir: config.data,
    kek: await loadKeyEncryptionKey(encryption, config.data),
  });
  assert.deepEqual(problems, []);
}

// Much of the time is waiting for processes to start and for the disk: two at a time.
describe('Erasure', { concurrency: 2 }, () => {
  test('what is erased by identity is in no byte any more; the rest, the log and its account of it stay', async () => {
    const { site, config } = await filled();
    const issuer = 'https://issuer.example';
    await withData(config, async ({ journal, index }) => {
      for (const name of [ALICE, 'bob']) await journal.append(findingOf({ issuer, subject: name, name }));
      await index.reached(journal.size);
      assert.equal((await index.findings({ identity: ALICE })).items.length, 1);
    });
    assert.ok((await everything(config)).includes(`${ANSWERED}${ALICE}0`));
    const run = (...args: string[]) => runDogwatch([...args, '-c', site.configFile]);
    const dry = await run('erase', '--identity', ALICE, '--why', 'asked for by the person', '--dry-run', '--json');
    assert.deepEqual(JSON.parse(dry.output).records, 5, dry.output);
    assert.equal(await found(config, `who:${ALICE}`), 4);
    const { code, output } = await run('erase', '--identity', ALICE, '--why', 'asked for by the person');
    assert.equal(code, 0, output);
    assert.match(output, /Erased 21 parts of 5 records/);
    // What a finding said of the person goes as well; findings about others stay.
    await withData(config, async ({ index }) => {
      const left = (await index.findings({})).items.map(({ subject }) => subject.identity?.name);
      assert.deepEqual(left, ['bob']);
    });
    const all = await everything(config);
    for (const word of [`${ASKED}${ALICE}`, `${ANSWERED}${ALICE}`]) assert.ok(!all.includes(word), word);
    // The dry run asked for the name; nothing else of the person is left, and the index has forgotten the sessions.
    const inIndex = (text: string): boolean =>
      readdirSync(join(config.data, 'index')).some((name) =>
        readFileSync(join(config.data, 'index', name)).includes(text),
      );
    assert.deepEqual([inIndex(`${ALICE}~1`), inIndex('bob~1')], [false, true]);
    assert.ok(all.includes(`${ANSWERED}bob3`));
    assert.equal(await found(config, `who:${ALICE}`), 0);
    assert.equal(await found(config, `${ANSWERED}${ALICE}1`), 0);
    assert.equal(await found(config, `${ANSWERED}bob1`), 1);
    assert.equal(await found(config, 'kind:journal.erased'), 1);
    const verified = await run('verify');
    assert.equal(verified.code, 0, verified.output);
    assert.match(verified.output, /21 parts erased[\s\S]*erased on .* asked for by the person/);
  });

  test('what watch, alerts and approvals remember of somebody goes along, though a kill comes between', async () => {
    const { site, config } = await filled();
    await remember(config);
    const before = await remembers(config);
    assert.deepEqual(
      Object.entries(before).filter(([, text]) => !text.includes(ALICE)),
      [],
    );
    const { signal } = await runScript(SCRIPT, [site.configFile, JSON.stringify({ identity: ALICE }), 'memories']);
    assert.equal(signal, 'SIGKILL');
    assert.equal(await found(config, `who:${ALICE}`), 0);
    assert.ok((await remembers(config)).watch.includes(ALICE));
    const erase = (data: { erasure: Erasure }): Promise<unknown> =>
      data.erasure.erase(caller, { selection: { identity: ALICE }, parts: ['summary'], why: 'again' });
    // Whoever comes next ends it; once more, and nothing changes.
    for (const again of [({ erasure }: { erasure: Erasure }) => erasure.resume(), erase]) {
      await withData(config, again);
      const { watch, alerts, identities } = await remembers(config);
      for (const text of [watch, alerts]) assert.ok(!text.includes(ALICE) && text.includes('bob'), text.slice(0, 2000));
      // What bounds somebody stays in force; the approval that is over is gone, and the one of before it ended, too.
      const events = identities.split('\n').filter((line) => line.includes(ALICE));
      assert.deepEqual([events.length, /"e":"contain"/.test(events[0] ?? '')], [1, true], identities);
      assert.ok(identities.includes('bob'));
    }
    assert.ok(!(await everything(config)).includes(`${ANSWERED}${ALICE}`));
    await verifies(config);
  });

  test('a part of one exchange goes, and it is shown as erased, when, by whom and why', async () => {
    const { site, config, alice } = await filled();
    const [one] = alice;
    const run = (...args: string[]) => runDogwatch([...args, '-c', site.configFile]);
    const erased = await run('erase', '--exchange', one!.exchange, '--part', 'response', '--why', 'held a password');
    assert.equal(erased.code, 0, erased.output);
    const all = await everything(config);
    assert.ok(!all.includes(`${ANSWERED}${ALICE}0`));
    assert.ok(all.includes(`${ASKED}${ALICE}0`));
    const { output, code } = await run('show', one!.exchange);
    assert.equal(code, 0, output);
    assert.match(output, /erased/);
    assert.match(output, /held a password/);
    assert.match(output, new RegExp(`${ASKED}${ALICE}0`));
    assert.equal((await run('show', '--har', one!.exchange)).code, 0);
    assert.equal((await run('show', '--curl', one!.exchange)).code, 0);
    const parts = ['request', 'response', 'summary'] as const;
    await withData(config, ({ erasure }) =>
      erasure.erase(caller, { selection: { exchange: one!.exchange }, parts, why: 'all of it' }),
    );
    const gone = await run('show', one!.exchange);
    assert.equal(gone.code, 1);
    assert.match(gone.output, /all of it/);
    for (const how of ['--har', '--curl']) assert.equal((await run('show', how, one!.exchange)).code, 1);
    const rebuilt = await run('index', 'rebuild');
    assert.equal(rebuilt.code, 0, rebuilt.output);
    await verifies(config);
    assert.equal((await run('sessions')).code, 0);
  });

  test('a hold wins over erasure and over retention, until it is released', async () => {
    const { site, config } = await filled();
    const run = (...args: string[]) => runDogwatch([...args, '-c', site.configFile]);
    const whom = { issuer: 'https://issuer.example', subject: ALICE, name: ALICE };
    await withData(config, async ({ journal, index }) => {
      await journal.append(findingOf(whom, `${ALICE}~1`));
      await index.reached(journal.size);
    });
    const findings = () => withData(config, async ({ index }) => (await index.findings({})).items.length);
    const added = await run('hold', 'add', '--session', `${ALICE}~1`, '--why', 'case 7', '--json');
    assert.equal(added.code, 0, added.output);
    const { id } = JSON.parse(added.output) as { id: string };
    assert.deepEqual(await withData(config, async ({ holds }) => (await holds.list()).map(({ why }) => why)), [
      'case 7',
    ]);
    const refused = await run('erase', '--identity', ALICE, '--why', 'x');
    assert.equal(refused.code, 1);
    assert.match(refused.output, /legal hold keeps all 5/);
    assert.equal(await findings(), 1, 'the finding about the session is held as its exchanges are');
    assert.equal(
      (await run('hold', 'add', '--query', 'since:24h', '--why', 'x')).code,
      2,
      'a relative time is no hold',
    );
    const retention = {
      every: 3600_000,
      rules: [
        { name: 'bodies', records: ['changes' as const], parts: ['request' as const, 'response' as const], after: 0 },
      ],
    };
    const retain = () =>
      withData(config, async (data) => {
        const lines: string[] = [];
        const log = pino({}, { write: (line: string) => lines.push(line) });
        const running = createRetention({ dir: config.data, config: retention, keeping: data, log });
        await running.run();
        running.stop();
        assert.equal(running.status().failure, undefined);
        return running.status();
      });
    const first = await retain();
    assert.deepEqual([first.records, first.held], [4, 4]);
    let all = await everything(config);
    assert.ok(all.includes(`${ANSWERED}${ALICE}2`));
    assert.ok(!all.includes(`${ANSWERED}bob2`));
    const released = await run('hold', 'release', id, '--why', 'case 7 is closed');
    assert.equal(released.code, 0, released.output);
    assert.equal((await retain()).records, 4);
    all = await everything(config);
    assert.ok(!all.includes(`${ANSWERED}${ALICE}2`));
    await verifies(config);
    assert.equal(await found(config, 'kind:admin.hold'), 2);
  });

  test('an erasure that dies at any step is ended by the next command, and nothing else is harmed', async () => {
    const { site, config, alice } = await filled(7);
    for (const [at, step] of ['job', 'entry', 'rewrite', 'forget', 'memories', 'done'].entries()) {
      const one = alice[at]!;
      const { signal } = await runScript(SCRIPT, [site.configFile, JSON.stringify({ exchange: one.exchange }), step]);
      assert.equal(signal, 'SIGKILL', step);
      const begun = step !== 'job' && step !== 'entry';
      await withData(config, async ({ kek, erasure, reader, index }) => {
        assert.deepEqual((await verifyJournal({ dir: config.data, kek })).problems, [], step);
        assert.equal(await erasure.resume(), step !== 'job', step);
        await reader.refresh();
        const records: Uint8Array[] = [];
        for await (const batch of reader.records(0)) for (const each of batch) records.push(encodeRecord(each));
        assert.equal(Buffer.concat(records).includes(`${ANSWERED}${ALICE}${at}`), !begun, step);
        const hits = async (n: number) => (await index.search(parseQuery(`"${ANSWERED}${ALICE}${n}"`))).items.length;
        assert.deepEqual([await hits(at), await hits(6)], [begun ? 0 : 1, 1], step);
      });
    }
  });

  test('a running gateway erases and holds by its API, and retention runs in it', async (t) => {
    const { site, config, alice } = await filled();
    const bodies = { name: 'bodies', records: ['changes'], parts: ['request'], after: '1s' };
    const text = readFileSync(site.configFile, 'utf8');
    writeFileSync(site.configFile, `${text}retention:\n  every: 1s\n  rules: [${JSON.stringify(bodies)}]\n`);
    await withData(config, ({ holds }) => holds.add(caller, { exchange: alice[0]!.exchange }, 'case 7'));
    const gateway = await startGateway(site);
    t.after(() => gateway.end('SIGKILL'));
    const run = async (...args: string[]) => {
      const { code, output } = await runDogwatch([...args, '-c', site.configFile]);
      assert.equal(code, 0, output);
      return output;
    };
    await run('hold', 'add', '--exchange', alice[1]!.exchange, '--why', 'case 8');
    assert.match(
      await run('erase', '--identity', ALICE, '--part', 'response', '--why', 'asked for'),
      /keeps 2 records/,
    );
    assert.match(await run('hold', 'list'), /case 7[\s\S]*case 8/);
    while (!/"records":[1-9].*retention erased/.test(gateway.output())) await delay(100);
    assert.match(
      await run('search', 'kind:(audit.* OR admin.* OR journal.erased)', '--json'),
      /rule bodies: older than 1 s/,
    );
    assert.match(await run('search', 'kind:admin.config', '--json'), /started with a configuration/);
    const metrics = await (await fetch(`${gateway.apiUrl}/metrics`)).text();
    assert.match(metrics, /^dogwatch_retention_records_total [1-9]/m);
    await gateway.end();
    assert.match(gateway.output(), /stopped/);
    const all = await everything(config);
    for (const at of [2, 3]) assert.ok(!all.includes(`${ANSWERED}${ALICE}${at}`), `response ${at}`);
    assert.ok(!all.includes(`${ASKED}bob0`));
    for (const held of [`${ASKED}${ALICE}0`, `${ANSWERED}${ALICE}0`, `${ANSWERED}${ALICE}1`])
      assert.ok(all.includes(held), held);
    await verifies(config);
  });
});
