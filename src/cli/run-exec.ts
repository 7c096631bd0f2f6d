// Runs a command with a token of its own, passes signals and exit status on, and tells what the run did.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { basename } from 'node:path';
import { formatAddress } from '../config/units.ts';
import { DogwatchError, UsageError } from '../exchange/error.ts';
import { SEVERITIES } from '../exchange/finding.ts';
import { readCredential, type StoredCredential } from './credentials.ts';
import { printable } from './printable.ts';
import { runEnvironment } from './run-environment.ts';
import { type RunReport, startRunToken } from './run-token.ts';
import { paint } from './terminal.ts';

export interface ExecOptions {
  readonly config?: string;
  readonly gateway?: string;
  readonly session?: string;
  readonly connection?: string;
  readonly readOnly?: true;
  readonly subjectTokenFile?: string;
}

const MAX_TOKEN_FILE = 64 * 1024;
const SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/** @throws DogwatchError, UsageError before the command is started; afterwards its end is the process's */
export async function runExec(command: string, args: readonly string[], options: ExecOptions): Promise<void> {
  const { env } = process;
  const { subject, gateway } = await whoCalls(options, env);
  const session = options.session ?? sessionName(command);
  const colour = paint(process.stderr);
  const tell = (line: string) => process.stderr.write(`${colour.dim(`dogwatch: ${printable(line)}`)}\n`);
  const run = await startRunToken({
    gateway,
    subject,
    session,
    agent: agentName(command),
    connection: options.connection,
    readOnly: options.readOnly === true,
    onLost: (why) => tell(`this run has lost its token: ${why}`),
  });
  let ending: Ending;
  try {
    ending = await runCommand(command, args, { ...env, ...runEnvironment(run.token, gateway, run.site, session) });
  } finally {
    try {
      const report = await run.end();
      for (const line of reportLines(report, session)) tell(line);
    } catch (error) {
      tell(`what the run did could not be asked for: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  endAs(ending);
}

/** The gateway to call, and the caller's own token for it. @throws DogwatchError `token_expired`; UsageError `usage` */
export async function whoCalls(
  options: Pick<ExecOptions, 'config' | 'gateway' | 'subjectTokenFile'>,
  env: NodeJS.ProcessEnv,
): Promise<{ subject: string; gateway: string }> {
  const stored = readCredential(env);
  const subject = subjectToken(options, stored, env);
  const gateway = await gatewayUrl(options, stored, env);
  if (subject === stored?.token && new URL(gateway).origin !== new URL(stored.gateway).origin) {
    // The token of one gateway is never shown to another.
    throw new UsageError('usage', `the sign-in is at ${stored.gateway}, not at ${new URL(gateway).origin}`, {
      remedy: 'sign in there with `dogwatch login`, or set $DOGWATCH_TOKEN',
    });
  }
  return { subject, gateway };
}

function subjectToken(
  { subjectTokenFile: file }: ExecOptions,
  stored: StoredCredential | undefined,
  { DOGWATCH_TOKEN: given }: NodeJS.ProcessEnv,
): string {
  if (file !== undefined) {
    let text: string;
    try {
      if (statSync(file).size > MAX_TOKEN_FILE) throw new UsageError('usage', `${file} is too long for a token`);
      text = readFileSync(file, 'utf8').trim();
    } catch (cause) {
      if (cause instanceof UsageError) throw cause;
      throw new UsageError('usage', `${file} cannot be read`, { cause });
    }
    if (text === '') throw new UsageError('usage', `${file} is empty`);
    return text;
  }
  if (given) return given;
  if (stored === undefined) {
    throw new UsageError('usage', 'nobody is signed in, so there is no name to run under', {
      remedy: 'sign in with `dogwatch login`, set $DOGWATCH_TOKEN, or name a --subject-token-file',
    });
  }
  if (stored.expiresAt <= Date.now()) {
    throw new DogwatchError('token_expired', `the sign-in of ${stored.name} has ended`, {
      remedy: 'sign in again with `dogwatch login`',
    });
  }
  return stored.token;
}

async function gatewayUrl(
  { gateway, config: file }: ExecOptions,
  stored: StoredCredential | undefined,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const named = gateway ?? (env.DOGWATCH_GATEWAY || (file === undefined ? stored?.gateway : undefined));
  if (named !== undefined) {
    const url = URL.parse(named);
    if (url === null || !/^https?:$/.test(url.protocol))
      throw new UsageError('usage', 'the gateway is no http or https URL');
    return url.href;
  }
  const { findConfig } = await import('./locate-config.ts');
  const { gateway: configured } = await findConfig(file, env);
  const scheme = configured.tls === undefined ? 'http' : 'https';
  return configured.publicUrl ?? `${scheme}://${formatAddress(configured.listen)}`;
}

const agentName = (command: string): string =>
  basename(command)
    .replace(/[^\x21-\x7e]/g, '_')
    .slice(0, 64) || 'command';

function sessionName(command: string): string {
  const name = agentName(command)
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '');
  const time = new Date().toISOString().replace(/[-:]/g, '').slice(0, 15);
  return `${name || 'run'}-${time}-${randomBytes(3).toString('hex')}`;
}

type Ending = { readonly code: number } | { readonly signal: NodeJS.Signals };

function runCommand(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(command, args, { stdio: 'inherit', env });
    const handlers = SIGNALS.map((signal) => {
      const pass = (): void => {
        // The terminal has told the child itself.
        if ((signal === 'SIGINT' || signal === 'SIGQUIT') && process.stdin.isTTY) return;
        child.kill(signal);
      };
      process.on(signal, pass);
      return [signal, pass] as const;
    });
    const over = (): void => {
      for (const [signal, pass] of handlers) process.off(signal, pass);
    };
    child.once('error', (cause: NodeJS.ErrnoException) => {
      over();
      const why = cause.code === 'ENOENT' ? 'there is no such command' : (cause.code ?? cause.message);
      reject(new UsageError('usage', `${command} cannot be started: ${why}`, { cause }));
    });
    child.once('exit', (code, signal) => {
      over();
      resolve(signal === null ? { code: code ?? 1 } : { signal });
    });
  });
}

/** Ends this process as the command ended. */
function endAs(ending: Ending): void {
  if ('code' in ending) {
    process.exitCode = ending.code;
    return;
  }
  process.exitCode = 128 + constants.signals[ending.signal];
  process.kill(process.pid, ending.signal);
}

function reportLines(report: RunReport | undefined, session: string): string[] {
  if (report === undefined) return [`session ${session}: no call was made, or the gateway cannot tell yet`];
  const { calls, changes, refusals, errors, findings } = report;
  const found = SEVERITIES.toReversed().flatMap((each) => (findings[each] ? [`${findings[each]} ${each}`] : []));
  return [
    `${counted(calls, 'call')}, ${counted(changes, 'change')}, ${refusals} refused, ${counted(errors, 'error')}`,
    `findings: ${found.join(', ') || 'none'}`,
    `session ${report.session}`,
    report.url,
  ];
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
