// How a failed command ends: one clear line, what to do about it, and exit status 2 for wrong use, else 1.
import { CODES, type Code } from '../exchange/codes.ts';
import { DogwatchError, UsageError } from '../exchange/error.ts';
import { printable } from './printable.ts';
import { paint } from './terminal.ts';

/** Writes what went wrong to stderr. @returns the exit status */
export function reportFailure(error: unknown): 1 | 2 {
  const colour = paint(process.stderr);
  if (error instanceof DogwatchError) {
    const [first = '', ...rest] = error.message.split('\n');
    // Several problems stand on lines of their own; one stands behind the command's name.
    const lines =
      rest.length === 0 ? [`dogwatch: ${first}`] : ['dogwatch:', ...[first, ...rest].map((line) => `  ${line}`)];
    process.stderr.write(`${lines.map((line) => colour.red(printable(line))).join('\n')}\n`);
    if (error.remedy) process.stderr.write(`  ${printable(error.remedy)}\n`);
    return error instanceof UsageError || isUsage(error.code) ? 2 : 1;
  }
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    `${colour.red('dogwatch: this is a defect in Dogwatch, please report it')}\n${printable(what, 'lines')}\n`,
  );
  return 1;
}

/** Codes that blame the words the command was given, wherever they were found wrong. */
function isUsage(code: Code): boolean {
  return CODES[code] !== undefined && (code === 'usage' || code === 'bad_query' || code === 'bad_parameter');
}
