// `dogwatch keys`: make, replace and show the keys of a data directory. Secret material is never printed.
import { dirname, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { UsageError } from '../exchange/error.ts';
import { findConfig, locateConfig } from './locate-config.ts';
import { printable } from './printable.ts';
import { printJson, printLines } from './record-options.ts';

interface Common {
  readonly config?: string;
  readonly json?: true;
}

interface RotateOptions extends Common {
  readonly signing?: true;
  readonly encryption?: true;
  readonly to?: string;
}

export function keysCommand(): Command {
  const group = new Command('keys').description('The keys that encrypt and sign the journal.');
  for (const command of [initCommand(), rotateCommand(), showCommand()]) group.addCommand(command);
  return group;
}

const subcommand = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .option('-c, --config <file>', 'configuration file ($DOGWATCH_CONFIG, ./dogwatch.yaml)');

function initCommand(): Command {
  return subcommand('init', 'Make the keys that the configuration names and that are not there yet.').action(
    async (options: Common) => {
      const config = await findConfig(options.config);
      const { hasKeyFile, keyProvider } = await import('../journal/key-provider.ts');
      const lines: string[] = [];
      for (const what of ['encryption', 'signing'] as const) {
        const provider = keyProvider(config.keys[what], config.data);
        if (provider.file !== undefined && !hasKeyFile(provider)) {
          await provider.create(what);
          lines.push(`${what}: made a new key in ${provider.file}`);
        } else {
          // One that is there already is only tried.
          await provider[what]();
          lines.push(`${what}: ${provider.place} holds a key already; nothing was changed`);
        }
      }
      printLines([
        ...lines.map((line) => printable(line)),
        'Keep copies of the keys in a safe place that is not a backup of the data.',
      ]);
    },
  );
}

function rotateCommand(): Command {
  return subcommand('rotate', 'Replace a key, while the gateway is stopped.')
    .addOption(new Option('--encryption', 'replace the key-encryption key').conflicts('signing'))
    .option('--signing', 'replace the key that signs checkpoints')
    .option('--to <source>', "where the new key stands, as the configuration would say it: 'env: NEW_KEY'")
    .addHelpText(
      'after',
      `
Without --to a new file takes the place of the key's file; the old key stays beside it, for older backups.
Everything recorded stays readable and verifiable. Interrupted anywhere, the data directory opens as before;
the same command again ends what was begun.`,
    )
    .action(async (options: RotateOptions) => {
      if (!options.signing && !options.encryption) {
        throw new UsageError('usage', 'say which key: --encryption or --signing');
      }
      const config = await findConfig(options.config);
      const to = options.to === undefined ? undefined : await readSource(options, options.to);
      const [{ rotateEncryption, rotateSigning }, { osUser }] = await Promise.all([
        import('./rotate-keys.ts'),
        import('./open-records.ts'),
      ]);
      const rotate = options.signing ? rotateSigning : rotateEncryption;
      const done = await rotate(config, to, osUser());
      const field = options.signing ? 'keys.signing' : 'keys.encryption';
      printLines(
        done.inPlace
          ? [
              `${done.to} takes the place of ${done.from}.`,
              `The old key is in ${printable(done.old ?? '')}: backups made before need it. Otherwise remove it.`,
            ]
          : [
              `${done.to} is ready to take the place of ${done.from}.`,
              `Now say where it stands under ${field} in the configuration, and start the gateway.`,
              ...(options.signing
                ? []
                : ['Until then both keys open the data directory; from then on the new one alone.']),
            ],
      );
      if (options.signing) printLines(['Give the new line of /tlog/vkey to your auditors and witnesses.']);
    });
}

function showCommand(): Command {
  return subcommand('show', 'Show ids, public keys and places of the keys.')
    .option('--json', 'print it as JSON')
    .action(async (options: Common) => {
      const config = await findConfig(options.config);
      const [{ describeKeys }, { verifierKeyLines }] = await Promise.all([
        import('./rotate-keys.ts'),
        import('../journal/key-change.ts'),
      ]);
      const { encryption, signing } = await describeKeys(config);
      const history = await verifierKeyLines(config.data);
      if (options.json) return printJson({ encryption, signing, history });
      printLines(
        [
          `encryption   ${encryption.id}, from ${encryption.place}`,
          `             opens ${encryption.roots.length} roots${encryption.opens.length > 1 ? `; the key changes: ${encryption.opens.join(' to ')}` : ''}`,
          `signing      ${signing.vkey}, from ${signing.place}`,
          ...(signing.signs || history.length === 0
            ? []
            : ['             this is NOT the key that the journal is signed with']),
          ...history.map((line, at) => `${at === 0 ? 'history      ' : '             '}${line}`),
        ].map((line) => printable(line)),
      );
    });
}

/** Reads --to with the schema of the configuration. */
async function readSource(options: RotateOptions, text: string) {
  const [{ parse }, { absolutePlace, encryptionSource, signingSource }] = await Promise.all([
    import('yaml'),
    import('../config/keys.ts'),
  ]);
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    value = undefined;
  }
  const result = (options.signing ? signingSource : encryptionSource).safeParse(value);
  if (!result.success) {
    throw new UsageError('usage', `--to is no place of a key: ${result.error.issues[0]?.message ?? 'wrong form'}`, {
      remedy: "write it as the configuration would: --to 'file: ./keys/new.key'",
    });
  }
  return absolutePlace(result.data, dirname(resolve(locateConfig(options.config))));
}
