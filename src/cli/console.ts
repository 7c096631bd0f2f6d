// `dogwatch console`: opens the console of the gateway that runs here, signed in as the local operator.
import { Command } from 'commander';

export function consoleCommand(): Command {
  return new Command('console')
    .description('Print a link that signs you in to the console, once, on this machine.')
    .option('-c, --config <file>', 'configuration file ($DOGWATCH_CONFIG, ./dogwatch.yaml)')
    .option('--json', 'print the link and its end as JSON')
    .addHelpText(
      'after',
      '\nThe link is for who may read the keys of the gateway, is good for ten minutes, and works on the machine of the gateway alone.\nPeople elsewhere sign in at the console by an identity provider (signIn in the configuration).',
    )
    .action(async ({ config, json }: { config?: string; json?: true }) => {
      const { consoleLink } = await import('./console-link.ts');
      const { url, expiresAt } = await consoleLink(config);
      if (json) process.stdout.write(`${JSON.stringify({ url, expiresAt })}\n`);
      else process.stdout.write(`Open this link within ten minutes; it works once:\n\n  ${url}\n\n`);
    });
}
