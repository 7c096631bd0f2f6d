// A monitor as Datadog has it, read for drawing: what is asked, where the thresholds lie, what it says, whether it is silent.
import { isObject } from '../../record/field-differences.ts';

type Json = Readonly<Record<string, unknown>>;

export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : undefined;
export const objectOf = (value: unknown): Json => (isObject(value) ? value : {});
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A query in its parts; what cannot be read is left whole. */
export interface Condition {
  /** `avg` over `5m`, of a metric monitor. */
  readonly aggregate?: string;
  readonly window?: string;
  readonly expression: string;
  readonly comparator?: string;
  readonly bound?: number;
}

const COMPARED = /^([\s\S]*?)\s*(>=|<=|==|!=|>|<)\s*(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*$/;
const METRIC =
  /^\s*(?:(avg|sum|min|max|change|pct_change|percentile)\(\s*(?:(?:avg|sum|min|max)\()?last_(\w+)\)?[^:]*\):)([\s\S]*)$/;

/** `avg(last_5m):avg:system.load.1{*} > 4` and its like: https://docs.datadoghq.com/api/latest/monitors/#query-types. */
export function conditionOf(query: string): Condition {
  if (query.length > 20_000) return { expression: query };
  const [, left, comparator, bound] = COMPARED.exec(query) ?? [];
  const rest = left ?? query;
  const [, aggregate, window, expression] = METRIC.exec(rest) ?? [];
  return {
    ...(aggregate !== undefined && window !== undefined && { aggregate, window }),
    expression: (expression ?? rest).trim(),
    ...(comparator !== undefined && bound !== undefined && { comparator, bound: Number(bound) }),
  };
}

const WORDS: Readonly<Record<string, string>> = {
  '>': 'is above',
  '>=': 'is at or above',
  '<': 'is below',
  '<=': 'is at or below',
  '==': 'equals',
  '!=': 'differs from',
};
export const comparatorInWords = (comparator: string): string => WORDS[comparator] ?? comparator;

/** `5m` as people say it: `5 minutes`. */
export function windowInWords(window: string): string {
  const [, size, unit] = /^(\d+)(m|h|d|w|mo|s)$/.exec(window) ?? [];
  const name = { s: 'second', m: 'minute', h: 'hour', d: 'day', w: 'week', mo: 'month' }[unit ?? ''];
  return size === undefined || name === undefined ? window : `${size} ${name}${size === '1' ? '' : 's'}`;
}

export const LEVELS = ['critical', 'critical_recovery', 'warning', 'warning_recovery', 'ok', 'unknown'] as const;
export type Level = (typeof LEVELS)[number];
export type Thresholds = Readonly<Partial<Record<Level, number>>>;

/** The thresholds of the options; the bound of the query where they name no critical one. */
export function thresholdsOf(monitor: Json): Thresholds {
  const given = objectOf(objectOf(monitor.options).thresholds);
  const read: Partial<Record<Level, number>> = {};
  for (const level of LEVELS) {
    const value = given[level];
    const number =
      typeof value === 'number' ? value : typeof value === 'string' ? Number.parseFloat(value) : Number.NaN;
    if (Number.isFinite(number)) read[level] = number;
  }
  const { bound } = conditionOf(textOf(monitor.query) ?? '');
  if (read.critical === undefined && bound !== undefined && Number.isFinite(bound)) read.critical = bound;
  return read;
}

export interface Band {
  readonly level: 'ok' | 'warning' | 'critical';
  readonly from: number;
  readonly to: number;
}
export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly bands: readonly Band[];
}

/** A stretch of numbers in which all thresholds lie with room at both ends, and which level each part of it is. */
export function scaleOf(
  { critical, warning, ...rest }: Thresholds,
  comparator = '>',
  others: Thresholds = {},
): Scale | undefined {
  if (critical === undefined) return undefined;
  const values = [critical, warning, ...Object.values(rest), ...Object.values(others)].filter(
    (value) => value !== undefined,
  );
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const room = Math.max(most - least, Math.abs(most), Math.abs(least), 1e-9) * 0.3;
  const low = least >= 0 ? Math.max(0, least - room) : least - room;
  const high = most <= 0 && least < 0 ? Math.min(0, most + room) : most + room;
  const up = !comparator.startsWith('<');
  const alarm = warning === undefined || (up ? warning >= critical : warning <= critical) ? critical : warning;
  const bands: Band[] = up
    ? [
        { level: 'ok', from: low, to: alarm },
        { level: 'warning', from: alarm, to: critical },
        { level: 'critical', from: critical, to: high },
      ]
    : [
        { level: 'critical', from: low, to: critical },
        { level: 'warning', from: critical, to: alarm },
        { level: 'ok', from: alarm, to: high },
      ];
  return { low, high, bands: bands.filter(({ from, to }) => to > from) };
}

/** Whether it tells nobody, and until when: `*` is all of it, else the scopes that are silent. */
export function silenceOf(monitor: Json): readonly { readonly scope: string; readonly until?: number }[] {
  const silenced = objectOf(objectOf(monitor.options).silenced);
  return Object.entries(silenced)
    .slice(0, 50)
    .map(([scope, until]) => ({ scope, ...(typeof until === 'number' && until > 0 && { until: until * 1000 }) }));
}

/** A number as people write it. */
export const numberText = (value: number): string =>
  Math.abs(value) >= 1e15 || (value !== 0 && Math.abs(value) < 1e-6)
    ? value.toExponential(2)
    : value.toLocaleString('en', { maximumFractionDigits: 6 });
