// `dogwatch init`: writes a commented configuration and new keys.
import { closeSync, existsSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { exampleConfig } from '../config/example.ts';
import { SITES } from '../datadog/sites.ts';
import { UsageError } from '../exchange/error.ts';

interface Options {
  readonly name: string;
  readonly issuer?: string;
  readonly audience: string;
  readonly site: string;
}

export function initCommand(): Command {
  return new Command('init')
    .description('Write a commented dogwatch.yaml and new keys.')
    .argument('[directory]', 'where to write them', '.')
    .option('--name <name>', 'name of the journal', 'dogwatch')
    .option('--issuer <url>', "OpenID Connect issuer of the agents' tokens")
    .option('--audience <audience>', 'audience that the tokens are for', 'dogwatch')
    .addOption(new Option('--site <site>', 'Datadog site').choices(SITES).default('datadoghq.com'))
    .action(async (directory: string, options: Options) => {
      const [{ parseConfig }, { createKeys }] = await Promise.all([
        import('../config/config.ts'),
        import('../journal/keys.ts'),
      ]);
      const base = resolve(directory);
      const file = join(base, 'dogwatch.yaml');
      if (existsSync(file))
        throw new UsageError('usage', `${file} is there already`, {
          remedy: 'an existing configuration is never replaced; name another directory',
        });
      const text = exampleConfig({ ...options, issuer: options.issuer });
      // What was asked for may be wrong (a name with blanks, an issuer that is no URL): say so before anything is written.
      const config = parseConfig(text, file);
      mkdirSync(base, { recursive: true });
      writeNew(file, text);
      const keys = { kek: join(base, 'keys', 'encryption.key'), signing: join(base, 'keys', 'signing.key') };
      try {
        createKeys(keys, config.data);
      } catch (error) {
        rmSync(file);
        throw error;
      }
      const shown = (path: string) => relative(process.cwd(), path) || '.';
      // Started by npx in a checkout, the command is not on the PATH.
      const command = process.env.npm_command === 'exec' ? 'npx dogwatch' : 'dogwatch';
      const at = base === process.cwd() ? '' : ` --config ${shown(file)}`;
      process.stdout.write(`Written: ${shown(file)}, ${shown(keys.kek)}, ${shown(keys.signing)}
Keep copies of both keys in a safe place that is not a backup of the data: without them the record cannot be read.

Next:
  1. Edit ${shown(file)}: ${options.issuer === undefined ? 'your issuer, ' : ''}groups and roles.
  2. ${command} connection add main${at}      asks for the Datadog keys and seals them
  3. ${command} check${at}                    tries issuer and connection
  4. ${command} serve${at}
`);
    });
}

function writeNew(file: string, text: string): void {
  const fd = openSync(file, 'wx', 0o640);
  try {
    writeSync(fd, text);
  } finally {
    closeSync(fd);
  }
}
