// `dogwatch sessions` and `dogwatch session`: runs of agents, and what one of them did.
import { Command } from 'commander';
import { whoOf } from './names.ts';
import { printable } from './printable.ts';
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
  return recordOptions(new Command('session'), 'print session and exchanges as JSON')
    .description('Show one session: its exchanges in order.')
    .argument('<id>', 'session id')
    .option('-n, --limit <n>', 'exchanges to show', wholeNumber(1, 500), 200)
    .action((id: string, options: Options) =>
      withRecords(options, async (records) => {
        const view = await records.session(id, { limit: options.limit });
        if (options.json) return printJson(view);
        const { session } = view;
        const colour = paint();
        const { calls, mutations, refusals, errors } = session;
        printLines([
          colour.bold(`Session ${printable(session.id)}`),
          `${printable(whoOf(session.identity))}, groups ${printable(session.identity?.groups.join(', ') || '(none)')}`,
          `${new Date(session.first).toISOString()} to ${new Date(session.last).toISOString()}: ${calls} calls, ${mutations} changes, ${refusals} refused, ${errors} errors`,
          '',
          ...rowLines(view.exchanges),
        ]);
        if (view.next !== undefined)
          process.stderr.write(`There are more; \`dogwatch search --order oldest 'session:"…"'\` finds all.\n`);
      }),
    );
}
