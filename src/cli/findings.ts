// `dogwatch findings` and `dogwatch suppressions`: what detectors noticed, and what they do not tell any more.
import { Command, Option } from 'commander';
import { UsageError } from '../exchange/error.ts';
import { DETECTORS, FINDING_STATES, SEVERITIES } from '../exchange/finding.ts';
import type { FindingsPage, FoundFinding } from '../index/findings.ts';
import { readMoment } from '../index/query-values.ts';
import type { FindingSource } from './finding-source.ts';
import { findingTable, scopeText, suppressionTable } from './finding-text.ts';
import { printable } from './printable.ts';
import {
  localTimeZone,
  printJson,
  printJsonLines,
  printLines,
  type RecordOptions,
  recordOptions,
  timeZoneOption,
  wholeNumber,
  withRecords,
} from './record-options.ts';
import { repeated } from './repeated.ts';
import { shortTime } from './row-table.ts';

interface Options extends RecordOptions {
  readonly state: readonly string[];
  readonly severity: readonly string[];
  readonly detector: readonly string[];
  readonly who?: string;
  readonly connection?: string;
  readonly session?: string;
  readonly family?: string;
  readonly op?: string;
  readonly cause?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
  readonly format?: 'ocsf';
  readonly tz?: string;
}

export function findingsCommand(): Command {
  const some = (flag: string, means: string, names: readonly string[]) =>
    new Option(flag, `${means}: ${names.join(', ')}; may be repeated`).argParser(repeated).default([], 'all');
  return recordOptions(new Command('findings'), 'print one JSON object a line')
    .description('List what detectors noticed, the newest first.')
    .addOption(some('--state <state>', 'only in that state', FINDING_STATES))
    .addOption(some('--severity <severity>', 'only as urgent as that', SEVERITIES))
    .addOption(some('--detector <detector>', 'only what that one noticed', DETECTORS))
    .option('--who <identity>', 'only of that identity: its name or subject, or issuer#subject')
    .option('--connection <name>', 'only of that connection')
    .option('--session <id>', 'only of that session')
    .option('--family <family>', 'only of that operation family, such as Metrics')
    .option('--op <operation>', 'only of that operation, such as v1.QueryMetrics')
    .option('--cause <id>', 'only those that share their cause with that finding')
    .option('--since <time>', 'only those that lasted into the time since then: 24h, or a date')
    .option('--until <time>', 'only those that began up to then')
    .option('-n, --limit <n>', 'findings to show', wholeNumber(1, 100_000), 50)
    .addOption(new Option('-f, --format <format>', 'OCSF Detection Findings, one a line').choices(['ocsf']))
    .addOption(timeZoneOption())
    .addHelpText(
      'after',
      `
Examples:
  dogwatch findings --state open --severity high --severity critical
  dogwatch findings --who ci/agent-7 --since 7d
  dogwatch findings --since 1d --format ocsf`,
    )
    .action((options: Options) =>
      withRecords(options, async ({ findings }) => {
        const filter = filterOf(options);
        if (options.format === 'ocsf') {
          const { activityOf, findingToOcsf } = await import('../export/ocsf-finding.ts');
          const { VERSION } = await import('./version.ts');
          for await (const { items } of pages(findings, filter, options.limit))
            printJsonLines(items.map((each) => findingToOcsf(each, activityOf(each), VERSION)));
          return;
        }
        if (options.json) {
          for await (const { items } of pages(findings, filter, options.limit)) printJsonLines(items);
          return;
        }
        const all: FoundFinding[] = [];
        let rest = false;
        for await (const { items, more } of pages(findings, filter, options.limit)) {
          all.push(...items);
          rest = more;
        }
        if (all.length === 0) return void process.stderr.write('Nothing was noticed.\n');
        printLines(findingTable(all));
        if (rest) process.stderr.write(`There are more; --limit ${options.limit * 4} shows them.\n`);
      }),
    );
}

/** Page by page, at most so many. */
async function* pages(findings: FindingSource, filter: FindingsPage, limit: number) {
  let cursor: string | undefined;
  let left = limit;
  do {
    const page = await findings.list({
      ...filter,
      limit: Math.min(500, left),
      ...(cursor !== undefined && { cursor }),
    });
    left -= page.items.length;
    cursor = page.next;
    yield { items: page.items, more: cursor !== undefined };
  } while (cursor !== undefined && left > 0);
}

/** @throws UsageError `usage` */
function filterOf(options: Options): FindingsPage {
  const among = <T extends string>(
    given: readonly string[],
    known: readonly T[],
    name: string,
  ): readonly T[] | undefined => {
    const values = given.flatMap((text) => text.split(','));
    const unknown = values.find((value) => !(known as readonly string[]).includes(value));
    if (unknown !== undefined)
      throw new UsageError('usage', `--${name}: there is no ${JSON.stringify(unknown)}`, {
        remedy: `there are ${known.join(', ')}`,
      });
    return values.length > 0 ? (values as T[]) : undefined;
  };
  const moment = (text: string | undefined, name: string): number | undefined => {
    if (text === undefined) return undefined;
    const now = Date.now();
    const read = readMoment(text, { timeZone: options.tz ?? localTimeZone(), now });
    if (typeof read === 'string') throw new UsageError('usage', `--${name}: ${read}`);
    return Math.round('at' in read.moment ? read.moment.at : now - read.moment.ago);
  };
  const { who: identity, connection, session, family, op: operation, cause } = options;
  const all = {
    states: among(options.state, FINDING_STATES, 'state'),
    severities: among(options.severity, SEVERITIES, 'severity'),
    detectors: among(options.detector, DETECTORS, 'detector'),
    identity,
    connection,
    session,
    family,
    operation,
    cause,
    from: moment(options.since, 'since'),
    until: moment(options.until, 'until'),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

export function suppressionsCommand(): Command {
  const list = recordOptions(new Command('list'), 'print one JSON object a line')
    .description('List what is not told any more; what happens when nothing else is said.')
    .action((options: RecordOptions) =>
      withRecords(options, async ({ findings }) => {
        const all = await findings.suppressions();
        if (options.json) return printJsonLines(all);
        if (all.length === 0) return void process.stderr.write('Nothing is suppressed.\n');
        printLines(suppressionTable(all));
      }),
    );
  const revoke = recordOptions(new Command('revoke'), 'print it as JSON')
    .description('End a suppression: what is alike is told again.')
    .argument('<id>', 'its id, or the beginning of it')
    .option('--reason <reason>', 'the reason, for the record')
    .action((id: string, options: RecordOptions & { readonly reason?: string }) =>
      withRecords(options, async ({ findings }) => {
        const ended = await findings.revoke(id, options.reason);
        if (options.json) return printJson(ended);
        printLines([
          `Told again: ${printable(scopeText(ended))} (until ${shortTime(ended.expires)} it would not have been).`,
        ]);
      }),
    );
  return new Command('suppressions')
    .description('List what is not told any more since a finding was dismissed, or revoke it.')
    .addCommand(list, { isDefault: true })
    .addCommand(revoke);
}
