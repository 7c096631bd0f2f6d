// `dogwatch export`: everything that a query finds, in a format that other tools read.
import { Command, Option } from 'commander';
import type { ExportFormat } from '../api/exports.ts';
import { localTimeZone, type RecordOptions, timeZoneOption, withRecords } from './record-options.ts';
import { writeOutput } from './write-output.ts';

interface Options extends Omit<RecordOptions, 'json'> {
  readonly format: ExportFormat;
  readonly output?: string;
  readonly sort: 'newest' | 'oldest';
  readonly tz?: string;
}

export function exportCommand(): Command {
  return new Command('export')
    .description('Write everything that a query finds as NDJSON, CSV, HAR or OCSF.')
    .argument('[query...]', 'one line of the query language; everything when absent')
    .option('-c, --config <file>', 'configuration file ($DOGWATCH_CONFIG, ./dogwatch.yaml)')
    .addOption(
      new Option('-f, --format <format>', 'what to write')
        .choices(['ndjson', 'csv', 'har', 'ocsf'] satisfies ExportFormat[])
        .makeOptionMandatory(),
    )
    .option('-o, --output <file>', 'file to write; it appears when it is whole (stdout)')
    .addOption(new Option('--sort <order>', 'which come first').choices(['oldest', 'newest']).default('oldest'))
    .addOption(timeZoneOption())
    .addHelpText(
      'after',
      `
Formats:
  ndjson  one exchange a line with its bodies, as the API's Exchange
  csv     one row a line, for spreadsheets; nothing in it acts as a formula
  har     HAR 1.2, for browsers' network panels
  ocsf    one OCSF 1.8 event of the class API Activity a line, for security data lakes;
          what kind:finding.* finds are events of the class Detection Finding`,
    )
    .action((words: string[], { format, output, sort, tz = localTimeZone(), ...options }: Options) =>
      withRecords(options, async ({ explore }) =>
        writeOutput(output, await explore.export({ query: words.join(' '), timeZone: tz, format, order: sort })),
      ),
    );
}
