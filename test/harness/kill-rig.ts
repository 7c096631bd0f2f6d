// Kills the gateway at any moment under load, again and again over the same data, and then compares what agents and Datadog saw with the journal.
import { randomInt } from 'node:crypto';
import { type GatewayProcess, launch, makeSite, type Site, startGateway } from './gateway.ts';
import { startTestIssuer } from './issuer.ts';
import { exchangesOf, readJournal } from './journal.ts';
import { type AnsweredCall, hashOf, respondAsAsked, startLoad } from './load.ts';
import { type ReceivedCall, startTestUpstream } from './upstream.ts';

export interface KillOptions {
  readonly rounds: number;
  /** Agents that call at once. */
  readonly agents?: number;
  readonly onRound?: (round: number, answered: number, received: number) => void;
}

export interface KillReport {
  readonly rounds: number;
  /** Answers that agents received in full. */
  readonly answered: number;
  /** Mutations that reached Datadog. */
  readonly mutations: number;
  readonly journalEntries: number;
  /** Exchanges that ended with the process: Datadog may or may not have acted. */
  readonly unknown: number;
  /** Each is a broken promise; must be empty. */
  readonly broken: readonly string[];
}

/** Milliseconds that the last recovery may take. */
const RECOVERY = 60_000;

const isMutation = ({ method }: ReceivedCall): boolean => method !== 'GET';
const identify = (method: string, target: string, bodyHash: string): string => `${method} ${target} ${bodyHash}`;

/** Runs the rig in a temporary directory. */
export async function killAgainAndAgain({ rounds, agents = 12, onRound }: KillOptions): Promise<KillReport> {
  const issuer = await startTestIssuer();
  const upstream = await startTestUpstream(respondAsAsked);
  const site = await makeSite({ issuer: issuer.url, upstream: upstream.url });
  try {
    const token = await issuer.mint({ expires: 24 * 3600 });
    const answered: AnsweredCall[] = [];
    const mutations: string[] = [];
    for (let round = 1; round <= rounds; round++) {
      // Every fifth death comes while the gateway is still starting and recovering from the last one.
      if (round % 5 === 0) await killWhileStarting(site);
      const gateway = await startGateway(site);
      const load = startLoad(gateway.url, token, agents);
      await load.begun;
      await new Promise((resolve) => setTimeout(resolve, randomInt(400)));
      await gateway.end('SIGKILL');
      await load.stop();
      answered.push(...load.answered);
      for (const call of upstream.received.splice(0)) {
        if (isMutation(call)) mutations.push(identify(call.method, call.target, hashOf(call.body)));
      }
      onRound?.(round, answered.length, mutations.length);
    }
    const last = await startGateway(site);
    try {
      await recovered(last, await issuer.mint({ subject: 'auditor', groups: ['auditors'] }));
      await endWell(last);
    } finally {
      await last.end('SIGKILL'); // Where it failed, nothing may go on running.
    }
    return await compare(site, rounds, answered, mutations);
  } finally {
    await issuer.close();
    await upstream.close();
  }
}

async function killWhileStarting(site: Site): Promise<void> {
  const { child, ended } = launch(['serve', '--config', site.configFile]);
  await new Promise((resolve) => setTimeout(resolve, randomInt(200, 1_500)));
  child.kill('SIGKILL');
  await ended;
}

/** Waits until every exchange that a death cut off has an outcome. A gateway that is stopped earlier leaves that to its successor. */
async function recovered(gateway: GatewayProcess, token: string): Promise<void> {
  const deadline = Date.now() + RECOVERY;
  const ask = async (path: string) =>
    (await (await fetch(gateway.apiUrl + path, { headers: { authorization: `Bearer ${token}` } })).json()) as {
      items?: unknown[];
      index?: { indexedThrough: number; journalSize: number };
    };
  // Asking is recorded too, so the journal grows by it; what counts is what was there before.
  let before: number | undefined;
  for (;;) {
    const { index } = await ask('/api/v1/status');
    before ??= index?.journalSize;
    const { items } = await ask('/api/v1/search?q=outcome:pending');
    if (items?.length === 0 && index && before !== undefined && index.indexedThrough >= before) return;
    if (Date.now() > deadline) throw new Error(`not recovered:\n${gateway.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function endWell(gateway: GatewayProcess): Promise<void> {
  const { code } = await gateway.end('SIGTERM');
  const output = gateway.output();
  // Log levels of pino: 50 is an error, 60 fatal.
  if (code !== 0 || /"level":[56]0/.test(output))
    throw new Error(`the last gateway ended with status ${code}:\n${output}`);
}

/** Holds what was promised against what is in the journal. */
async function compare(
  site: Site,
  rounds: number,
  answered: readonly AnsweredCall[],
  mutations: readonly string[],
): Promise<KillReport> {
  const entries = await readJournal(site);
  const broken: string[] = [];
  const exchanges = exchangesOf(entries, broken);
  for (const call of answered) {
    const recorded = exchanges.get(call.exchange);
    if (!recorded) broken.push(`${call.exchange}: answered, and not in the journal`);
    else if (recorded.outcome?.response?.status !== call.status && recorded.outcome?.outcome !== 'refused') {
      broken.push(`${call.exchange}: answered ${call.status}, recorded ${recorded.outcome?.response?.status}`);
    } else if (hashOf(recorded.response) !== call.responseHash) {
      broken.push(`${call.exchange}: the recorded response is not the one that was received`);
    } else if (hashOf(recorded.request) !== call.requestHash && recorded.outcome?.outcome !== 'refused') {
      broken.push(`${call.exchange}: the recorded request is not the one that was sent`);
    }
  }
  const intended = new Set<string>();
  let unknown = 0;
  for (const { id, intent, outcome, outcomes, request } of exchanges.values()) {
    intended.add(identify(intent.request.method, intent.request.target, hashOf(request)));
    if (outcomes !== 1) broken.push(`${id}: has ${outcomes} outcomes after the last restart`);
    if (outcome?.outcome === 'unknown') unknown++;
  }
  for (const mutation of mutations) if (!intended.has(mutation)) broken.push(`${mutation}: reached Datadog unrecorded`);
  return {
    rounds,
    answered: answered.length,
    mutations: mutations.length,
    journalEntries: entries.length,
    unknown,
    broken,
  };
}
