// `dogwatch exec`: runs a command with a token of its own, so that what it asks of Datadog is one session under one name.
import { Command } from 'commander';
import type { ExecOptions } from './run-exec.ts';

const ABOUT = `
The command finds the token in every variable that Datadog's clients read: DD_API_KEY, DD_APP_KEY, DD_APPLICATION_KEY,
DD_ACCESS_TOKEN, DD_BEARER_TOKEN, the same with DATADOG_, and the gateway in DD_SITE, DD_HOST and DD_MCP_DOMAIN. The
token lives while the command runs, and ends with it. Who runs it is told by --subject-token-file, else
$DOGWATCH_TOKEN, else \`dogwatch login\`.`;

export function execCommand(): Command {
  return new Command('exec')
    .description('Run a command as a session of its own.')
    .argument('<command>', 'the command; put -- before it')
    .argument('[arguments...]')
    .option('--session <name>', "the session's name; made of the command and the time when absent")
    .option('--connection <name>', 'the only connection it may use')
    .option('--read-only', 'refuse every action other than read')
    .option('--subject-token-file <file>', "a file with a token of one's own, such as a CI job's")
    .option('--gateway <url>', 'the gateway ($DOGWATCH_GATEWAY, or that of the sign-in or configuration)')
    .option('-c, --config <file>', 'configuration file ($DOGWATCH_CONFIG, ./dogwatch.yaml)')
    .addHelpText('after', ABOUT)
    .action(async (command: string, args: string[], options: ExecOptions) => {
      const { runExec } = await import('./run-exec.ts');
      await runExec(command, args, options);
    });
}
