// The command `dogwatch`: parses the words, runs one command, and turns its end into an exit status.
import { CommanderError } from 'commander';
import { reportFailure } from './failure.ts';
import { createProgram } from './program.ts';
import { withQueryWords } from './query-words.ts';

// A reader that goes away (`dogwatch search … | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

try {
  await createProgram().parseAsync(withQueryWords(process.argv));
} catch (error) {
  // commander has said it already: help and version end with 0, wrong words with 2.
  process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : reportFailure(error);
}
