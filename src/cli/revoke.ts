// `dogwatch revoke`: what gets in no more, from the next request on.
import { Command } from 'commander';
import { UsageError } from '../exchange/error.ts';
import type { Revocation } from '../identity/grant.ts';
import type { Block, BlockKind } from '../identity/store-events.ts';
import { printJson, printJsonLines, printLines } from './record-options.ts';
import { shortTime } from './row-table.ts';
import { tableLines } from './table.ts';

interface Common {
  readonly config?: string;
  readonly json?: true;
  readonly lift?: true;
}

const MAX_TOKEN = 16 * 1024;

const reaching = () => import('./reach-identities.ts');

export function revokeCommand(): Command {
  const group = new Command('revoke').description('Revoke tokens, sessions, identities and issuers.');
  group.addCommand(
    subcommand(
      'token',
      "A token: its id, as entries and `dogwatch whoami` have it; or - and the token's text on stdin.",
    )
      .argument('<id>')
      .action(async (id: string, options: Common) => {
        if (options.lift) {
          await lift(options, 'token', id);
          return;
        }
        await revoke(options, id === '-' ? { by: 'token', token: await readToken() } : { by: 'id', id });
      }),
  );
  group.addCommand(
    subcommand('session', 'A session, and every token that was used in it.')
      .argument('<session>', 'its id, as `dogwatch sessions` shows it')
      .action(async (session: string, options: Common) =>
        options.lift ? lift(options, 'session', session) : revoke(options, { by: 'session', session }),
      ),
  );
  group.addCommand(
    subcommand('identity', 'An identity: whatever it signs in with, also as an actor for another.')
      .argument('<issuer#subject>', 'such as https://login.example.com#agent-7')
      .action(async (identity: string, options: Common) => {
        if (options.lift) {
          await lift(options, 'identity', identity);
          return;
        }
        const hash = identity.indexOf('#');
        if (hash < 1 || hash === identity.length - 1) {
          throw new UsageError('usage', 'an identity is written issuer#subject', {
            remedy: 'quote it, since # begins a comment in most shells',
          });
        }
        await revoke(options, {
          by: 'identity',
          issuer: identity.slice(0, hash),
          subject: identity.slice(hash + 1),
        });
      }),
  );
  group.addCommand(
    subcommand('issuer', 'An issuer: all of its tokens, and those of Dogwatch that were given for them.')
      .argument('<issuer>', 'its iss claim')
      .action(async (issuer: string, options: Common) =>
        options.lift ? lift(options, 'issuer', issuer) : revoke(options, { by: 'issuer', issuer }),
      ),
  );
  group.addCommand(listCommand());
  return group;
}

function subcommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--lift', 'let it in again, by its key in the list')
    .option('-c, --config <file>', 'configuration file ($DOGWATCH_CONFIG, ./dogwatch.yaml)')
    .option('--json', 'print JSON');
}

async function revoke({ config, json }: Common, what: Revocation): Promise<void> {
  const { withIdentities } = await reaching();
  const { ended } = await withIdentities(config, (identities) => identities.revoke(what));
  if (json) return printJson({ ended });
  const also = ended > 0 && what.by !== 'id' ? `; ${ended} token${ended === 1 ? '' : 's'} of Dogwatch ended` : '';
  printLines([`Revoked${also}. In effect from the next request on.`]);
}

async function lift({ config, json }: Common, by: BlockKind, key: string): Promise<void> {
  const { withIdentities } = await reaching();
  await withIdentities(config, (identities) => identities.lift(by, key));
  if (json) return printJson({ lifted: true });
  printLines(['Lifted. Tokens of Dogwatch that ended stay ended.']);
}

function listCommand(): Command {
  return new Command('list')
    .description('List what is revoked and has not ended by itself.')
    .option('-c, --config <file>', 'configuration file ($DOGWATCH_CONFIG, ./dogwatch.yaml)')
    .option('--json', 'print one JSON object a line')
    .action(async (options: Common) => {
      const { withIdentities } = await reaching();
      const blocks = await withIdentities(options.config, (identities) => identities.revocations());
      if (options.json) return printJsonLines(blocks);
      if (blocks.length === 0) return void process.stderr.write('Nothing is revoked.\n');
      printLines(
        tableLines<Block>(blocks, [
          { title: 'WHAT', value: ({ by }) => by, min: 8, max: 8, always: true },
          { title: 'KEY', value: ({ key }) => key, min: 20, max: 120, always: true },
          { title: 'SINCE', value: ({ at }) => shortTime(at), min: 12, max: 20, always: true },
          {
            title: 'UNTIL',
            value: ({ until }) => (until === undefined ? 'lifted' : shortTime(until)),
            min: 12,
            max: 20,
          },
        ]),
      );
    });
}

/** A token from stdin: an argument could be seen by other users of the machine. */
async function readToken(): Promise<string> {
  let text = '';
  for await (const piece of process.stdin.setEncoding('utf8') as AsyncIterable<string>) {
    text += piece;
    if (text.length > MAX_TOKEN) throw new UsageError('usage', 'what came on stdin is too long for a token');
  }
  const token = text.trim();
  if (token === '') throw new UsageError('usage', 'no token came on stdin');
  return token;
}
