// `dogwatch tail`: follows exchanges as they are recorded.
import { Command } from 'commander';
import {
  localTimeZone,
  printLines,
  type RecordOptions,
  recordOptions,
  wholeNumber,
  withRecords,
} from './record-options.ts';
import { rowLines } from './row-table.ts';

interface Options extends RecordOptions {
  readonly last: number;
}

export function tailCommand(): Command {
  return recordOptions(new Command('tail'), 'print one JSON object a line')
    .description('Follow exchanges as they are recorded.')
    .argument('[query...]', 'one line of the query language; everything when absent')
    .option('-n, --last <n>', 'begin with so many of the latest', wholeNumber(0, 200), 10)
    .action((words: string[], options: Options) =>
      withRecords(options, async (records) => {
        if (!records.live) process.stderr.write('No gateway runs here, so nothing new can come; these are the last.\n');
        let header = true;
        for await (const row of records.tail({
          query: words.join(' '),
          last: options.last,
          timeZone: localTimeZone(),
        })) {
          if (options.json) process.stdout.write(`${JSON.stringify(row)}\n`);
          else printLines(rowLines([row], { header }));
          header = false;
        }
      }),
    );
}
