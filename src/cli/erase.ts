// `dogwatch erase`: destroys parts of what was recorded, and records that.
import { Command, Option } from 'commander';
import { PART_NAMES, type PartName } from '../exchange/entry.ts';
import { UsageError } from '../exchange/error.ts';
import { printJson, printLines } from './record-options.ts';
import { type SelectionOptions, selectionOf, selectionOptions } from './selection-options.ts';

interface Options extends SelectionOptions {
  readonly config?: string;
  readonly json?: true;
  readonly part?: PartName[];
  readonly why: string;
  readonly dryRun?: true;
}

export function eraseCommand(): Command {
  return selectionOptions(new Command('erase'))
    .description('Destroy parts of recorded exchanges for good, and record that it was done.')
    .addOption(new Option('--part <part...>', 'only this part of each; all when absent').choices(PART_NAMES))
    .requiredOption('--why <reason>', 'the reason, for the record; do not name whom it is about')
    .option('--dry-run', 'only count')
    .addHelpText(
      'after',
      `
What a legal hold keeps is not erased. The log still verifies: commitments stay, values and salts are destroyed.
Exchanges are selected, with --identity or --session the findings about it as well, unless --query names
another kind. There is no way back.`,
    )
    .action(async (options: Options) => {
      if (options.why.trim() === '') throw new UsageError('usage', '--why needs a reason');
      const { withKeeper } = await import('./keep-records.ts');
      const { part: parts = PART_NAMES, why, dryRun = false } = options;
      const erased = await withKeeper(options.config, (keeper) =>
        keeper.erase({ selection: selectionOf(options), parts, why, dryRun }),
      );
      if (options.json) return printJson(erased);
      const { records, parts: count, bytes, held, open, entries } = erased;
      const what = `${count} parts of ${records} records (${bytes} bytes)`;
      printLines([
        dryRun ? `Would erase ${what}.` : `Erased ${what}.`,
        ...(held > 0 ? [`A legal hold keeps ${held} records.`] : []),
        ...(open > 0 ? [`${open} exchanges are still under way; erase again when they have ended.`] : []),
        ...(entries.length > 0
          ? [`Recorded as ${entries.length === 1 ? 'entry' : 'entries'} ${entries.join(', ')}.`]
          : []),
      ]);
    });
}
