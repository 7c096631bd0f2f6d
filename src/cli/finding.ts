// `dogwatch finding`: all about one finding, and deciding about it.
import { Command, InvalidArgumentError, Option } from 'commander';
import type { DecisionWanted } from '../api/findings.ts';
import { parseDuration } from '../config/units.ts';
import { UsageError } from '../exchange/error.ts';
import { findingLines, scopeText } from './finding-text.ts';
import { printable } from './printable.ts';
import { printJson, printLines, type RecordOptions, recordOptions, withRecords } from './record-options.ts';
import { shortTime } from './row-table.ts';
import { paint } from './terminal.ts';

const SCOPES = ['detector', 'identity', 'connection', 'family', 'operation'] as const;
type Scope = (typeof SCOPES)[number];

interface Options extends RecordOptions {
  readonly acknowledge?: true;
  readonly dismiss?: string;
  readonly resolve?: true;
  readonly reopen?: true;
  readonly reason?: string;
  /** Milliseconds. */
  readonly suppress?: number;
  readonly scope?: readonly Scope[];
}

export function findingCommand(): Command {
  return recordOptions(new Command('finding'), 'print it as JSON')
    .description('Tell all about one finding, or decide about it.')
    .argument('<id>', 'its id, or the beginning of it')
    .addOption(new Option('--acknowledge', 'somebody is looking at it').conflicts(['dismiss', 'resolve', 'reopen']))
    .addOption(new Option('--dismiss <reason>', 'it is no news, and why').conflicts(['resolve', 'reopen', 'reason']))
    .addOption(new Option('--resolve', 'it is dealt with').conflicts('reopen'))
    .option('--reopen', 'open it again')
    .option('--reason <reason>', 'the reason of another decision than a dismissal, for the record')
    .option('--suppress <duration>', 'with --dismiss: do not tell of what is alike for so long, such as 7d', duration)
    .option(
      '--scope <names>',
      `with --suppress: what must be alike, separated by commas: ${SCOPES.join(', ')} (all that the finding tells)`,
      scope,
    )
    .action((id: string, options: Options) =>
      withRecords(options, async ({ findings }) => {
        const wanted = decisionOf(options);
        if (!wanted) {
          const view = await findings.one(id);
          if (options.json) printJson(view);
          else printLines(findingLines(view, paint()));
          return;
        }
        const done = await findings.decide(id, wanted);
        if (options.json) return printJson(done);
        const { finding, suppression } = done;
        printLines([
          `${finding.state}: ${printable(finding.title)}`,
          ...(suppression
            ? [
                `Not told until ${shortTime(suppression.expires)}: ${printable(scopeText(suppression))}. \`dogwatch suppressions revoke ${suppression.id}\` ends that.`,
              ]
            : []),
        ]);
      }),
    );
}

/** What is to be decided, if anything. @throws UsageError `usage` */
function decisionOf({
  acknowledge,
  dismiss,
  resolve,
  reopen,
  reason,
  suppress,
  scope: wanted,
}: Options): DecisionWanted | undefined {
  if (suppress !== undefined && dismiss === undefined)
    throw new UsageError('usage', '--suppress goes with --dismiss', { remedy: 'say why it is no news: --dismiss "…"' });
  if (wanted !== undefined && suppress === undefined) throw new UsageError('usage', '--scope goes with --suppress');
  if (dismiss !== undefined)
    return {
      state: 'dismissed',
      reason: dismiss,
      ...(suppress !== undefined && { suppress: { for: suppress, ...(wanted && { scope: wanted }) } }),
    };
  const state = acknowledge ? 'acknowledged' : resolve ? 'resolved' : reopen ? 'open' : undefined;
  if (state === undefined) {
    if (reason !== undefined) throw new UsageError('usage', '--reason goes with --acknowledge, --resolve or --reopen');
    return undefined;
  }
  return { state, ...(reason !== undefined && { reason }) };
}

function duration(text: string): number {
  const value = parseDuration(text);
  if (value !== undefined && value >= 60_000 && value <= 366 * 86_400_000) return Math.round(value);
  throw new InvalidArgumentError('expected a duration from 1m to 366d, such as 7d.');
}

function scope(text: string): readonly Scope[] {
  const names = text.split(',');
  if (names.every((name) => (SCOPES as readonly string[]).includes(name))) return names as Scope[];
  throw new InvalidArgumentError(`expected some of ${SCOPES.join(', ')}.`);
}
