// Starts `dogwatch serve` as a process of its own over a directory of its own, and ends it as a test wants.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { ConfigInput } from '../../src/config/config.ts';
import { createKeys } from '../../src/journal/keys.ts';
import { AUDIENCE } from './issuer.ts';
import { freePort } from './listening.ts';
import { temporaryFolder } from './temporary.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Compiled code of the processes that tests start by the dozen; they start in half the time. */
const COMPILE_CACHE = join(ROOT, 'node_modules', '.cache', 'dogwatch-test');
const START_TIMEOUT = 60_000;
const STOP_TIMEOUT = 20_000;

/** A directory with a configuration, keys and, once a gateway ran over it, data. */
export interface Site {
  readonly directory: string;
  readonly configFile: string;
  readonly dataDir: string;
  readonly port: number;
  readonly apiPort: number;
  /** The Datadog credential of the connection; no agent knows it. */
  readonly apiKey: string;
  readonly appKey: string;
}

export interface SiteOptions {
  readonly issuer: string;
  readonly upstream: string;
  /** Changes the configuration before it is written. */
  readonly configure?: (config: ConfigInput) => ConfigInput;
}

/** Makes a site in a temporary directory. */
export async function makeSite({ issuer, upstream, configure = (config) => config }: SiteOptions): Promise<Site> {
  const directory = temporaryFolder('test');
  const [port, apiPort] = [await freePort(), await freePort()];
  const [apiKey, appKey] = [randomBytes(16).toString('hex'), randomBytes(20).toString('hex')];
  const keys = join(directory, 'keys');
  mkdirSync(keys, { mode: 0o700 });
  writeFileSync(join(keys, 'datadog-api'), `${apiKey}\n`, { mode: 0o600 });
  writeFileSync(join(keys, 'datadog-app'), `${appKey}\n`, { mode: 0o600 });
  createKeys({ kek: join(keys, 'encryption'), signing: join(keys, 'signing') });
  const config = configure({
    name: 'test',
    data: './data',
    keys: { encryption: { file: './keys/encryption' }, signing: { file: './keys/signing' } },
    gateway: { listen: `127.0.0.1:${port}` },
    api: { listen: `127.0.0.1:${apiPort}` },
    roles: { auditor: ['auditors'], admin: ['admins'] },
    issuers: [{ name: 'test', issuer, audience: AUDIENCE }],
    connections: [
      {
        name: 'production',
        site: 'datadoghq.com',
        default: true,
        groups: ['sre', 'ci'],
        apiKey: { file: './keys/datadog-api' },
        appKey: { file: './keys/datadog-app' },
        upstream,
        // Nothing but the calls of the test reaches the upstream, unless a test says otherwise.
        images: false,
      },
    ],
    log: { level: 'info' },
  });
  const configFile = join(directory, 'dogwatch.yaml');
  writeFileSync(configFile, stringify(config));
  return {
    directory,
    configFile,
    dataDir: join(directory, 'data'),
    port,
    apiPort,
    apiKey,
    appKey,
  };
}

export interface GatewayProcess {
  readonly url: string;
  readonly apiUrl: string;
  readonly pid: number;
  /** Everything it has written to stdout and stderr. */
  output(): string;
  /** Sends the signal and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<Ended>;
  /** Resolves when it has ended by itself. */
  readonly ended: Promise<Ended>;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface LaunchOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Arguments of node itself, before the command. */
  readonly nodeArgs?: readonly string[];
  /** Shell words that run before the gateway in the same process, such as `ulimit -S -f 2048`. */
  readonly shell?: string;
}

/** Runs the command line in a process of its own, without waiting for anything. */
export function launch(args: readonly string[], { env, nodeArgs = [], shell }: LaunchOptions = {}): Launched {
  const command = [process.execPath, ...nodeArgs, join(ROOT, 'bin', 'dogwatch'), ...args];
  const [file = '', ...rest] = shell ? ['/bin/sh', '-c', `${shell}; exec "$@"`, 'sh', ...command] : command;
  const child = spawn(file, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, NODE_COMPILE_CACHE: COMPILE_CACHE, NO_COLOR: '1', ...env },
  });
  const written: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => written.push(chunk));
  const ended = new Promise<Ended>((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
  // Whatever becomes of the test, its processes do not outlive it.
  const reap = (): void => void child.kill('SIGKILL');
  process.once('exit', reap);
  void ended.then(() => process.off('exit', reap));
  return { child, ended, output: () => Buffer.concat(written).toString('utf8') };
}

export interface Launched {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  output(): string;
}

/** Starts the gateway and waits until it is ready. @throws Error with its output when it ends instead */
export async function startGateway(site: Site, options: LaunchOptions = {}): Promise<GatewayProcess> {
  const { child, ended, output } = launch(['serve', '--config', site.configFile], options);
  let over = false;
  void ended.then(() => {
    over = true;
  });
  const apiUrl = `http://127.0.0.1:${site.apiPort}`;
  const deadline = Date.now() + START_TIMEOUT;
  while (!(await isUp(site))) {
    if (over || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`the gateway did not start:\n${output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    url: `http://127.0.0.1:${site.port}`,
    apiUrl,
    pid: child.pid ?? 0,
    output,
    ended,
    end: async (signal = 'SIGTERM') => {
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT);
      try {
        return await ended;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** Whether both listeners answer. Not whether the gateway calls itself ready: some tests want one whose issuer is down. */
async function isUp({ port, apiPort }: Site): Promise<boolean> {
  try {
    const health = await fetch(`http://127.0.0.1:${apiPort}/healthz`, { signal: AbortSignal.timeout(2_000) });
    return health.ok && (await connects(port));
  } catch {
    return false;
  }
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Runs a command to its end. */
export async function runDogwatch(
  args: readonly string[],
  options: LaunchOptions = {},
): Promise<Ended & { output: string }> {
  const { ended, output } = launch(args, options);
  return { ...(await ended), output: output() };
}

/** Runs a script of the tests in a process of its own, to its end. */
export async function runScript(script: string, args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, NODE_COMPILE_CACHE: COMPILE_CACHE },
  });
  const reap = (): void => void child.kill('SIGKILL');
  process.once('exit', reap);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      process.off('exit', reap);
      resolve({ code, signal });
    });
  });
}

/** Whether the site has data on disk. */
export const hasData = (site: Site): boolean => existsSync(site.dataDir);
