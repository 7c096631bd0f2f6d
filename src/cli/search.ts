// `dogwatch search`: finds exchanges.
import { Command, Option } from 'commander';
import type { Row } from '../index/search-index.ts';
import {
  localTimeZone,
  printJsonLines,
  printLines,
  type RecordOptions,
  recordOptions,
  wholeNumber,
  withRecords,
} from './record-options.ts';
import { rowLines } from './row-table.ts';

interface Options extends RecordOptions {
  readonly limit: number;
  readonly order: 'newest' | 'oldest';
}

export function searchCommand(): Command {
  return recordOptions(new Command('search'), 'print one JSON object a line')
    .description('Find exchanges.')
    .argument('[query...]', 'one line of the query language; everything when absent')
    .option('-n, --limit <n>', 'rows to show', wholeNumber(1, 10_000), 50)
    .addOption(new Option('--order <order>', 'which rows come first').choices(['newest', 'oldest']).default('newest'))
    .addHelpText(
      'after',
      `
Examples:
  dogwatch search 'op:v1.CreateDashboard since:1h'
  dogwatch search 'who:claude* action:delete status:>=400'
  dogwatch search 'resource:monitor/123 -agent:ci "free text"'
docs/search.md describes the language.`,
    )
    .action((words: string[], options: Options) =>
      withRecords(options, async (records) => {
        const query = words.join(' ');
        const rows: Row[] = [];
        let cursor: string | undefined;
        do {
          const page = await records.search({
            query,
            order: options.order,
            limit: Math.min(500, options.limit - rows.length),
            cursor,
            timeZone: localTimeZone(),
          });
          rows.push(...page.items);
          cursor = page.next;
        } while (cursor !== undefined && rows.length < options.limit);
        if (options.json) return printJsonLines(rows);
        if (rows.length === 0) return void process.stderr.write('Nothing matches.\n');
        printLines(rowLines(rows));
        if (cursor !== undefined)
          process.stderr.write(`There are more; --limit ${Math.min(10_000, options.limit * 4)} shows them.\n`);
      }),
    );
}
