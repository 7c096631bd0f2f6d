// Options and plumbing that every command which reads the record shares.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { isTimeZone } from '../index/query-values.ts';
import type { RecordSource } from './record-source.ts';

export interface RecordOptions {
  readonly config?: string;
  readonly json?: true;
}

/** Adds --config and --json. */
export function recordOptions(command: Command, json = 'print one JSON object a line'): Command {
  return command
    .option('-c, --config <file>', 'configuration file ($DOGWATCH_CONFIG, ./dogwatch.yaml)')
    .option('--json', json);
}

/** Runs `use` with the record, and closes it afterwards. */
export async function withRecords<T>(options: RecordOptions, use: (records: RecordSource) => Promise<T>): Promise<T> {
  // Loaded when a command runs, not when help is shown.
  const { openRecords } = await import('./open-records.ts');
  const records = await openRecords(options.config);
  try {
    return await use(records);
  } finally {
    await records.close();
  }
}

/** For times in queries that have no offset. Asked for when it is needed: it loads tables that few commands want. */
export const localTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** `--tz`; without it, `localTimeZone` is meant. */
export const timeZoneOption = (): Option =>
  new Option(
    '--tz <zone>',
    'time zone of times without one, as Europe/Berlin (default: $TZ, of this machine)',
  ).argParser((zone: string) => {
    if (isTimeZone(zone)) return zone;
    throw new InvalidArgumentError('expected a time zone such as Europe/Berlin or UTC.');
  });

export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    if (/^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max) return Number(text);
    throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}.`);
  };
}

/** One JSON value a line to stdout: what line-based tools, and jq, take. */
export const printJsonLines = (values: readonly unknown[]): void => {
  process.stdout.write(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
};

/** One JSON value to stdout. */
export const printJson = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
};

export const printLines = (lines: readonly string[]): void => {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
};
