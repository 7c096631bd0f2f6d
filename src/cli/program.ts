// All commands of `dogwatch`, in the order that help shows them.
import { Command } from 'commander';
import { paint, widthOf } from './terminal.ts';
import { VERSION } from './version.ts';

/** The commands under the headings of help. Each lives in a file of its own and loads what it needs when it runs. */
const COMMANDS: readonly (readonly [heading: string, commands: readonly (() => Command)[]])[] = [];

/** The whole command line. Wrong words make parsing throw a CommanderError, after saying what is wrong on stderr. */
export function createProgram(): Command {
  const program = new Command('dogwatch')
    .description(
      'The gateway between AI coding agents and Datadog:\nevery call identified, judged, recorded in full and provable afterwards.',
    )
    .version(VERSION, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .configureHelp({ helpWidth: Math.min(widthOf(), 100) })
    .configureOutput({
      outputError: (text, write) => write(paint(process.stderr).red(text.replace(/^error: /, 'dogwatch: '))),
    })
    .exitOverride()
    .addHelpText('after', '\nSee docs/guide.md, or `dogwatch <command> --help`.');
  for (const [heading, commands] of COMMANDS) {
    program.commandsGroup(heading);
    for (const create of commands) program.addCommand(inherit(program, create()));
  }
  return program.helpCommand('help [command]', 'show help of a command');
}

function inherit(parent: Command, command: Command): Command {
  command.copyInheritedSettings(parent).helpCommand(false);
  for (const child of command.commands) inherit(command, child);
  return command;
}
