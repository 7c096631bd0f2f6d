// Prometheus metrics: the gateway's counters, the journal, the index, the API, and the process.
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { DeliveryState } from '../exchange/alert.ts';
import type { OutletStatus } from '../witness/witnessing.ts';
import type { ApiOptions, GatewayCounters } from './context.ts';

export interface Metrics {
  readonly contentType: string;
  /** The text exposition format. */
  text(): Promise<string>;
  countRequest(route: string, status: number): void;
}

export function createMetrics(options: ApiOptions, openTails: () => number): Metrics {
  const { gatewayStats: stats, journal, index, version } = options;
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  /** A counter whose truth lies elsewhere: it is set to it at every scrape. */
  const counter = (
    name: string,
    help: string,
    read: () => Iterable<readonly [Record<string, string>, number]>,
    labelNames: string[] = [],
  ) =>
    new Counter({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const [labels, value] of read()) this.inc(labels, value);
      },
    });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });

  counter(
    'dogwatch_exchanges_total',
    'Exchanges that ended, by action, outcome and class of the status.',
    () =>
      [...stats.exchanges].map(([key, value]) => {
        const [action = '', outcome = '', status = ''] = key.split(' ');
        return [{ action, outcome, status }, value] as const;
      }),
    ['action', 'outcome', 'status'],
  );
  counter(
    'dogwatch_refusals_total',
    'Calls that Dogwatch refused, by error code.',
    () => [...stats.refusals].map(([code, value]) => [{ code }, value] as const),
    ['code'],
  );
  counter('dogwatch_received_bytes_total', 'Bytes of request bodies received from agents.', () => [
    [{}, stats.bytesReceived],
  ]);
  counter('dogwatch_sent_bytes_total', 'Bytes of response bodies sent to agents.', () => [[{}, stats.bytesSent]]);
  counter('dogwatch_malformed_total', 'Requests that were no HTTP and were answered 400 without a record.', () => [
    [{}, stats.malformed],
  ]);
  counter('dogwatch_refusals_suppressed_total', 'Refused tokens counted but not recorded one by one.', () => [
    [{}, stats.refusalsSuppressed],
  ]);
  gauge('dogwatch_in_flight', 'Exchanges in flight.', () => stats.inFlight);
  gauge('dogwatch_connections', "Agents' connections that are open.", () => stats.connections);
  gauge('dogwatch_journal_leaves', 'Durable entries of the journal.', () => journal.size);
  gauge('dogwatch_tails', 'Live tails that are open.', openTails);
  const { identities, alerts } = options;
  gauge(
    'dogwatch_containments',
    'Identities and sessions that are contained.',
    () => identities.containments.list().length,
  );
  gauge(
    'dogwatch_approvals_pending',
    'Calls that wait for approval.',
    () => identities.approvals.list().filter(({ state }) => state === 'pending').length,
  );
  const alertsIn = (wanted: DeliveryState) => () =>
    alerts?.deliveries().filter(({ state }) => state === wanted).length ?? 0;
  gauge('dogwatch_alerts_pending', 'Alerts that wait to be delivered.', alertsIn('pending'));
  gauge('dogwatch_alerts_dead', 'Alerts that were given up and are kept.', alertsIn('dead'));
  const { retention } = options;
  if (retention) {
    counter('dogwatch_retention_records_total', 'Records that rules of retention erased parts of.', () => [
      [{}, retention().records],
    ]);
    gauge(
      'dogwatch_retention_held',
      'Records that were due at the last run and that a legal hold keeps.',
      () => retention().held,
    );
    gauge('dogwatch_retention_failed', '1 when the last run of retention failed.', () => (retention().failure ? 1 : 0));
  }
  gauge('dogwatch_ready', 'Whether calls can be served (1) or not (0).', () =>
    options.notReady().length === 0 ? 1 : 0,
  );
  new Gauge({ name: 'dogwatch_build_info', help: 'Version of this Dogwatch.', labelNames: ['version'], registers }).set(
    { version },
    1,
  );

  const { witnessing } = options;
  const outletGauge = (
    name: string,
    help: string,
    which: 'witnesses' | 'copies',
    read: (each: OutletStatus) => number,
  ) =>
    new Gauge({
      name,
      help,
      labelNames: ['name'],
      registers,
      collect() {
        for (const each of witnessing()[which]) this.set({ name: each.name }, read(each));
      },
    });
  const failures = (which: 'witnesses' | 'copies') => () =>
    witnessing()[which].map((each) => [{ name: each.name }, each.failures] as const);
  gauge(
    'dogwatch_witnessed_leaves',
    'Entries under the newest checkpoint that enough witnesses cosigned.',
    () => witnessing().witnessed?.size ?? 0,
  );
  outletGauge(
    'dogwatch_witness_leaves',
    'Entries under the checkpoint that the witness cosigned last.',
    'witnesses',
    (each) => each.size,
  );
  outletGauge(
    'dogwatch_witness_conflict',
    'Whether the witness contradicts this log (1) or not (0).',
    'witnesses',
    (each) => (each.conflict ? 1 : 0),
  );
  counter('dogwatch_witness_failures_total', 'Attempts that brought no cosignature.', failures('witnesses'), ['name']);
  outletGauge(
    'dogwatch_checkpoint_copy_leaves',
    'Entries under the checkpoint that was copied there last.',
    'copies',
    (each) => each.size,
  );
  counter('dogwatch_checkpoint_copy_failures_total', 'Copies of checkpoints that failed.', failures('copies'), [
    'name',
  ]);

  const indexLeaves = new Gauge({
    name: 'dogwatch_index_leaves',
    help: 'Entries of the journal that are searchable.',
    registers,
  });
  const indexLag = new Gauge({
    name: 'dogwatch_index_lag',
    help: 'Durable entries that are not searchable yet.',
    registers,
  });
  const indexRows = new Gauge({ name: 'dogwatch_index_rows', help: 'Rows of the index.', registers });
  const indexBytes = new Gauge({ name: 'dogwatch_index_bytes', help: 'Bytes of the index on disk.', registers });
  const indexUp = new Gauge({
    name: 'dogwatch_index_up',
    help: 'Whether the index answers and keeps up (1) or has failed (0).',
    registers,
  });
  const requests = new Counter({
    name: 'dogwatch_api_requests_total',
    help: 'Requests that the API answered.',
    labelNames: ['route', 'status'],
    registers,
  });

  async function readIndex(): Promise<void> {
    try {
      const status = await index.status();
      indexLeaves.set(status.indexedThrough);
      indexLag.set(Math.max(0, journal.size - status.indexedThrough));
      indexRows.set(status.rows);
      indexBytes.set(status.bytes);
      indexUp.set(status.failure === undefined ? 1 : 0);
    } catch {
      indexUp.set(0);
    }
  }

  return {
    contentType: registry.contentType,
    async text() {
      await readIndex();
      return `${(await registry.metrics()).trimEnd()}\n${latencyHistogram(stats, options.latencyBuckets)}`;
    },
    countRequest: (route, status) => requests.inc({ route, status: String(status) }),
  };
}

/** The latency histogram in the text format; prom-client has no way to set buckets that were counted elsewhere. */
function latencyHistogram(stats: GatewayCounters, bounds: readonly number[]): string {
  const name = 'dogwatch_exchange_duration_seconds';
  const lines = [
    `# HELP ${name} Whole time of an exchange in the gateway, Datadog's included.`,
    `# TYPE ${name} histogram`,
  ];
  let total = 0;
  for (const [index, bound] of bounds.entries()) {
    total += stats.latency[index] ?? 0;
    lines.push(`${name}_bucket{le="${bound / 1000}"} ${total}`);
  }
  total += stats.latency[bounds.length] ?? 0;
  lines.push(`${name}_bucket{le="+Inf"} ${total}`, `${name}_sum ${stats.latencySum / 1000}`, `${name}_count ${total}`);
  return `${lines.join('\n')}\n`;
}
