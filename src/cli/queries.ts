// `dogwatch queries`: queries kept under a name, for `saved:name`.
import { Command } from 'commander';
import type { SavedQuery } from '../api/saved-queries.ts';
import {
  printJson,
  printJsonLines,
  printLines,
  type RecordOptions,
  recordOptions,
  withRecords,
} from './record-options.ts';
import { shortTime } from './row-table.ts';
import { tableLines } from './table.ts';

export function queriesCommand(): Command {
  const group = new Command('queries').description('Queries kept under a name, which saved:NAME stands for.');
  for (const command of [listCommand(), saveCommand(), removeCommand()]) group.addCommand(command);
  return group;
}

function listCommand(): Command {
  return recordOptions(new Command('list'))
    .description('List your own, and those that are shared.')
    .action((options: RecordOptions) =>
      withRecords(options, async ({ explore }) => {
        const queries = await explore.queries();
        if (options.json) return printJsonLines(queries);
        if (queries.length === 0)
          return void process.stderr.write('There are none; `dogwatch queries save` keeps one.\n');
        printLines(
          tableLines<SavedQuery>(queries, [
            { title: 'NAME', value: ({ name }) => name, min: 12, max: 40, always: true },
            { title: 'QUERY', value: ({ query }) => query, min: 20, max: 90, always: true },
            { title: 'FOR', value: ({ shared }) => (shared ? 'all' : 'you'), min: 3, max: 3 },
            { title: 'BY', value: ({ by }) => by, min: 6, max: 24 },
            { title: 'SINCE', value: ({ since }) => shortTime(since), min: 14, max: 14 },
          ]),
        );
      }),
    );
}

function saveCommand(): Command {
  return recordOptions(new Command('save'), 'print it as JSON')
    .description('Save a query; one of the same name is replaced.')
    .argument('<name>', 'letters, digits, dots, hyphens and underscores')
    .argument('<query...>', 'one line of the query language')
    .option('--shared', 'for everybody who may search')
    .action((name: string, words: string[], options: RecordOptions & { shared?: true }) =>
      withRecords(options, async ({ explore }) => {
        const wanted = { name, query: words.join(' '), shared: options.shared === true };
        const saved = await explore.saveQuery(wanted);
        if (options.json) return printJson(saved);
        printLines([`Saved; saved:${saved.name} stands for it.`]);
      }),
    );
}

function removeCommand(): Command {
  return recordOptions(new Command('remove'), 'print it as JSON')
    .description('Remove a query that you saved.')
    .argument('<name>')
    .action((name: string, options: RecordOptions) =>
      withRecords(options, async ({ explore }) => {
        const removed = await explore.removeQuery(name);
        return options.json ? printJson(removed) : printLines([`Removed ${removed.name}.`]);
      }),
    );
}
