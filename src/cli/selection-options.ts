// Options that say what an erasure or a legal hold is about.
import type { Command } from 'commander';
import type { Selection } from '../api/selection.ts';

export interface SelectionOptions {
  readonly identity?: string;
  readonly session?: string;
  readonly exchange?: string;
  readonly connection?: string;
  readonly query?: string;
  readonly from?: string;
  readonly until?: string;
}

/** Adds them, and --config and --json. */
export const selectionOptions = (command: Command): Command =>
  command
    .option('-c, --config <file>', 'configuration file ($DOGWATCH_CONFIG, ./dogwatch.yaml)')
    .option('--identity <who>', 'name, subject or email of a verified caller')
    .option('--session <id>', 'one session')
    .option('--exchange <id>', 'one exchange')
    .option('--connection <name>', 'a Datadog organisation')
    .option('--query <query>', 'what a query finds; its times are dates')
    .option('--from <date>', 'from that date on')
    .option('--until <date>', 'up to that date')
    .option('--json', 'print the answer as JSON');

export const selectionOf = (options: SelectionOptions): Selection => {
  const { identity, session, exchange, connection, query, from, until } = options;
  return { identity, session, exchange, connection, query, from, until };
};
