// All commands of `dogwatch`, in the order that help shows them.
import { Command } from 'commander';
import { agentCommand } from './agent.ts';
import { alertsCommand } from './alerts.ts';
import { approvalsCommand, approveCommand, denyCommand } from './approvals.ts';
import { catalogCommand } from './catalog.ts';
import { changesCommand } from './changes.ts';
import { checkCommand } from './check.ts';
import { connectionCommand } from './connection.ts';
import { consoleCommand } from './console.ts';
import { demoCommand } from './demo/command.ts';
import { eraseCommand } from './erase.ts';
import { evidenceCommand } from './evidence.ts';
import { execCommand } from './exec.ts';
import { exportCommand } from './export.ts';
import { findingCommand } from './finding.ts';
import { findingsCommand, suppressionsCommand } from './findings.ts';
import { historyCommand } from './history.ts';
import { holdCommand } from './hold.ts';
import { impactCommand } from './impact.ts';
import { indexCommand } from './index-rebuild.ts';
import { initCommand } from './init.ts';
import { keysCommand } from './keys.ts';
import { loginCommand, logoutCommand } from './login.ts';
import { proofCommand } from './proof.ts';
import { quarantineCommand } from './quarantine.ts';
import { queriesCommand } from './queries.ts';
import { readsCommand } from './reads.ts';
import { replayCommand } from './replay.ts';
import { revertCommand } from './revert.ts';
import { revokeCommand } from './revoke.ts';
import { sandboxCommand } from './sandbox.ts';
import { searchCommand } from './search.ts';
import { serveCommand } from './serve.ts';
import { sessionCommand, sessionsCommand } from './sessions.ts';
import { showCommand } from './show.ts';
import { tailCommand } from './tail.ts';
import { paint, widthOf } from './terminal.ts';
import { topCommand } from './top.ts';
import { verifyCommand } from './verify.ts';
import { verifyProofCommand } from './verify-proof.ts';
import { VERSION } from './version.ts';
import { whoamiCommand } from './whoami.ts';
import { witnessCommand } from './witness.ts';

/** The commands under the headings of help. Each lives in a file of its own and loads what it needs when it runs. */
const COMMANDS: readonly (readonly [heading: string, commands: readonly (() => Command)[]])[] = [
  ['Begin:', [demoCommand, initCommand, checkCommand, serveCommand]],
  ['Sign in:', [loginCommand, logoutCommand, whoamiCommand, consoleCommand]],
  ['Run agents:', [execCommand, sandboxCommand]],
  [
    'Find out what happened:',
    [
      searchCommand,
      queriesCommand,
      exportCommand,
      showCommand,
      tailCommand,
      sessionsCommand,
      sessionCommand,
      historyCommand,
      changesCommand,
      readsCommand,
      impactCommand,
      revertCommand,
      replayCommand,
    ],
  ],
  ['See a surge:', [findingsCommand, findingCommand, suppressionsCommand, topCommand]],
  ['Stop it:', [quarantineCommand, approvalsCommand, approveCommand, denyCommand, alertsCommand]],
  ['Prove it:', [proofCommand, evidenceCommand, verifyProofCommand, verifyCommand, witnessCommand]],
  [
    'Administer:',
    [
      agentCommand,
      revokeCommand,
      connectionCommand,
      keysCommand,
      eraseCommand,
      holdCommand,
      catalogCommand,
      indexCommand,
    ],
  ],
];

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
      outputError: (text, write) => write(paint(process.stderr).red(withoutValues(text))),
    })
    .exitOverride()
    .addHelpText('after', '\nSee docs/guide.md, or `dogwatch <command> --help`.');
  for (const [heading, commands] of COMMANDS) {
    program.commandsGroup(heading);
    for (const create of commands) program.addCommand(inherit(program, create()));
  }
  return program.helpCommand('help [command]', 'show help of a command');
}

/** What commander says of wrong words, without what stood in them: it may be a key that somebody gave as an argument. */
function withoutValues(text: string): string {
  return text
    .replace(/^error: /, 'dogwatch: ')
    .replace(/(unknown option '[^'=]*)=[^']*'/, "$1'")
    .replace(/(too many arguments[^:]*): .*/s, '$1.\n');
}

function inherit(parent: Command, command: Command): Command {
  command.copyInheritedSettings(parent).helpCommand(false);
  for (const child of command.commands) inherit(command, child);
  return command;
}
