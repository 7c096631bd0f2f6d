// Seeded measurements: what a metric reads at a time, the same for whoever asks, and the units that metrics are in.
import { createHash } from 'node:crypto';
import type { JsonObject } from './json.ts';

/** Hosts that report to every sandbox. */
export const HOSTS = ['web-1', 'web-2', 'db-1'] as const;

/** Metrics that those hosts report: the value about which each moves. */
export const SEEDED: Readonly<Record<string, number>> = {
  'system.cpu.idle': 91.5,
  'system.cpu.iowait': 0.4,
  'system.cpu.system': 1.9,
  'system.cpu.user': 6.4,
  'system.disk.in_use': 0.42,
  'system.disk.free': 41_000_000_000,
  'system.load.1': 0.7,
  'system.load.5': 0.6,
  'system.load.15': 0.5,
  'system.mem.free': 2_100_000_000,
  'system.mem.total': 8_200_000_000,
  'system.mem.used': 6_100_000_000,
  'system.net.bytes_rcvd': 12_400,
  'system.net.bytes_sent': 9_800,
  'system.uptime': 8_640_000,
  'datadog.agent.running': 1,
  'datadog.estimated_usage.metrics.custom': 60,
  'datadog.estimated_usage.hosts': 3,
};

const PERCENT = unit('percentage', 17, 'percent', 'percent', '%', 1);
const BYTE = unit('bytes', 2, 'byte', 'bytes', 'B', 1);
const MICROSECOND = unit('time', 9, 'microsecond', 'microseconds', 'μs', 0.000001);
const SECOND = unit('time', 11, 'second', 'seconds', 's', 1);

function unit(
  family: string,
  id: number,
  name: string,
  plural: string,
  short_name: string,
  scale_factor: number,
): JsonObject {
  return { family, id, name, plural, short_name, scale_factor };
}

/** The unit of a metric, or of a measure of traces, processes and SLOs; null when it has none. */
export function unitOf(metric: string): [JsonObject, null] | null {
  if (/^system\.cpu\.|_pct$|^slo_status$|error_rate$/.test(metric)) return [PERCENT, null];
  if (/^system\.(mem|disk)\.(free|total|used)|bytes/.test(metric)) return [BYTE, null];
  if (/(duration|latency)/.test(metric)) return [MICROSECOND, null];
  return metric === 'system.uptime' ? [SECOND, null] : null;
}

/** A number in [0, 1) that a text always gives. */
export const fraction = (text: string): number => createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;

/** What a series reads at a time in milliseconds: a daily wave, and a little noise of its own. */
export function reading(series: string, base: number, time: number): number {
  const day = Math.sin((time / 86_400_000 + fraction(series)) * 2 * Math.PI);
  return base * (1 + 0.04 * day + 0.02 * (fraction(`${series} ${time}`) - 0.5));
}

const STEPS = [20, 60, 300, 600, 1_800, 3_600, 7_200, 14_400, 86_400].map((seconds) => seconds * 1000);

/** The step in milliseconds at which Datadog draws a range: at most some 300 points. */
export const stepFor = (range: number): number => STEPS.find((step) => range / step <= 300) ?? 86_400_000;

/** The times of a range in steps, first to last; never more than 1,500. */
export function timesOf(from: number, to: number, step: number): number[] {
  const first = Math.ceil(from / step) * step;
  return Array.from(
    { length: Math.max(0, Math.min(1_500, Math.ceil((to - first) / step))) },
    (_, i) => first + i * step,
  );
}
