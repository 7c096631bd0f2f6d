// `dogwatch agent`: service accounts, for agents that have no issuer to sign in with.
import { Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../config/units.ts';
import type { Minted } from '../identity/grant.ts';
import type { ShownAccount } from '../identity/service-accounts.ts';
import { printJson, printJsonLines, printLines } from './record-options.ts';
import { repeated } from './repeated.ts';
import { shortTime } from './row-table.ts';
import { tableLines } from './table.ts';

interface Common {
  readonly config?: string;
  readonly json?: true;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const reaching = () => import('./reach-identities.ts');

export function agentCommand(): Command {
  const group = new Command('agent').description('Service accounts: named agents with a long-lived token.');
  for (const command of [createCommand(), listCommand(), rotateCommand(), revokeCommand()]) group.addCommand(command);
  return group;
}

function subcommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('-c, --config <file>', 'configuration file ($DOGWATCH_CONFIG, ./dogwatch.yaml)')
    .option('--json', 'print JSON');
}

/** A duration in units of `unit` milliseconds, rounded up. */
function within(unit: number, min: number, max: number, called: string): (text: string) => number {
  return (text) => {
    const value = Math.ceil((parseDuration(text) ?? Number.NaN) / unit);
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`expected a duration of ${called}, such as 24h or 90d.`);
  };
}

const days = within(DAY, 1, 366, '1 to 366 days');

function createCommand(): Command {
  return subcommand('create', 'Create a service account. Its token is shown this once, on stdout.')
    .argument('<name>')
    .option('--group <group>', 'a group it is in; may be given several times', repeated, [])
    .option('--expires <duration>', 'how long its token is good for', days, 90)
    .action(async (name: string, options: Common & { group: string[]; expires: number }) => {
      const { withIdentities } = await reaching();
      const minted = await withIdentities(options.config, (identities) =>
        identities.create(name, options.group, options.expires),
      );
      show(minted, options, `Created ${name}.`);
    });
}

function rotateCommand(): Command {
  return subcommand('rotate', 'Give a service account a new token, shown this once; the old ones end after a while.')
    .argument('<name>')
    .option('--expires <duration>', 'how long the new token is good for', days, 90)
    .option('--overlap <duration>', 'how long the old ones stay good', within(HOUR, 0, 720, 'at most 30 days'), 24)
    .action(async (name: string, options: Common & { expires: number; overlap: number }) => {
      const { withIdentities } = await reaching();
      const minted = await withIdentities(options.config, (identities) =>
        identities.rotate(name, options.expires, options.overlap),
      );
      const old = options.overlap === 0 ? 'have ended' : `end within ${options.overlap} h`;
      show(minted, options, `Rotated ${name}; its other tokens ${old}.`);
    });
}

function revokeCommand(): Command {
  return subcommand('revoke', 'End a service account and all its tokens, at once.')
    .argument('<name>')
    .action(async (name: string, options: Common) => {
      const { withIdentities } = await reaching();
      const { ended } = await withIdentities(options.config, (identities) => identities.remove(name));
      if (options.json) return printJson({ ended });
      printLines([`Revoked ${name}; ${ended} token${ended === 1 ? '' : 's'} ended.`]);
    });
}

/** The token alone on stdout, so that it can be piped into a secret store; the rest on stderr. */
function show(minted: Minted, { json }: Common, what: string): void {
  if (json) {
    printJson(minted);
    return;
  }
  process.stderr.write(
    `${what} The token ${minted.id} is good until ${shortTime(minted.expiresAt)}, shown this once:\n`,
  );
  process.stdout.write(`${minted.token}\n`);
}

function listCommand(): Command {
  return subcommand('list', 'List the service accounts, their tokens and when those were last used.').action(
    async (options: Common) => {
      const { withIdentities } = await reaching();
      const accounts = await withIdentities(options.config, (identities) => identities.accounts());
      if (options.json) return printJsonLines(accounts);
      if (accounts.length === 0) {
        return void process.stderr.write('There are none; `dogwatch agent create NAME` makes one.\n');
      }
      printLines(
        tableLines<ShownAccount>(accounts, [
          { title: 'NAME', value: ({ name }) => name, min: 10, max: 63, always: true },
          { title: 'GROUPS', value: ({ groups }) => groups.join(', ') || '(none)', min: 8, max: 40, always: true },
          { title: 'TOKENS', value: ({ tokens }) => String(tokens.length), min: 6, max: 6 },
          { title: 'GOOD UNTIL', value: goodUntil, min: 12, max: 20, always: true },
          { title: 'LAST USED', value: lastUsed, min: 12, max: 20, always: true },
          { title: 'CREATED', value: ({ created, by }) => `${shortTime(created)} by ${by}`, min: 12, max: 50 },
        ]),
      );
    },
  );
}

const goodUntil = ({ tokens }: ShownAccount): string =>
  tokens.length === 0 ? 'ended' : shortTime(Math.max(...tokens.map(({ expiresAt }) => expiresAt)));

function lastUsed({ tokens }: ShownAccount): string {
  const times = tokens.flatMap(({ lastUsed: used }) => (used === undefined ? [] : [used]));
  return times.length === 0 ? 'never' : shortTime(Math.max(...times));
}
