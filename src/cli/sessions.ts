// `dogwatch sessions` and `dogwatch session`: runs of agents, and what one of them did.
import { Command } from 'commander';
import { accountLines } from './inquiry-text.ts';
import {
  localTimeZone,
  printJson,
  printJsonLines,
  printLines,
  type RecordOptions,
  recordOptions,
  wholeNumber,
  withRecords,
} from './record-options.ts';
import { rowLines, sessionLines } from './row-table.ts';
import { paint } from './terminal.ts';

interface Options extends RecordOptions {
  readonly limit: number;
}

export function sessionsCommand(): Command {
  return recordOptions(new Command('sessions'), 'print one JSON object a line')
    .description('List sessions, each one run of one agent.')
    .argument('[query...]', 'only sessions with an exchange that matches')
    .option('-n, --limit <n>', 'sessions to show', wholeNumber(1, 500), 50)
    .action((words: string[], options: Options) =>
      withRecords(options, async (records) => {
        const page = await records.sessions({
          query: words.join(' '),
          limit: options.limit,
          timeZone: localTimeZone(),
        });
        if (options.json) return printJsonLines(page.items);
        if (page.items.length === 0) return void process.stderr.write('No session matches.\n');
        printLines(sessionLines(page.items));
      }),
    );
}

export function sessionCommand(): Command {
  return recordOptions(new Command('session'), 'print session, exchanges and account as JSON')
    .description('Tell what one session did: reads, changes, refusals, errors, costs, and how long it took.')
    .argument('<id>', 'session id, its name, or its beginning as a table shows it')
    .option('-n, --limit <n>', 'exchanges to show', wholeNumber(1, 500), 200)
    .action((id: string, options: Options) =>
      withRecords(options, async (records) => {
        const view = await records.session(id, { limit: options.limit });
        const account = await records.ask.account(id);
        if (options.json) return printJson({ ...view, account });
        const colour = paint();
        printLines([...accountLines(account, colour), '', colour.bold('Exchanges'), ...rowLines(view.exchanges)]);
        if (view.next !== undefined)
          process.stderr.write(`There are more; \`dogwatch search --sort oldest 'session:"…"'\` finds all.\n`);
      }),
    );
}
