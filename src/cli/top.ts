// `dogwatch top`: who calls what right now, redrawn every second.
import { Command, Option } from 'commander';
import {
  printJson,
  printLines,
  type RecordOptions,
  recordOptions,
  wholeNumber,
  withRecords,
} from './record-options.ts';
import type { TopShown } from './top-screen.ts';

interface Options extends RecordOptions {
  readonly by: TopShown;
  readonly who?: string;
  readonly connection?: string;
  readonly limit: number;
  readonly once?: true;
}

export function topCommand(): Command {
  return recordOptions(new Command('top'), 'print the rates once, as JSON')
    .description('Show the rates of the last minute by identity and operation, live.')
    .addOption(
      new Option('--by <what>', 'what a line is about').choices(['identity', 'operation', 'both']).default('both'),
    )
    .option('--who <issuer#subject>', 'only calls of that identity')
    .option('--connection <name>', 'only calls for that connection')
    .option('-n, --limit <n>', 'lines to show, as far as they fit', wholeNumber(1, 500), 50)
    .option('--once', 'print the rates once; without a terminal that is what happens')
    .action((options: Options) =>
      withRecords(options, async ({ findings }) => {
        const { by, who: identity, connection, limit } = options;
        const asked = {
          by,
          limit,
          ...(identity !== undefined && { identity }),
          ...(connection !== undefined && { connection }),
        };
        if (options.json) return printJson(await findings.top(asked));
        const { showTop, topLines } = await import('./top-screen.ts');
        if (options.once || !process.stdout.isTTY) return printLines(topLines(await findings.top(asked), { by }));
        // What is refused is told before the screen is taken over.
        await findings.top(asked);
        const why = await showTop((signal) => findings.followTop(asked, signal), by);
        if (why !== undefined) process.stderr.write(`${why}\n`);
      }),
    );
}
