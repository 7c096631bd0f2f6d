// Labelled series from files: lines of JSON, one series each, or a folder as the Numenta Anomaly Benchmark has it.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** One series, in the order of time. */
export interface LabelledSeries {
  readonly name: string;
  /** Milliseconds from one value to the next, in the median. */
  readonly width: number;
  /** Milliseconds since the epoch. */
  readonly times: readonly number[];
  readonly values: readonly number[];
  readonly labels: readonly boolean[];
}

/**
 * Reads a file of lines `{series, points: [[time, value, label]]}`, gzipped or not, or a folder with `data/**.csv` (`timestamp,value`) and
 * `labels/combined_windows.json` (by file below `data`, the first and the last moment of each anomaly). Times without a zone are UTC.
 * @throws Error when it is neither
 */
export function readCollection(path: string): LabelledSeries[] {
  return statSync(path).isDirectory() ? readFolder(path) : readLines(path);
}

function readLines(path: string): LabelledSeries[] {
  const bytes = readFileSync(path);
  const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const { series, points } = JSON.parse(line) as { series: string; points: [string, number, number | boolean][] };
      return seriesOf(
        series,
        points.map(([time, value, label]) => [timeOf(time), value, Boolean(label)]),
      );
    });
}

function readFolder(folder: string): LabelledSeries[] {
  const file = join(folder, 'labels', 'combined_windows.json');
  if (!existsSync(file)) throw new Error(`${folder} has no labels/combined_windows.json`);
  const windows = JSON.parse(readFileSync(file, 'utf8')) as Record<string, [string, string][]>;
  return readdirSync(join(folder, 'data'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.csv'))
    .map((name) => name.replaceAll('\\', '/'))
    .sort()
    .map((name) => {
      const spans = (windows[name] ?? []).map(([from, to]) => [timeOf(from), timeOf(to)] as const);
      const points = readFileSync(join(folder, 'data', name), 'utf8')
        .split(/\r?\n/)
        .slice(1)
        .filter((line) => line !== '')
        .map((line): [number, number, boolean] => {
          const [moment = '', value = ''] = line.split(',');
          const time = timeOf(moment);
          return [time, Number(value), spans.some(([from, to]) => time >= from && time <= to)];
        });
      return seriesOf(name.replace(/\.csv$/, ''), points);
    });
}

function seriesOf(name: string, points: readonly [time: number, value: number, label: boolean][]): LabelledSeries {
  const times = points.map(([time]) => time);
  if (points.length < 2 || times.some(Number.isNaN)) throw new Error(`${name} is no series of times and values`);
  const steps = times.slice(1).map((time, at) => time - times[at]!);
  return {
    name,
    width: steps.sort((a, b) => a - b)[steps.length >> 1]!,
    times,
    values: points.map(([, value]) => value),
    labels: points.map(([, , label]) => label),
  };
}

/** `2014-07-01 00:00:00.000000`, `2014-07-01T00:00:00Z` */
function timeOf(text: string): number {
  const whole = text.trim().replace(' ', 'T');
  return Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(whole) ? whole : `${whole}Z`);
}
