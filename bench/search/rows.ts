// Rows of exchanges as a busy organisation makes them, from a seed: few agents, operations and resources do most of it.
import { newId } from '../../src/exchange/canonical.ts';
import type { Row, RowIdentity } from '../../src/index/search-index.ts';

export const DAY = 86_400_000;
/** The rows are spread over so many days, the last of which ends at `END`. */
export const DAYS = 30;
export const END = Date.UTC(2026, 10, 22);

/** Numbers in [0, 1) from a seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const KINDS = ['monitor', 'dashboard', 'slo', 'notebook', 'synthetics-test', 'downtime', 'log-pipeline', 'user'];
const TEAMS = ['sre', 'platform', 'payments', 'search', 'security', 'data'];

/** Makes row after row, oldest first. @param count how many there will be in all */
export function rowMaker(count: number, seed = 42): (leaf: number) => Row {
  const random = randomOf(seed);
  /** Skewed as Zipf's law has it: the first of n are by far the most frequent. */
  const skewed = (n: number): number => Math.min(n - 1, Math.floor(n ** random()) - 1);
  const identities = Array.from(
    { length: 400 },
    (_, n): RowIdentity => ({
      issuer: n % 5 === 0 ? 'https://token.actions.example.com' : 'https://login.example.com',
      subject: `subject-${n}`,
      kind: n % 5 === 0 ? 'workload' : n % 7 === 0 ? 'person' : 'agent',
      name: `${['claude', 'codex', 'ci', 'cursor'][n % 4]}-${n}`,
      email: `agent-${n}@example.com`,
      groups: [TEAMS[n % TEAMS.length] ?? 'sre', 'everyone'],
      onBehalfOf: [],
      claims: {},
    }),
  );
  const agents = [
    'claude-code',
    'codex',
    'cursor',
    'datadog-api-client-python/2.30',
    'terraform-provider-datadog/3.50',
  ];
  const step = (DAYS * DAY) / count;
  return (leaf) => {
    const who = skewed(identities.length);
    const reads = random() < 0.93;
    const operation = skewed(reads ? 300 : 120);
    const kind = KINDS[operation % KINDS.length] ?? 'monitor';
    const action = reads
      ? 'read'
      : (['update', 'update', 'update', 'create', 'delete', 'execute'] as const)[operation % 6];
    const denied = random() < 0.01;
    const status = denied ? 403 : random() < 0.03 ? (random() < 0.5 ? 404 : 429) : 200;
    const target = skewed(60_000);
    return {
      leaf,
      kind: 'exchange',
      id: newId(),
      time: Math.floor(END - DAYS * DAY + leaf * step),
      // An agent begins another session about every 200 calls.
      session: `session-${who}-${Math.floor(leaf / (200 * (who + 1)))}`,
      identity: identities[who] as RowIdentity,
      client: { agent: agents[who % agents.length] as string, userAgent: `agent/1.${who % 20}` },
      source: `10.0.${who % 8}.${who % 250}`,
      connection: who % 9 === 0 ? 'staging' : 'prod',
      host: 'api.datadoghq.com',
      method: reads ? 'GET' : 'POST',
      path: `/api/v1/${kind}/${target}`,
      operation: `v1.${reads ? 'Read' : 'Change'}${operation}`,
      action: action ?? 'read',
      risk: action === 'delete' ? 'high' : action === 'read' ? 'low' : 'medium',
      tags: operation === 7 ? ['cost'] : [],
      resources: [{ kind, id: String(target) }],
      asked: reads && operation % 4 === 0 ? { metrics: [`service.${skewed(500)}.latency`] } : {},
      verdict: { decision: denied ? 'deny' : 'allow', rule: denied ? 'no-deletes' : 'default' },
      outcome: denied ? 'refused' : 'complete',
      ...(denied && { error: 'denied' }),
      status,
      requestBytes: Math.floor(200 + 600 * random()),
      responseBytes: Math.floor(500 + 12_000 * random() ** 3),
      latency: Math.round(20 + 400 * random() ** 4),
    };
  };
}
