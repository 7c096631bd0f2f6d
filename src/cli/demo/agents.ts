// The demo's two agents: a process of its own that knows a gateway and two tokens, and drives Datadog's own client.
import type { client as dd, v1 as ddV1, v2 as ddV2 } from '@datadog/datadog-api-client';

/** What the demo tells the agents. */
export interface AgentsOrder {
  /** Base URL per agent: Datadog's address, as far as they know. */
  readonly sre: { readonly url: string; readonly token: string };
  readonly ci: { readonly url: string; readonly token: string };
}
export type AgentName = keyof AgentsOrder;

/** What the agents tell the demo, in this order: `ready`, steps, `done`. */
export type AgentsReport =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'step';
      readonly agent: AgentName;
      readonly did: string;
      readonly saw: string;
      readonly refused?: true;
    }
  | { readonly kind: 'done'; readonly dashboard: string; readonly monitor: number }
  | { readonly kind: 'failed'; readonly message: string };

interface Datadog {
  readonly client: typeof dd;
  readonly v1: typeof ddV1;
  readonly v2: typeof ddV2;
}

const HOUR = 3600;
const METRIC = 'auth.login.failures';
const QUERY = `sum:${METRIC}{service:auth}`;
const [OLD_THRESHOLD, NEW_THRESHOLD] = [100, 1000];
const clock = (ms: number): string => new Date(ms).toTimeString().slice(0, 5);

type Tell = (agent: AgentName, did: string, saw: string, refused?: true) => void;

/** The first agent: sees the spike of failed logins, looks into the logs, makes a dashboard and a monitor. */
async function investigate({ client, v1, v2 }: Datadog, { url, token }: AgentsOrder['sre'], tell: Tell) {
  const configuration = client.createConfiguration({
    authMethods: { apiKeyAuth: token },
    baseServer: new client.ServerConfiguration(url, {}),
  });

  const to = Math.floor(Date.now() / 1000);
  const metrics = await new v1.MetricsApi(configuration).queryMetrics({ from: to - HOUR, to, query: QUERY });
  const points = metrics.series?.[0]?.pointlist ?? [];
  const values = points.map(([, value]) => value).sort((a, b) => a - b);
  const [peakAt, peak] = points.reduce((highest, point) => (point[1] > highest[1] ? point : highest), [0, 0]);
  const usual = values[Math.floor(values.length / 2)] ?? 0;
  tell('sre', `queried ${METRIC}`, `${Math.round(peak)} a minute at ${clock(peakAt)}, usually ${Math.round(usual)}`);

  const logs = await new v2.LogsApi(configuration).listLogs({
    body: { filter: { query: 'service:auth "login failed"', from: 'now-1h', to: 'now' }, page: { limit: 100 } },
  });
  const sources = (logs.data ?? []).map((log) => /from (\S+):/.exec(log.attributes?.message ?? '')?.[1] ?? '?');
  const [worst, times] = mostFrequent(sources);
  tell('sre', 'searched the logs', `${times} of ${sources.length} failed logins from ${worst}`);

  const dashboard = await new v1.DashboardsApi(configuration).createDashboard({
    body: {
      title: 'Failed logins',
      description: `Made after the spike at ${clock(peakAt)}`,
      layoutType: 'ordered',
      widgets: [{ definition: { type: 'timeseries', requests: [{ q: QUERY, displayType: 'bars' }] } }],
    },
  });
  tell('sre', 'created a dashboard', `${dashboard.title} (${dashboard.id})`);

  const monitor = await new v1.MonitorsApi(configuration).createMonitor({
    body: {
      name: 'Failed logins are spiking',
      type: 'query alert',
      query: `sum(last_5m):${QUERY} > ${OLD_THRESHOLD}`,
      message: '@slack-security somebody is trying passwords',
      tags: ['service:auth'],
      options: { thresholds: { critical: OLD_THRESHOLD } },
    },
  });
  tell('sre', 'created a monitor', `alert above ${OLD_THRESHOLD} (${monitor.id})`);
  return { dashboard: dashboard.id ?? '', monitor: monitor.id ?? 0 };
}

/** The second agent: watches a deployment, blunts the first one's alert, and asks for keys it must not have. */
async function deploy({ client, v1, v2 }: Datadog, { url, token }: AgentsOrder['ci'], monitorId: number, tell: Tell) {
  const configuration = client.createConfiguration({
    authMethods: { apiKeyAuth: token, appKeyAuth: token },
    baseServer: new client.ServerConfiguration(url, {}),
  });

  const to = Date.now();
  const errors = await new v2.MetricsApi(configuration).queryTimeseriesData({
    body: {
      data: {
        type: 'timeseries_request',
        attributes: {
          from: to - HOUR * 1000,
          to,
          queries: [{ dataSource: 'metrics', query: 'avg:http.requests.errors{service:web}', name: 'a' }],
        },
      },
    },
  });
  tell('ci', 'queried http.requests.errors', `${errors.data?.attributes?.values?.[0]?.length ?? 0} points, all calm`);

  const monitors = new v1.MonitorsApi(configuration);
  const before = await monitors.getMonitor({ monitorId });
  await monitors.updateMonitor({
    monitorId,
    body: {
      query: before.query.replace(/> \d+$/, `> ${NEW_THRESHOLD}`),
      options: { thresholds: { critical: NEW_THRESHOLD } },
    },
  });
  tell('ci', 'changed the alert', `threshold ${OLD_THRESHOLD} -> ${NEW_THRESHOLD} (monitor ${monitorId})`);

  try {
    await new v2.KeyManagementApi(configuration).listAPIKeys();
    tell('ci', 'read the API keys', 'nobody stopped it');
  } catch (error) {
    const refusal = error as { code?: number; body?: { errors?: string[] } };
    if (refusal.code !== 403) throw error;
    tell('ci', 'asked for the API keys', refusal.body?.errors?.[0] ?? 'refused', true);
  }
}

function mostFrequent(values: readonly string[]): [string, number] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce<[string, number]>((most, entry) => (entry[1] > most[1] ? entry : most), ['nobody', 0]);
}

async function main(send: (report: AgentsReport) => void): Promise<void> {
  const datadog: Datadog = await import('@datadog/datadog-api-client');
  const order = new Promise<AgentsOrder>((resolve) =>
    process.once('message', (message) => resolve(message as AgentsOrder)),
  );
  send({ kind: 'ready' });
  const { sre, ci } = await order;
  const tell: Tell = (agent, did, saw, refused) => send({ kind: 'step', agent, did, saw, ...(refused && { refused }) });
  const made = await investigate(datadog, sre, tell);
  await deploy(datadog, ci, made.monitor, tell);
  send({ kind: 'done', ...made });
}

if (process.send) {
  // Nobody to tell it to is no failure of its own: 'disconnect' follows.
  const send = (report: AgentsReport): void => void process.send?.(report, undefined, undefined, () => {});
  // The demo that started this process is gone: so is its reason to be.
  process.once('disconnect', () => process.exit(0));
  main(send).catch((error: unknown) => send({ kind: 'failed', message: describe(error) }));
}

/** An error in one line; the client's own errors carry the answer's body. */
function describe(error: unknown): string {
  const { message, code, body } = error as { message?: string; code?: unknown; body?: unknown };
  return [message ?? String(error), code, body && JSON.stringify(body)].filter(Boolean).join(' ');
}
