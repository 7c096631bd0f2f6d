// `dogwatch demo`: everything on this machine, with two agents to watch.
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { DEMO_DIRECTORY } from '../locate-config.ts';

interface Options {
  readonly once?: true;
  readonly data: string;
  readonly port: number;
  readonly apiPort: number;
}

export function demoCommand(): Command {
  return new Command('demo')
    .description('See it work: a demo issuer, a small Datadog, the gateway, and two agents, all on this machine.')
    .option('--once', 'end after the story instead of staying up')
    .option('--data <dir>', 'where configuration, keys and data are kept', DEMO_DIRECTORY)
    .option('--port <n>', 'port of the gateway; 0 for any free one', port, 8080)
    .option('--api-port <n>', 'port of the API; 0 for any free one', port, 8090)
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

function port(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('expected a port number from 0 to 65535.');
}
