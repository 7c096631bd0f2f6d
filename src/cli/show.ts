// `dogwatch show`: one exchange with its bodies.
import { Command, Option } from 'commander';
import { printJson, printLines, type RecordOptions, recordOptions, withRecords } from './record-options.ts';
import { exchangeLines } from './show-exchange.ts';
import { paint } from './terminal.ts';

interface Options extends RecordOptions {
  readonly har?: true;
  readonly curl?: true;
}

export function showCommand(): Command {
  return recordOptions(new Command('show'), 'print everything as JSON')
    .description('Show one exchange: who, verdict, request and response.')
    .argument('<id>', 'exchange id, or its beginning as a table shows it')
    .addOption(new Option('--har', 'print it as HAR 1.2').conflicts(['json', 'curl']))
    .addOption(new Option('--curl', 'print a curl command that sends the request again').conflicts(['json']))
    .action((id: string, options: Options) =>
      withRecords(options, async (records) => {
        if (options.har) return printJson(await records.har(id));
        if (options.curl) return void process.stdout.write(await records.curl(id));
        const view = await records.exchange(id);
        return options.json ? printJson(view) : printLines(exchangeLines(view, paint()));
      }),
    );
}
