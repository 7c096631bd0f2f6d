// `dogwatch login` and `dogwatch logout`: sign in to a gateway with the company's identity provider, and out.
import { Command } from 'commander';
import type { LoginOptions } from './run-login.ts';

export function loginCommand(): Command {
  return new Command('login')
    .description("Sign in with the company's identity provider.")
    .argument('[api]', "address of the gateway's API ($DOGWATCH_API, the last one signed in to, this machine's)")
    .option('--device', 'show a code to type in on another device, for machines without a browser')
    .option('--provider <name>', 'identity provider, when the gateway has several')
    .option(
      '-c, --config <file>',
      'configuration file of a gateway on this machine ($DOGWATCH_CONFIG, ./dogwatch.yaml)',
    )
    .option('--json', 'print who signed in as JSON')
    .addHelpText(
      'after',
      '\nThe token is kept in $XDG_CONFIG_HOME/dogwatch/credentials.json for you alone, and used by the commands that ask an API.',
    )
    .action(async (api: string | undefined, options: LoginOptions) => {
      const { runLogin } = await import('./run-login.ts');
      await runLogin(api, options);
    });
}

export function logoutCommand(): Command {
  return new Command('logout')
    .description('Sign out: the token ends at once, and is forgotten here.')
    .action(async () => {
      const { runLogout } = await import('./run-login.ts');
      await runLogout();
    });
}
