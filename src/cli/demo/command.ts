// `dogwatch demo`: everything on this machine, with two agents to watch.
import { resolve } from 'node:path';
import { Command } from 'commander';
import { DEMO_DIRECTORY } from '../locate-config.ts';
import { portNumber } from '../port-number.ts';

interface Options {
  readonly once?: true;
  readonly data: string;
  readonly port: number;
  readonly apiPort: number;
}

export function demoCommand(): Command {
  return new Command('demo')
    .description('See it work: a demo issuer, a sandbox of Datadog, the gateway, and two agents, all on this machine.')
    .option('--once', 'end after the story instead of staying up')
    .option('--data <dir>', 'where configuration, keys and data are kept', DEMO_DIRECTORY)
    .option('--port <n>', 'port of the gateway; 0 for any free one', portNumber, 8080)
    .option('--api-port <n>', 'port of the API; 0 for any free one', portNumber, 8090)
    .action(async (options: Options) => {
      const { runDemo } = await import('./run.ts');
      await runDemo({
        directory: resolve(options.data),
        port: options.port,
        apiPort: options.apiPort,
        once: options.once === true,
      });
    });
}
