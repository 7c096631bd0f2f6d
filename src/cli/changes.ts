// `dogwatch changes`: what was altered in a time, riskiest first.
import { Command } from 'commander';
import { changesLines } from './inquiry-text.ts';
import {
  localTimeZone,
  printJson,
  printLines,
  type RecordOptions,
  recordOptions,
  wholeNumber,
  withRecords,
} from './record-options.ts';
import { paint } from './terminal.ts';

interface Options extends RecordOptions {
  readonly limit: number;
  readonly kind?: string;
  readonly before?: string;
  readonly window: string;
}

export function changesCommand(): Command {
  return recordOptions(new Command('changes'), 'print everything as JSON')
    .description('Show what was altered before a moment, riskiest first.')
    .argument('[query...]', 'further terms of the query language')
    .option('--kind <kind>', 'only this kind of resource, such as monitor, or one, such as monitor/123')
    .option('--before <time>', 'the moment, such as "2026-11-22 10:00"; now when absent')
    .option('--window <time>', 'how long before it: 90m, 2h, 3d', '24h')
    .option('-n, --limit <n>', 'changes to show', wholeNumber(1, 1000), 200)
    .addHelpText('after', '\nExample:\n  dogwatch changes --kind monitor --before "2026-11-22 10:00" --window 2h')
    .action((words: string[], options: Options) =>
      withRecords(options, async (records) => {
        const changes = await records.ask.changes({
          query: words.join(' '),
          kind: options.kind,
          before: options.before,
          window: options.window,
          timeZone: localTimeZone(),
          limit: options.limit,
        });
        if (options.json) return printJson(changes);
        printLines(changesLines(changes, paint()));
      }),
    );
}
