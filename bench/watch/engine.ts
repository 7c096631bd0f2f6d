// What watching costs: CPU per exchange with every detector on, and memory with 100,000 keys of rates; the hand-over from the index apart.
import { serialize } from 'node:v8';
import { type Operation, operations } from '../../src/datadog/catalogue.ts';
import { RISK_TAGS } from '../../src/exchange/operation.ts';
import { type FedIdentity, type FedRow, FeedPacker, FeedUnpacker, hashOf } from '../../src/index/row-feed.ts';
import type { Row } from '../../src/index/search-index.ts';
import { Engine } from '../../src/watch/engine.ts';

const EXCHANGES = 400_000;
const FINDINGS = 100;
/** Rows are made beforehand, some at a time, so that making them is not measured. */
const CHUNK = 50_000;
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
    const identity: FedIdentity = {
      issuer: 'https://login.example.com/oauth2/default',
      subject: `workload-identity/${n}/agent`,
      kind: 'agent',
      name: `ci/agent-${n}`,
      groups: [`team-${kind}`, 'agents'],
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

function rowOf(agent: Agent, n: number, random: () => number): FedRow {
  const operation = agent.operations[Math.floor(random() ** 2 * agent.operations.length)]!;
  const status = random() < 0.005 ? [403, 404, 429, 500][n % 4]! : 200;
  const kind = operation.resource.kind;
  return {
    leaf: n,
    id: `0190f3a0-0000-7000-8000-${n.toString(16).padStart(12, '0')}`,
    refusedToken: false,
    time: START + n,
    identity: agent.identity,
    session: agent.session,
    client: 'claude-code/2.1.0 (linux; x64)',
    source: agent.source,
    connection: agent.n % 5 === 0 ? 'staging' : 'production',
    operation: operation.key,
    action: operation.action,
    risk: operation.risk,
    tags: operation.tags.reduce((bits, tag) => bits | (1 << RISK_TAGS.indexOf(tag)), 0),
    denied: false,
    outcome: 'complete',
    error: undefined,
    failed: status >= 400,
    status,
    requestBytes: 490,
    responseBytes: 6700,
    count: 1,
    target: hashOf(operation.path),
    // An agent has a few things to look after.
    resources: [{ kind, hash: agent.n * 31 + (n % 20) }],
    metrics: [],
  };
}

/** Microseconds of CPU per item. */
function cpuOf(items: number, run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / items;
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
  const engine = new Engine({ newId: () => '0190f3a0-0000-7000-8000-000000000000' });
  let told = 0;
  const see = (row: FedRow): void => {
    engine.pass(row.time);
    engine.observe(row);
    told += engine.drain().length;
  };
  // Every identity and its families once, so that what is measured is the full house.
  let at = 0;
  for (const agent of agents) for (let call = 0; call < 6; call++) see(rowOf(agent, at++, () => (call + 0.5) / 6));
  let cpu = 0;
  for (let chunk = 0; chunk < EXCHANGES; chunk += CHUNK) {
    const rows = Array.from({ length: CHUNK }, () =>
      rowOf(agents[Math.floor(random() * agents.length)]!, at++, random),
    );
    globalThis.gc?.();
    const spent = cpuOf(EXCHANGES, () => {
      for (const row of rows) see(row);
    });
    // The first round is that of the compiler.
    if (chunk > 0) cpu += (spent * EXCHANGES) / (EXCHANGES - CHUNK);
  }
  const { keys } = engine.status;
  const clean = told;
  const memory = megabytes() - nothing;
  const met = cpu <= BUDGET.microseconds && memory <= BUDGET.megabytes;
  print(
    `engine, all detectors: ${EXCHANGES.toLocaleString('en')} exchanges of ${identities.toLocaleString('en')} identities, ${keys.toLocaleString('en')} rate keys, ${clean} findings told`,
  );
  print(
    `  CPU per exchange       ${cpu.toFixed(2)} us   (budget ${BUDGET.microseconds}: ${verdict(cpu <= BUDGET.microseconds)})`,
  );
  print(
    `  memory                 ${memory.toFixed(0)} MB    (budget ${BUDGET.megabytes}: ${verdict(memory <= BUDGET.megabytes)})`,
  );
  print(
    `  an opened finding      ${findingCost(engine, agents, START + at).toFixed(0)} us   (median of ${FINDINGS}, with its evidence)`,
  );
  print(`  hand-over, both sides  ${handOver(agents, random).toFixed(2)} us per exchange`);
  const began = performance.now();
  const state = engine.save();
  print(
    `  state                  ${(structuredSize(state) / 1e6).toFixed(0)} MB, saved in ${(performance.now() - began).toFixed(0)} ms`,
  );
  return { cpu, memory, met };
}

/** Microseconds to open a finding: an agent that deletes a monitor, one every eleven seconds. */
function findingCost(engine: Engine, agents: readonly Agent[], from: number): number {
  const deletion = operations().find(({ key }) => key === 'v1.DeleteMonitor')!;
  const spent = Array.from({ length: FINDINGS }, (_, n) => {
    const row = rowOf({ ...agents[n]!, operations: [deletion] }, from - START + n, () => 0.5);
    const time = from + n * 11_000;
    engine.pass(time);
    engine.drain();
    const began = performance.now();
    engine.observe({ ...row, time });
    const told = engine.drain();
    const took = 1000 * (performance.now() - began);
    if (!told.some(({ event }) => event === 'opened')) throw new Error('no finding was opened');
    return took;
  });
  return spent.sort((one, other) => one - other)[FINDINGS >> 1]!;
}

/** What it costs to pack rows, clone them to another thread, and unpack them. */
function handOver(agents: readonly Agent[], random: () => number): number {
  const rows = Array.from({ length: 100_000 }, (_, n) => {
    const fed = rowOf(agents[Math.floor(random() * 500)]!, n, random);
    const { leaf, id, time, session, source, connection, operation, action, status, identity, client } = fed;
    const row = { leaf, kind: 'exchange', id, time, session, source, connection, operation, action, status } as Row;
    return {
      row: {
        ...row,
        identity: { ...identity!, onBehalfOf: [], claims: {} },
        client: { userAgent: client! },
        tags: [],
        resources: [{ kind: 'monitor', id: String(n % 997) }],
        asked: {},
      },
      leaf,
      count: 1,
    };
  });
  const packer = new FeedPacker();
  const unpacker = new FeedUnpacker();
  let seen = 0;
  const once = (): void => {
    for (let at = 0; at < rows.length; at += 500) {
      const batch = structuredClone(packer.pack(rows.slice(at, at + 500), at, at + 500));
      for (const row of unpacker.rows(batch)) seen += row.status;
    }
  };
  once();
  const cost = cpuOf(rows.length, once);
  if (seen === 0) throw new Error('nothing came over');
  return cost;
}

const structuredSize = (state: unknown): number => serialize(state).length;

if (import.meta.main) benchEngine();
