// `dogwatch history`: every change of one resource.
import { Command } from 'commander';
import { historyLines } from './inquiry-text.ts';
import {
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

export function historyCommand(): Command {
  return recordOptions(new Command('history'), 'print everything as JSON')
    .description('Show every change of one resource: who, when, and what is different.')
    .argument('<resource...>', 'kind/id such as monitor/123, a title, or a link to Datadog')
    .option('-n, --limit <n>', 'changes to show, newest first', wholeNumber(1, 100), 50)
    .addHelpText(
      'after',
      `
Examples:
  dogwatch history monitor/123
  dogwatch history checkout latency
  dogwatch history https://app.datadoghq.com/dashboard/abc-def-ghi/checkout
Changes made outside of Dogwatch between two recorded ones are shown as such.`,
    )
    .action((words: string[], options: Options) =>
      withRecords(options, async (records) => {
        const history = await records.ask.history({ resource: words.join(' '), limit: options.limit });
        if (options.json) return printJson(history);
        if (history.items.length === 0) return void process.stderr.write('Nobody changed it through Dogwatch.\n');
        printLines(historyLines(history, paint()));
        if (history.next !== undefined) process.stderr.write('There are older ones; --limit shows up to 100.\n');
      }),
    );
}
