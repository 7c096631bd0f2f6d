// `dogwatch check`: validates the configuration, and tries what it names.
import { Command } from 'commander';

export function checkCommand(): Command {
  return new Command('check')
    .description('Validate the configuration; try its keys, issuers and connections.')
    .option('-c, --config <file>', 'configuration file ($DOGWATCH_CONFIG, ./dogwatch.yaml)')
    .option('--offline', 'ask neither issuers nor Datadog')
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', '\nExit status: 0 when nothing failed, 1 when something did, 2 when the file is not valid.')
    .action(async (options: { config?: string; json?: true; offline?: true }) => {
      const { runCheck } = await import('./run-check.ts');
      const good = await runCheck({
        config: options.config,
        offline: options.offline === true,
        json: options.json === true,
      });
      if (!good) process.exitCode = 1;
    });
}
