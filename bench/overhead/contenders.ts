// The processes that are measured side by side: the bare proxy, Dogwatch, and the peers that are installed.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { createKeys } from '../../src/journal/keys.ts';

export interface Contender {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const ROOT = new URL('../../', import.meta.url).pathname;

/** Starts a script that prints its port as its first line. */
export async function startScript(name: string, file: string, args: readonly string[]): Promise<Contender> {
  const child = spawn(process.execPath, [join(import.meta.dirname, file), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (data: Buffer) => resolve(data.toString().trim()));
    child.once('exit', (code) => reject(new Error(`${name} ended with status ${code}`)));
  });
  return contender(name, `http://127.0.0.1:${port}`, child);
}

/** The published form: compiled JavaScript in a folder of its own, as `npm install dogwatch` would have it. */
export function buildPackage(directory: string): string {
  mkdirSync(directory, { recursive: true });
  const compiler = join(ROOT, 'node_modules/typescript-native/bin/tsc');
  execFileSync(process.execPath, [
    compiler,
    '-p',
    join(ROOT, 'tsconfig.build.json'),
    '--outDir',
    join(directory, 'dist'),
  ]);
  for (const part of ['bin', 'catalog', 'package.json'])
    cpSync(join(ROOT, part), join(directory, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  return join(directory, 'bin/dogwatch');
}

/** The real command with a real configuration; the issuer is `issuerUrl`, the agents' group `bench`. */
export async function startDogwatch(
  command: string,
  directory: string,
  upstream: string,
  issuerUrl: string,
): Promise<Contender & { readonly apiUrl: string }> {
  const [port, apiPort] = [await freePort(), await freePort()];
  const keys = join(directory, 'keys');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'dogwatch.yaml'), configuration(port, apiPort, upstream, issuerUrl));
  createKeys({ kek: join(keys, 'encryption.key'), signing: join(keys, 'signing.key') });
  const env = { ...process.env, BENCH_API_KEY: 'a1b2'.repeat(8), BENCH_APP_KEY: 'c3d4'.repeat(10) };
  const child = spawn(process.execPath, [command, 'serve', '--config', join(directory, 'dogwatch.yaml')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  });
  await untilListening(port, child);
  return {
    ...contender('dogwatch', `http://127.0.0.1:${port}`, child),
    apiUrl: `http://127.0.0.1:${apiPort}`,
  };
}

function configuration(port: number, apiPort: number, upstream: string, issuerUrl: string): string {
  return `name: bench
data: ./data
keys: { encryption: { file: ./keys/encryption.key }, signing: { file: ./keys/signing.key } }
gateway: { listen: '127.0.0.1:${port}' }
api: { listen: '127.0.0.1:${apiPort}' }
roles: { auditor: [bench] }
issuers: [{ name: bench, issuer: '${issuerUrl}', audience: dogwatch, jwks: '${issuerUrl}/jwks' }]
connections: [{ name: bench, default: true, site: datadoghq.com, groups: [bench], apiKey: { env: BENCH_API_KEY }, appKey: { env: BENCH_APP_KEY }, upstream: '${upstream}' }]
policy: { rules: [{ name: no-keys, match: { tags: [secrets], actions: [read] }, decision: deny }] }
log: { level: warn }
`;
}

const CORE_RULE_SET = ['/etc/modsecurity/crs/crs-setup.conf', '/usr/share/modsecurity-crs/rules/*.conf'];

/**
 * nginx with ModSecurity logging every request and response in full; undefined when it is not installed.
 * @param rules whether it also judges, by the OWASP Core Rule Set, as ModSecurity is deployed; without them it only logs
 */
export async function startModSecurity(
  directory: string,
  upstream: string,
  rules: boolean,
): Promise<Contender | undefined> {
  const module = '/usr/lib/nginx/modules/ngx_http_modsecurity_module.so';
  if (!existsSync('/usr/sbin/nginx') || !existsSync(module)) return undefined;
  if (rules && !existsSync(CORE_RULE_SET[0]!)) return undefined;
  mkdirSync(directory, { recursive: true });
  chmodSync(directory, 0o777); // The workers give up root.
  const port = await freePort();
  writeFileSync(
    join(directory, 'modsecurity.conf'),
    `SecRuleEngine DetectionOnly
SecRequestBodyAccess On
SecResponseBodyAccess On
SecResponseBodyMimeType application/json
SecAuditEngine On
SecAuditLogParts ABCEFHIJKZ
SecAuditLogType Serial
SecAuditLog ${directory}/audit.log
${rules ? CORE_RULE_SET.map((file) => `Include ${file}\n`).join('') : ''}`,
  );
  writeFileSync(
    join(directory, 'nginx.conf'),
    `load_module ${module};
daemon off; worker_processes 1; pid ${directory}/nginx.pid; error_log ${directory}/error.log crit;
events { worker_connections 2048; }
http {
  access_log off; client_body_temp_path ${directory}/b; proxy_temp_path ${directory}/p; fastcgi_temp_path ${directory}/f; uwsgi_temp_path ${directory}/u; scgi_temp_path ${directory}/s;
  upstream datadog { server ${new URL(upstream).host}; keepalive 128; }
  server {
    listen 127.0.0.1:${port}; keepalive_requests 1000000;
    modsecurity on; modsecurity_rules_file ${directory}/modsecurity.conf;
    location / { proxy_pass http://datadog; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`,
  );
  const child = spawn('/usr/sbin/nginx', ['-c', join(directory, 'nginx.conf'), '-e', join(directory, 'error.log')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await untilListening(port, child);
  return contender(rules ? 'nginx + ModSecurity + CRS' : 'nginx + ModSecurity', `http://127.0.0.1:${port}`, child);
}

/** mitmdump in reverse mode, writing every flow; undefined when it is not installed. */
export async function startMitmdump(directory: string, upstream: string): Promise<Contender | undefined> {
  if (!existsSync('/usr/bin/mitmdump')) return undefined;
  mkdirSync(directory, { recursive: true });
  const port = await freePort();
  const args = [
    '-q',
    '--mode',
    `reverse:${upstream}`,
    '--listen-host',
    '127.0.0.1',
    '-p',
    String(port),
    '-w',
    join(directory, 'flows'),
    '--set',
    `confdir=${directory}`,
  ];
  const child = spawn('/usr/bin/mitmdump', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  await untilListening(port, child);
  return contender('mitmdump -w', `http://127.0.0.1:${port}`, child);
}

function contender(name: string, url: string, child: ChildProcess): Contender {
  return {
    name,
    url,
    pid: child.pid!,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
        setTimeout(() => child.kill('SIGKILL'), 10_000).unref();
      }),
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0));
    });
  });
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`${child.spawnargs.join(' ')} ended with status ${child.exitCode}`);
    const answered = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${child.spawnargs[0]} does not listen on port ${port}`);
}
