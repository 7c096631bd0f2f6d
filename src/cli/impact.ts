// `dogwatch impact`: every resource that a session touched, before it and after it.
import { Command } from 'commander';
import { impactLines } from './inquiry-text.ts';
import { printJson, printLines, type RecordOptions, recordOptions, withRecords } from './record-options.ts';
import { paint } from './terminal.ts';

export function impactCommand(): Command {
  return recordOptions(new Command('impact'), 'print everything as JSON, with the whole states')
    .description('Show every resource that a session touched: as it was before, and after.')
    .argument('<session>', 'session id, its name, or its beginning as a table shows it')
    .action((session: string, options: RecordOptions) =>
      withRecords(options, async (records) => {
        const impact = await records.ask.impact(session);
        if (options.json) return printJson(impact);
        printLines(impactLines(impact, paint()));
      }),
    );
}
