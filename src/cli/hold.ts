// `dogwatch hold`: legal holds, which keep what they select from every erasure and every rule of retention.
import { Command } from 'commander';
import type { Hold } from '../api/holds.ts';
import { printable } from './printable.ts';
import { printJson, printJsonLines, printLines } from './record-options.ts';
import { shortTime } from './row-table.ts';
import { type SelectionOptions, selectionOf, selectionOptions } from './selection-options.ts';
import { tableLines } from './table.ts';

interface Common {
  readonly config?: string;
  readonly json?: true;
}

const keeping = () => import('./keep-records.ts');

export function holdCommand(): Command {
  const group = new Command('hold').description('Legal holds: what may not be erased.');
  for (const command of [addCommand(), listCommand(), releaseCommand()]) group.addCommand(command);
  return group;
}

function addCommand(): Command {
  return selectionOptions(new Command('add'))
    .description('Set a hold. What it selects is not erased, by nobody and no rule, also what is recorded later.')
    .requiredOption('--why <reason>', 'the reason, for the record')
    .action(async (options: Common & SelectionOptions & { why: string }) => {
      const { withKeeper } = await keeping();
      const hold = await withKeeper(options.config, (keeper) => keeper.addHold(selectionOf(options), options.why));
      if (options.json) return printJson(hold);
      printLines([`Hold ${hold.id} keeps ${printable(hold.query)}`]);
    });
}

function listCommand(): Command {
  return new Command('list')
    .description('List the holds.')
    .option('-c, --config <file>', 'configuration file ($DOGWATCH_CONFIG, ./dogwatch.yaml)')
    .option('--json', 'print one JSON object a line')
    .action(async (options: Common) => {
      const { withKeeper } = await keeping();
      const holds = await withKeeper(options.config, (keeper) => keeper.holds());
      if (options.json) return printJsonLines(holds);
      if (holds.length === 0) return void process.stderr.write('There are none; `dogwatch hold add` sets one.\n');
      printLines(
        tableLines<Hold>(holds, [
          { title: 'HOLD', value: ({ id }) => id, min: 36, max: 36, always: true },
          { title: 'SINCE', value: ({ since }) => shortTime(since), min: 12, max: 20 },
          { title: 'BY', value: ({ by }) => by, min: 6, max: 24 },
          { title: 'KEEPS', value: ({ query }) => query, min: 16, max: 60, always: true },
          { title: 'WHY', value: ({ why }) => why, min: 10, max: 60, always: true },
        ]),
      );
    });
}

function releaseCommand(): Command {
  return new Command('release')
    .description('Release a hold.')
    .argument('<id>', 'its id, or the beginning of it')
    .option('-c, --config <file>', 'configuration file ($DOGWATCH_CONFIG, ./dogwatch.yaml)')
    .requiredOption('--why <reason>', 'the reason, for the record')
    .action(async (id: string, options: Common & { why: string }) => {
      const { withKeeper } = await keeping();
      const hold = await withKeeper(options.config, (keeper) => keeper.releaseHold(id, options.why));
      printLines([`Released hold ${hold.id}.`]);
    });
}
