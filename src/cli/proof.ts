// `dogwatch proof`: the proof of one exchange, for somebody who trusts neither the gateway nor its keeper.
import { once } from 'node:events';
import { Command, InvalidArgumentError } from 'commander';
import { PART_NAMES, type PartName } from '../exchange/entry.ts';
import { withRecords } from './record-options.ts';

interface Options {
  readonly config?: string;
  readonly without: readonly PartName[];
}

export function proofCommand(): Command {
  return new Command('proof')
    .description('Print the proof of one exchange: what was recorded, and that it stands in the signed log.')
    .argument('<id>', 'exchange id, or its beginning as a table shows it')
    .option('-c, --config <file>', 'configuration file ($DOGWATCH_CONFIG, ./dogwatch.yaml)')
    .option('--without <part>', `withhold ${PART_NAMES.join(', ')}; may be repeated`, part, [])
    .addHelpText('after', '\nSend it to a file: dogwatch proof ID > x.proof. It is checked with dogwatch verify-proof.')
    .action((id: string, options: Options) =>
      withRecords(options.config === undefined ? {} : { config: options.config }, async (records) => {
        for await (const piece of await records.proof(id, options.without)) {
          if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
        }
      }),
    );
}

function part(text: string, before: readonly PartName[]): readonly PartName[] {
  const found = PART_NAMES.find((each) => each === text);
  if (found === undefined) throw new InvalidArgumentError(`expected one of ${PART_NAMES.join(', ')}.`);
  return before.includes(found) ? before : [...before, found];
}
