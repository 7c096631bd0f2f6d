// `npm run bench -- sandbox`: requests a second of the sandbox over HTTP, nearly empty and with 100,000 resources, and their memory.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { dashboard, monitor } from './bodies.ts';

const { values } = parseArgs({
  options: { resources: { type: 'string', default: '100000' }, seconds: { type: 'string', default: '4' } },
});
const RESOURCES = Number(values.resources);
const SECONDS = Number(values.seconds);
const CONNECTIONS = 16;
/** Requests a second of the mix. */
const BUDGET = 3000;
const keys = { 'dd-api-key': 'a'.repeat(32), 'dd-application-key': 'b'.repeat(40), 'content-type': 'application/json' };

interface Answer {
  readonly status: number;
  readonly body: string;
}

function client(url: string): (method: string, target: string, body?: string) => Promise<Answer> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  return (method, target, body) =>
    new Promise((resolve, reject) => {
      const sent = request(`${url}${target}`, { method, agent, headers: keys }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => {
          text += piece;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      });
      sent.on('error', reject);
      sent.end(body);
    });
}

type Call = (n: number) => Promise<Answer>;

interface Rate {
  readonly perSecond: number;
  /** Microseconds of CPU of the sandbox's process, all threads. */
  readonly cpu: number;
}

/** Runs calls on all connections for a while. */
async function rate(pid: number, call: Call): Promise<Rate> {
  const end = performance.now() + SECONDS * 1000;
  let calls = 0;
  const began = performance.now();
  const spent = cpuMicroseconds(pid);
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (performance.now() < end) {
        const { status, body } = await call(calls++);
        if (status >= 300) throw new Error(`a call was answered ${status}: ${body.slice(0, 200)}`);
      }
    }),
  );
  return {
    perSecond: Math.round(calls / ((performance.now() - began) / 1000)),
    cpu: Math.round((cpuMicroseconds(pid) - spent) / calls),
  };
}

/** User and system time of a process. Fields 14 and 15 of proc(5), in hundredths of a second. */
function cpuMicroseconds(pid: number): number {
  const after = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(after[11]) + Number(after[12])) * 10_000;
}

const residentBytes = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) * 1024;

let failed = false;
for (const resources of [100, RESOURCES]) {
  const child = fork(fileURLToPath(new URL('serve.ts', import.meta.url)), [String(resources)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  try {
    const [line] = (await once(child.stdout!.setEncoding('utf8'), 'data')) as [string];
    const { url, seconds } = JSON.parse(line) as { url: string; seconds: number };
    const bytes = residentBytes(child.pid!);
    const ask = client(url);
    const made: string[] = [];
    const kinds: Readonly<Record<string, Call>> = {
      'create monitor': async (n) => {
        const answer = await ask('POST', '/api/v1/monitor', monitor(n));
        made.push(String((JSON.parse(answer.body) as { id: number }).id));
        return answer;
      },
      'get monitor': (n) => ask('GET', `/api/v1/monitor/${made[n % made.length]}`),
      'update monitor': (n) =>
        ask('PUT', `/api/v1/monitor/${made[n % made.length]}`, JSON.stringify({ name: `Load ${n}` })),
      'create dashboard': (n) => ask('POST', '/api/v1/dashboard', dashboard(n)),
      'list monitors, a page of 20': () => ask('GET', '/api/v1/monitor?page=0&page_size=20'),
      'search logs': () =>
        ask('POST', '/api/v2/logs/events/search', '{"filter":{"query":"service:web"},"page":{"limit":10}}'),
    };
    console.log(
      `\n${resources} resources: made in process at ${Math.round(resources / seconds)}/s; ${Math.round(bytes / 2 ** 20)} MiB RSS`,
    );
    const mix = Object.values(kinds);
    await kinds['create monitor']!(0);
    const show = (name: string, { perSecond, cpu }: Rate, more = ''): void =>
      console.log(`  ${name.padEnd(30)} ${perSecond}/s, ${cpu} us CPU each${more}`);
    for (const [name, call] of Object.entries(kinds)) show(name, await rate(child.pid!, call));
    // As agents work: half of it reads of one, a tenth of it lists.
    const all = await rate(child.pid!, (n) => (n % 2 === 0 ? mix[1]! : mix[[0, 2, 3, 1, 4][(n >> 1) % 5]!]!)(n));
    show('mix', all, ` (wanted: ${BUDGET}/s)`);
    if (all.perSecond < BUDGET) failed = true;
  } finally {
    child.kill('SIGKILL');
  }
}
process.exit(failed ? 1 : 0);
