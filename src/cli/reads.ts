// `dogwatch reads`: who looked at what, when, and over which range.
import { Command } from 'commander';
import { readsLines } from './inquiry-text.ts';
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
}

export function readsCommand(): Command {
  return recordOptions(new Command('reads'), 'print everything as JSON')
    .description('Show who looked at what, when, and over which range of time.')
    .argument('[query...]', 'one line of the query language')
    .option('-n, --limit <n>', 'reads to show, newest first', wholeNumber(1, 200), 50)
    .addHelpText('after', "\nExamples:\n  dogwatch reads 'metric:auth.*'\n  dogwatch reads 'query:password since:24h'")
    .action((words: string[], options: Options) =>
      withRecords(options, async (records) => {
        const reads = await records.ask.reads({
          query: words.join(' '),
          timeZone: localTimeZone(),
          limit: options.limit,
        });
        if (options.json) return printJson(reads);
        if (reads.items.length === 0) return void process.stderr.write('Nobody looked at that through Dogwatch.\n');
        printLines(readsLines(reads, paint()));
        if (reads.next !== undefined) process.stderr.write('There are older ones; --limit shows up to 200.\n');
      }),
    );
}
