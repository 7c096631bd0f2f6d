// `dogwatch replay`: a recorded session executed again, to see what it did.
import { Command, InvalidArgumentError } from 'commander';
import { recordOptions, wholeNumber } from './record-options.ts';
import type { ReplayOptions } from './run-replay.ts';

const MOST = 10_000;

export function replayCommand(): Command {
  return recordOptions(new Command('replay'), 'print the whole replay as JSON')
    .description('Execute a recorded session again, in a sandbox, and tell exactly what it changes.')
    .argument('<session>', 'session id, its name, or its beginning as a table shows it')
    .option('--until <n>', 'stop after call N', wholeNumber(1, MOST))
    .option('--step', 'wait for Enter after each call')
    .option('--skip <n,m>', 'leave out these calls', numbers, [])
    .option('--edit <n=file>', 'send the contents of a file as the body of call N; may be repeated', edit, [])
    .option('--against <target>', 'sandbox, or a connection that is marked `sandbox: true`', 'sandbox')
    .option('--paced', 'wait between calls as long as the session did')
    .option('--report <file>', 'write an HTML report')
    .addHelpText(
      'after',
      `
The record is verified first: of a call that is not as it was recorded nothing is executed.
The connection that the session was recorded on is never reached.`,
    )
    .action(async (session: string, options: ReplayOptions) => {
      const { runReplay } = await import('./run-replay.ts');
      await runReplay(session, options);
    });
}

function numbers(text: string, before: readonly number[]): readonly number[] {
  return [...before, ...text.split(',').map((each) => wholeNumber(1, MOST)(each.trim()))];
}

function edit(text: string, before: readonly (readonly [number, string])[]): readonly (readonly [number, string])[] {
  const [, n, file] = /^(\d{1,5})=(.+)$/s.exec(text) ?? [];
  if (n === undefined || file === undefined) throw new InvalidArgumentError('expected N=FILE.');
  return [...before, [wholeNumber(1, MOST)(n), file]];
}
