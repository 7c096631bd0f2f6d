// `dogwatch catalog`: the Datadog operations that Dogwatch knows, what each does and risks.
import { Command } from 'commander';
import { printJsonLines, printLines } from './record-options.ts';
import { tableLines } from './table.ts';

export function catalogCommand(): Command {
  return new Command('catalog')
    .description('List the Datadog operations: action, resource, risk.')
    .argument(
      '[filter...]',
      'text, or api:, action:, kind:, method:, op:, risk:, tag:, version: and a value; all must fit',
    )
    .option('--json', 'print one JSON object a line')
    .addHelpText(
      'after',
      `
Examples:
  dogwatch catalog 'kind:monitor -action:read'
  dogwatch catalog risk:critical
  dogwatch catalog tag:secrets`,
    )
    .action(async (words: string[], options: { json?: true }) => {
      const [{ operations }, { filterOperations }] = await Promise.all([
        import('../datadog/catalogue.ts'),
        import('../datadog/listing.ts'),
      ]);
      const found = filterOperations(words.join(' '));
      if (options.json) return printJsonLines(found);
      if (found.length === 0) return void process.stderr.write('No operation matches.\n');
      printLines(
        tableLines(found, [
          { title: 'OPERATION', value: ({ key }) => key, min: 24, max: 60, always: true },
          { title: 'ACTION', value: ({ action }) => action, min: 7, max: 7, always: true },
          {
            title: 'RISK',
            value: ({ risk }) => risk,
            min: 8,
            max: 8,
            always: true,
            paint: ({ risk }, colour) => (risk === 'critical' || risk === 'high' ? colour.red : (text) => text),
          },
          { title: 'TAGS', value: ({ tags }) => tags.join(','), min: 10, max: 30 },
          { title: 'RESOURCE', value: ({ resource }) => resource.kind, min: 10, max: 28 },
          { title: 'METHOD', value: ({ method }) => method, min: 6, max: 6 },
          { title: 'PATH', value: ({ path }) => path, min: 20, max: 90 },
        ]),
      );
      process.stderr.write(`${found.length} of ${operations().length} operations\n`);
    });
}
