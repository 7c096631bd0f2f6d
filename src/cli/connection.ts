// `dogwatch connection`: Datadog organisations and their sealed credentials.
import { mkdirSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { Config } from '../config/config.ts';
import { didYouMean } from '../config/spelling.ts';
import { SITES } from '../datadog/sites.ts';
import { DogwatchError, UsageError } from '../exchange/error.ts';
import type { Connection, Vault } from '../vault/vault.ts';
import { findConfig } from './locate-config.ts';
import { readSecrets, type SecretOptions } from './read-secrets.ts';
import { printJsonLines, printLines } from './record-options.ts';
import { shortTime } from './row-table.ts';
import { tableLines } from './table.ts';

interface Common {
  readonly config?: string;
  readonly json?: true;
}

interface AddOptions extends Common, SecretOptions {
  readonly site?: string;
  readonly group?: string[];
  readonly readOnly?: true;
  readonly default?: true;
  /** False with --no-images. */
  readonly images: boolean;
  readonly sandbox?: true;
  readonly upstream?: string;
}

const SECRETS = `
The secrets come from a hidden prompt, or from stdin when it is no terminal: the API key and the application key,
each on a line. Never from arguments, which other users of the machine can see.`;

export function connectionCommand(): Command {
  const group = new Command('connection').description('Datadog organisations and their credentials.');
  group.addCommand(addCommand());
  group.addCommand(listCommand());
  group.addCommand(testCommand());
  group.addCommand(rotateCommand());
  group.addCommand(removeCommand());
  return group;
}

function subcommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('-c, --config <file>', 'configuration file ($DOGWATCH_CONFIG, ./dogwatch.yaml)');
}

function secretOptions(command: Command): Command {
  return command
    .option('--token', 'an access token instead of API key and application key')
    .addOption(new Option('--env', 'take them from $DD_API_KEY and $DD_APP_KEY, or $DD_ACCESS_TOKEN').conflicts('file'))
    .option('--file <file>', 'take them from a file (mode 0600), each on a line')
    .addHelpText('after', SECRETS);
}

function addCommand(): Command {
  return secretOptions(subcommand('add', 'Add a connection, or the secrets of one that the configuration names.'))
    .argument('<name>')
    .addOption(new Option('--site <site>', `Datadog site: ${SITES.join(', ')}`))
    .option('--group <group...>', 'groups whose members may use it')
    .option('--read-only', 'refuse every action other than read')
    .option('--no-images', 'do not read what is about to be changed; changes can then not be told in full, nor undone')
    .option('--sandbox', 'an organisation that is there to be changed: sessions may be replayed against it')
    .option('--default', 'use it for calls that name no connection')
    .option('--upstream <url>', 'reach its hosts here instead, for tests and proxies')
    .action(async (name: string, options: AddOptions) => {
      const config = await findConfig(options.config);
      const settings = settingsOf(config, name, options);
      mkdirSync(config.data, { recursive: true, mode: 0o700 });
      const secrets = await readSecrets(options);
      await change(config, name, `added connection ${name}`, (vault) => vault.add(settings, secrets));
    });
}

function settingsOf(config: Config, name: string, options: AddOptions): Parameters<Vault['add']>[0] {
  const named = config.connections.find((connection) => connection.name === name);
  if (named) {
    const given = (['site', 'group', 'readOnly', 'default', 'sandbox', 'upstream'] as const).filter(
      (option) => options[option] !== undefined,
    );
    if (given.length > 0 || !options.images) {
      throw new UsageError(
        'usage',
        `the configuration has the settings of connection ${name} already; it needs its secrets only`,
        { remedy: 'change the settings there' },
      );
    }
    const { apiKey: _apiKey, appKey: _appKey, accessToken: _accessToken, ...settings } = named;
    return settings;
  }
  const { site = 'datadoghq.com', group = [], upstream } = options;
  if (upstream === undefined && !(SITES as readonly string[]).includes(site)) {
    throw new UsageError('usage', `Datadog has no site ${site}${didYouMean(site, SITES)}`, {
      remedy: `sites are ${SITES.join(', ')}`,
    });
  }
  return {
    name,
    site,
    groups: group,
    readOnly: options.readOnly === true,
    default: options.default === true,
    images: options.images,
    sandbox: options.sandbox === true,
    ...(upstream !== undefined && { upstream }),
  };
}

function listCommand(): Command {
  return subcommand('list', 'List the connections, without secrets.')
    .option('--json', 'print one JSON object a line')
    .action(async (options: Common) => {
      const vault = await (await working()).readVault(await findConfig(options.config));
      const connections = vault.connections();
      if (options.json) return printJsonLines(connections);
      if (connections.length === 0)
        return void process.stderr.write('There are none; `dogwatch connection add NAME` adds one.\n');
      const preset = vault.defaultConnection()?.name;
      printLines(
        tableLines<Connection>(connections, [
          {
            title: 'NAME',
            value: ({ name }) => (name === preset ? `${name} (default)` : name),
            min: 10,
            max: 40,
            always: true,
          },
          {
            title: 'SITE',
            value: ({ upstream, site }) => (upstream === undefined ? site : `${site} at ${upstream}`),
            min: 14,
            max: 50,
            always: true,
          },
          { title: 'GROUPS', value: ({ groups }) => groups.join(', ') || '(nobody)', min: 8, max: 40, always: true },
          { title: 'ACCESS', value: ({ readOnly }) => (readOnly ? 'read only' : 'full'), min: 9, max: 9 },
          {
            title: 'SECRETS',
            value: secretsOf,
            min: 10,
            max: 60,
            paint: ({ credential }, colour) => (credential === 'missing' ? colour.red : (text) => text),
          },
        ]),
      );
    });
}

function secretsOf({ credential, sources, rotated }: Connection): string {
  if (credential === 'missing') return 'missing';
  const kind = credential === 'token' ? 'access token' : 'keys';
  return `${kind}, ${sources.join(' and ')}${rotated === undefined ? '' : ` since ${shortTime(rotated)}`}`;
}

function testCommand(): Command {
  return subcommand('test', 'Ask Datadog whether the credentials are good.')
    .argument('[name]', 'one connection; all when absent')
    .action(async (name: string | undefined, options: Common) => {
      const vault = await (await working()).readVault(await findConfig(options.config));
      const chosen = vault.connections().filter((connection) => name === undefined || connection.name === name);
      if (name !== undefined && chosen.length === 0) {
        const names = vault.connections().map((connection) => connection.name);
        throw new DogwatchError('unknown_connection', `there is no connection ${name}${didYouMean(name, names)}`, {
          remedy: '`dogwatch connection list` names them',
        });
      }
      for (const connection of chosen) {
        const good = await (await import('./test-connection.ts')).testConnection(
          connection,
          await vault.credential(connection.name),
        );
        process.stdout.write(`${connection.name}: ${good}\n`);
      }
    });
}

function rotateCommand(): Command {
  return secretOptions(subcommand('rotate', 'Replace the secrets of a connection.'))
    .argument('<name>')
    .action(async (name: string, options: Common & SecretOptions) => {
      const config = await findConfig(options.config);
      const secrets = await readSecrets(options);
      await change(config, name, `rotated the secrets of connection ${name}`, (vault) => vault.rotate(name, secrets));
    });
}

function removeCommand(): Command {
  return subcommand('remove', 'Remove a connection and its secrets from the vault.')
    .argument('<name>')
    .action(async (name: string, options: Common) => {
      const config = await findConfig(options.config);
      await change(config, name, `removed connection ${name}`, (vault) => vault.remove(name));
    });
}

/** What does the work, loaded when it is needed: the journal, the vault, the index. */
const working = () => import('./change-connections.ts');

async function change(
  config: Config,
  name: string,
  what: string,
  apply: (vault: Vault) => Promise<void>,
): Promise<void> {
  const { changeConnections } = await working();
  const { live } = await changeConnections(config, what, name, apply);
  process.stdout.write(`${what}${live ? '; the running gateway has taken it over' : ''}\n`);
}
