// Alerts to a program: started without a shell and with an environment of its own, given JSON on stdin, ended when it takes too long.
import { spawn } from 'node:child_process';
import { type Told, titleOf } from './message.ts';
import { NotDelivered } from './problem.ts';

/** Nothing of the gateway's environment, which may hold secrets. */
const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };

/** Resolves when the program ended with status 0. @throws NotDelivered */
export function runCommand(run: readonly string[], message: Told, timeout: number, signal: AbortSignal): Promise<void> {
  const [program = '', ...args] = run;
  return new Promise((resolve, reject) => {
    // In a process group of its own, so that what it started ends with it.
    const child = spawn(program, args, {
      env: ENVIRONMENT,
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    let problem: string | undefined;
    const end = (why: string) => (): void => {
      problem ??= why;
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended already.
      }
    };
    const stopped = end('it was stopped with the gateway');
    const timer = setTimeout(end(`it did not end within ${timeout} ms`), timeout);
    signal.addEventListener('abort', stopped, { once: true });
    const over = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stopped);
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      over();
      reject(new NotDelivered(`it cannot be started (${error.code ?? 'failed'})`));
    });
    child.once('close', (status, killedBy) => {
      over();
      if (problem !== undefined) reject(new NotDelivered(problem));
      else if (status === 0) resolve();
      else reject(new NotDelivered(`it ended with ${status === null ? killedBy : `status ${status}`}`));
    });
    // A program that does not read is no failure of its own.
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${JSON.stringify({ ...message, title: titleOf(message) })}\n`);
  });
}
