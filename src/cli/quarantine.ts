// `dogwatch quarantine`: bounds what an identity or a session may still do, from its next request on.
import { Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../config/units.ts';
import { UsageError } from '../exchange/error.ts';
import { CONTAINMENT_LEVELS, type Containment, type ContainmentLevel } from '../exchange/finding.ts';
import { printJson, printJsonLines, printLines, wholeNumber } from './record-options.ts';
import { shortTime } from './row-table.ts';
import { tableLines } from './table.ts';
import { wholeId } from './whole-id.ts';

interface Common {
  readonly config?: string;
  readonly json?: true;
}

interface AddOptions extends Common {
  readonly session?: string;
  readonly level: ContainmentLevel;
  readonly for?: number;
  readonly rate?: number;
  readonly reason: string;
  readonly finding?: string;
}

const answering = () => import('./reach-response.ts');

export function quarantineCommand(): Command {
  const group = new Command('quarantine').description('Contain identities and sessions, from their next request on.');
  for (const command of [addCommand(), listCommand(), releaseCommand()]) group.addCommand(command);
  return group;
}

function common(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration file ($DOGWATCH_CONFIG, ./dogwatch.yaml)')
    .option('--json', 'print JSON');
}

function addCommand(): Command {
  return common(new Command('add'))
    .description('Contain an identity, or a session.')
    .argument('[issuer#subject]', 'the identity, such as https://login.example.com#agent-7')
    .option('--session <id>', 'a session instead, as `dogwatch sessions` shows it')
    .addOption(
      new Option('--level <level>', 'what it may still do')
        .choices(CONTAINMENT_LEVELS)
        .default('quarantine', 'nothing'),
    )
    .option('--for <duration>', 'how long, such as 2h; until it is released when absent', duration)
    .option('--rate <calls>', 'calls a minute, with --level throttle (30)', wholeNumber(1, 100_000))
    .requiredOption('--reason <reason>', 'the reason, for the record')
    .option('--finding <id>', 'the finding that it answers')
    .addHelpText(
      'after',
      `
throttle lets so many calls a minute through; read-only refuses whatever is not a read; approval holds it until
an operator approves that very call (dogwatch approvals); quarantine refuses every call.
The API stays open to whoever may use it: to end access to Dogwatch itself, use \`dogwatch revoke\`.`,
    )
    .action(async (identity: string | undefined, options: AddOptions) => {
      const { session, level, for: time, rate, reason, finding } = options;
      if ((identity === undefined) === (session === undefined)) {
        throw new UsageError('usage', 'either an identity or --session is contained', {
          remedy: 'an identity is written issuer#subject; quote it, since # begins a comment in most shells',
        });
      }
      const { withAnswering } = await answering();
      const made = await withAnswering(options.config, ({ contain }) =>
        contain({
          level,
          reason,
          ...(identity === undefined ? { session } : { identity }),
          ...(rate !== undefined && { rate }),
          ...(time !== undefined && { for: time }),
          ...(finding !== undefined && { finding }),
        }),
      );
      if (options.json) return printJson(made);
      printLines([`${placeOf(made)} is contained: ${levelOf(made)}, until ${untilOf(made)}. ${made.id}`]);
    });
}

function listCommand(): Command {
  return common(new Command('list'))
    .description('List what is contained.')
    .action(async (options: Common) => {
      const { withAnswering } = await answering();
      const all = await withAnswering(options.config, ({ containments }) => containments());
      if (options.json) return printJsonLines(all);
      if (all.length === 0) return void process.stderr.write('Nothing is contained.\n');
      printLines(
        tableLines<Containment>(all, [
          { title: 'CONTAINMENT', value: ({ id }) => id, min: 36, max: 36, always: true },
          { title: 'LEVEL', value: levelOf, min: 9, max: 18, always: true },
          { title: 'OF', value: placeOf, min: 16, max: 80, always: true },
          { title: 'UNTIL', value: untilOf, min: 14, max: 20, always: true },
          { title: 'BY', value: ({ by }) => ('rule' in by ? `rule ${by.rule}` : by.name), min: 6, max: 24 },
          { title: 'WHY', value: ({ reason }) => reason, min: 10, max: 80 },
        ]),
      );
    });
}

function releaseCommand(): Command {
  return common(new Command('release'))
    .description('End a containment.')
    .argument('<id>', 'its id, or the beginning of it')
    .option('--reason <reason>', 'the reason, for the record')
    .action(async (id: string, options: Common & { reason?: string }) => {
      const { withAnswering } = await answering();
      const released = await withAnswering(options.config, async ({ containments, release }) =>
        release(wholeId(await containments(), id), options.reason),
      );
      if (options.json) return printJson(released);
      printLines([`Released ${placeOf(released)}.`]);
    });
}

const placeOf = ({ identity, session }: Containment): string => identity ?? `session ${session}`;
const levelOf = ({ level, rate }: Containment): string => (rate === undefined ? level : `${level} ${rate}/min`);
const untilOf = ({ expires }: Containment): string => (expires === undefined ? 'its release' : shortTime(expires));

function duration(text: string): number {
  const value = parseDuration(text);
  if (value !== undefined && value >= 1000) return value;
  throw new InvalidArgumentError('expected a duration such as 30m, 2h or 7d, of 1s at least.');
}
