// `dogwatch index rebuild`: builds the index anew from the journal.
import { Command } from 'commander';
import { findConfig } from './locate-config.ts';

export function indexCommand(): Command {
  const group = new Command('index').description('The search index, which is made from the journal.');
  group.addCommand(
    new Command('rebuild')
      .description('Build the index anew; a running gateway does it while it serves.')
      .option('-c, --config <file>', 'configuration file ($DOGWATCH_CONFIG, ./dogwatch.yaml)')
      .action(async (options: { config?: string }) => {
        const config = await findConfig(options.config);
        const { rebuild } = await import('./run-rebuild.ts');
        const leaves = await rebuild(config, (done, size) => {
          if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${size} entries\x1b[K`);
        });
        if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
        process.stdout.write(`The index is built anew from ${leaves} entries.\n`);
      }),
  );
  return group;
}
