// `dogwatch evidence`: what a query finds, with proofs, for somebody who does not have Dogwatch.
import { Command } from 'commander';
import { PART_NAMES, type PartName } from '../exchange/entry.ts';
import { UsageError } from '../exchange/error.ts';
import { localTimeZone, type RecordOptions, timeZoneOption, withRecords } from './record-options.ts';
import { repeated } from './repeated.ts';
import { writeOutput } from './write-output.ts';

interface Options extends Omit<RecordOptions, 'json'> {
  readonly output: string;
  readonly without: readonly string[];
  readonly tz?: string;
}

export function evidenceCommand(): Command {
  return new Command('evidence')
    .description('Pack exchanges with their proofs, the signed log heads, public keys and a readable summary.')
    .argument('<query...>', 'one line of the query language; 5,000 exchanges are the most')
    .option('-c, --config <file>', 'configuration file ($DOGWATCH_CONFIG, ./dogwatch.yaml)')
    .requiredOption('-o, --output <file>', 'zip file to write; - for stdout')
    .option('--without <part>', `part that is not opened: ${PART_NAMES.join(', ')}; may be repeated`, repeated, [])
    .addOption(timeZoneOption())
    .addHelpText('after', '\nThe pack says how to verify it without Dogwatch. It holds what was recorded: guard it.')
    .action((words: string[], { output, without, tz = localTimeZone(), ...options }: Options) => {
      const wrong = without.find((part) => !(PART_NAMES as readonly string[]).includes(part));
      if (wrong !== undefined)
        throw new UsageError('usage', `there is no part ${wrong}; parts are ${PART_NAMES.join(', ')}`);
      if (output === '-' && process.stdout.isTTY) throw new UsageError('usage', 'a zip file is nothing for a terminal');
      return withRecords(options, async ({ explore }) =>
        writeOutput(
          output,
          await explore.evidence({ query: words.join(' '), timeZone: tz, without: without as readonly PartName[] }),
        ),
      );
    });
}
