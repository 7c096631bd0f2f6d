// What watching costs: CPU per exchange in the watch's thread with every detector on, from the batch that came over to what is told, and memory
// with 100,000 keys of rates; the hand-over from the index apart. The hash of all findings told shows whether a change of the code changes them.
import { createHash } from 'node:crypto';
import { serialize } from 'node:v8';
import { type Operation, operations } from '../../src/datadog/catalogue.ts';
import { type FeedBatch, type FeedItem, FeedPacker } from '../../src/index/row-feed.ts';
import { FeedUnpacker } from '../../src/index/row-unpacker.ts';
import type { Row, RowIdentity } from '../../src/index/search-index.ts';
import { Engine } from '../../src/watch/engine.ts';

const ROUNDS = 25;
/** Rounds before it is measured: those of the compiler, and until the first ten minutes are over; what is measured is ten minutes. */
const WARM = 13;
const FINDINGS = 100;
/** Exchanges of a round: one in a millisecond. */
const CHUNK = 50_000;
/** Exchanges that come over together on a busy gateway. */
const BATCH = 500;
/** A usual organisation, and one that has 100,000 keys of rates. */
const IDENTITIES = [500, 24_950] as const;
const BUDGET = { microseconds: 3, megabytes: 200 };
const START = Date.UTC(2026, 0, 5);

/** A generator of numbers in [0, 1) that is the same in each run: mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Agents of 50 kinds, each of which calls two operations of three families, some much more often than others: with the identity's own, four keys of rates. */
function population(random: () => number, identities: number) {
  const families = new Map<string, Operation[]>();
  for (const operation of operations()) {
    if (operation.action !== 'read' || operation.tags.some((tag) => tag !== 'sensitive-read')) continue;
    families.set(operation.api, [...(families.get(operation.api) ?? []), operation]);
  }
  const large = [...families.values()].filter(({ length }) => length > 1);
  const kinds = Array.from({ length: 50 }, () => {
    const some = new Set<Operation[]>();
    while (some.size < 3) some.add(large[Math.floor(random() * large.length)]!);
    return [...some].flatMap((family) => family.slice(0, 2));
  });
  return Array.from({ length: identities }, (_, n) => {
    const kind = n % kinds.length;
    const identity: RowIdentity = {
      issuer: 'https://login.example.com/oauth2/default',
      subject: `workload-identity/${n}/agent`,
      kind: 'agent',
      name: `ci/agent-${n}`,
      groups: [`team-${kind}`, 'agents'],
      onBehalfOf: [],
      claims: {},
    };
    return {
      n,
      identity,
      operations: kinds[kind]!,
      source: `10.${kind}.${n % 250}.${n % 200}`,
      session: `session-${n}`,
    };
  });
}

type Agent = ReturnType<typeof population>[number];

function itemOf(agent: Agent, n: number, random: () => number): FeedItem {
  const operation = agent.operations[Math.floor(random() ** 2 * agent.operations.length)]!;
  const status = random() < 0.005 ? [403, 404, 429, 500][n % 4]! : 200;
  // An agent has a few things to look after.
  const resources = [{ kind: operation.resource.kind, id: String(agent.n * 31 + (n % 20)) }];
  const row: Row = {
    leaf: n,
    kind: 'exchange',
    id: `0190f3a0-0000-7000-8000-${n.toString(16).padStart(12, '0')}`,
    time: START + n,
    identity: agent.identity,
    session: agent.session,
    client: { userAgent: 'claude-code/2.1.0 (linux; x64)' },
    source: agent.source,
    connection: agent.n % 5 === 0 ? 'staging' : 'production',
    operation: operation.key,
    method: operation.method,
    path: operation.path,
    action: operation.action,
    risk: operation.risk,
    tags: operation.tags,
    outcome: 'complete',
    status,
    requestBytes: 490,
    responseBytes: 6700,
    resources,
    asked: {},
  };
  return { row, leaf: n, count: 1 };
}

/** Microseconds of CPU per item. */
function cpuOf(items: number, run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / items;
}

/** Garbage is collected, and the collector's threads are done. */
function settle(): void {
  globalThis.gc?.();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
}

const megabytes = (): number => {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1e6;
};

const verdict = (met: boolean): string => (met ? 'met' : 'MISSED');

export interface EngineCost {
  /** Microseconds of CPU per exchange. */
  readonly cpu: number;
  /** Megabytes, everything that is kept. */
  readonly memory: number;
  readonly met: boolean;
}

/** Measures and prints. */
export function benchEngine(print: (line: string) => void = console.log): EngineCost {
  const [usual, full] = IDENTITIES.map((identities) => measure(identities, print));
  return { ...full!, met: usual!.met && full!.met };
}

function measure(identities: number, print: (line: string) => void): EngineCost {
  const random = seeded(7);
  const agents = population(random, identities);
  const nothing = megabytes();
  const packer = new FeedPacker();
  let ids = 0;
  let engine: Engine | undefined = new Engine({ newId: () => `finding-${++ids}` });
  const unpacker = new FeedUnpacker(() => engine?.ahead);
  const findings = createHash('sha256');
  let told = 0;
  let at = 0;
  const batches = (count: number, item: (n: number) => FeedItem): FeedBatch[] =>
    Array.from({ length: Math.ceil(count / BATCH) }, (_, n) => {
      const from = at;
      const items = Array.from({ length: Math.min(BATCH, count - n * BATCH) }, () => item(at++));
      return packer.pack(items, from, at);
    });
  // As the watch's thread does it.
  const take = (batch: FeedBatch): void => {
    unpacker.each(batch, (row) => {
      engine!.pass(row.time);
      engine!.observe(row);
    });
    for (const each of engine!.drain()) {
      told++;
      findings.update(JSON.stringify(each));
    }
  };
  // Every identity and its families once, so that what is measured is the full house.
  for (const batch of batches(6 * identities, (n) => itemOf(agents[Math.floor(n / 6)]!, n, () => ((n % 6) + 0.5) / 6)))
    take(batch);
  let cpu = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const waiting = batches(CHUNK, (n) => itemOf(agents[Math.floor(random() * agents.length)]!, n, random));
    // So that neither the making nor its garbage is measured.
    settle();
    const spent = cpuOf(CHUNK, () => {
      for (const batch of waiting) take(batch);
    });
    if (round >= WARM) cpu += spent / (ROUNDS - WARM);
  }
  const { keys } = engine.status;
  settle();
  const memory = megabytes() - nothing;
  const met = cpu <= BUDGET.microseconds && memory <= BUDGET.megabytes;
  print(
    `engine, all detectors: ${(ROUNDS * CHUNK).toLocaleString('en')} exchanges of ${identities.toLocaleString('en')} identities, ${keys.toLocaleString('en')} rate keys, ${told} findings told (${findings.digest('hex').slice(0, 12)})`,
  );
  print(
    `  CPU per exchange       ${cpu.toFixed(2)} us   (unpacked and judged; budget ${BUDGET.microseconds}: ${verdict(cpu <= BUDGET.microseconds)})`,
  );
  print(
    `  memory                 ${memory.toFixed(0)} MB    (budget ${BUDGET.megabytes}: ${verdict(memory <= BUDGET.megabytes)})`,
  );
  print(
    `  an opened finding      ${findingCost(engine, agents, at).toFixed(0)} us   (median of ${FINDINGS}, with its evidence)`,
  );
  print(
    `  before it: hand-over   ${handOver(agents, random).toFixed(2)} us per exchange, packed and cloned to the thread`,
  );
  const began = performance.now();
  const state = engine.save();
  print(
    `  state                  ${(structuredSize(state) / 1e6).toFixed(0)} MB; to take it down holds the thread up for ${(performance.now() - began).toFixed(0)} ms`,
  );
  engine = undefined;
  return { cpu, memory, met };
}

/** Microseconds to open a finding: an agent that deletes a monitor, one every eleven seconds. */
function findingCost(engine: Engine, agents: readonly Agent[], from: number): number {
  const deletion = operations().find(({ key }) => key === 'v1.DeleteMonitor')!;
  const packer = new FeedPacker();
  const unpacker = new FeedUnpacker(() => engine.ahead);
  const spent = Array.from({ length: FINDINGS }, (_, n) => {
    const item = itemOf({ ...agents[n]!, operations: [deletion] }, from + n, () => 0.5);
    const time = START + from + n * 11_000;
    engine.pass(time);
    engine.drain();
    let took = Number.NaN;
    unpacker.each(packer.pack([{ ...item, row: { ...item.row, time } }], 0, 1), (row) => {
      const began = performance.now();
      engine.observe(row);
      const told = engine.drain();
      took = 1000 * (performance.now() - began);
      if (!told.some(({ event }) => event === 'opened')) throw new Error('no finding was opened');
    });
    return took;
  });
  return spent.sort((one, other) => one - other)[FINDINGS >> 1]!;
}

/** What it costs to pack rows and to clone them to another thread. */
function handOver(agents: readonly Agent[], random: () => number): number {
  const items = Array.from({ length: 100_000 }, (_, n) =>
    itemOf(agents[Math.floor(random() * agents.length)]!, n, random),
  );
  const packer = new FeedPacker();
  let sent = 0;
  const once = (): void => {
    for (let at = 0; at < items.length; at += BATCH) {
      const batch = packer.pack(items.slice(at, at + BATCH), at, at + BATCH);
      sent += structuredClone(batch, { transfer: [batch.numbers.buffer] }).ids.length;
    }
  };
  once();
  const cost = cpuOf(items.length, once);
  if (sent !== 2 * items.length) throw new Error('not everything came over');
  return cost;
}

const structuredSize = (state: unknown): number => serialize(state).length;

if (import.meta.main) benchEngine();
