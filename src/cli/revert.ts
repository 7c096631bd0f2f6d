// `dogwatch revert`: puts back what a session or one exchange changed.
import { Command } from 'commander';
import { planLines } from './inquiry-text.ts';
import { printJson, printLines, recordOptions, withRecords } from './record-options.ts';
import type { RevertOptions } from './run-revert.ts';
import { paint } from './terminal.ts';

export function revertCommand(): Command {
  return recordOptions(new Command('revert'), 'print plan and results as JSON')
    .description('Show the calls that put back what a session or an exchange changed; --apply sends them.')
    .argument('<id>', 'session or exchange id, or its beginning as a table shows it; or the name of a session')
    .option('--apply', 'send the calls through the gateway, under your own name')
    .option('--force', 'send them although something was changed since')
    .option('--gateway <url>', 'the gateway ($DOGWATCH_GATEWAY, else that of the sign-in or the configuration)')
    .option('--subject-token-file <file>', 'your token ($DOGWATCH_TOKEN, else that of `dogwatch login`)')
    .addHelpText(
      'after',
      `
The plan says what it cannot put back: new ids, secrets, what was sent. Policy judges the calls like any other, and they are
recorded: a session revert-… holds them. Nothing is sent when a resource is no longer as the change left it, unless --force.`,
    )
    .action((id: string, options: RevertOptions) =>
      withRecords(options, async (records) => {
        const plan = await records.ask.revert(id);
        if (!options.apply) {
          if (options.json) return printJson({ plan });
          return printLines([
            ...planLines(plan, paint()),
            ...(plan.steps.length > 0 ? ['', 'Nothing was sent; --apply does.'] : []),
          ]);
        }
        const { runRevert } = await import('./run-revert.ts');
        return runRevert(plan, options);
      }),
    );
}
