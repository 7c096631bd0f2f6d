// The demo's Datadog: a sandbox with fresh keys, to which a metric with a spike of failed logins was sent, and the logs that tell of it.
import { randomBytes } from 'node:crypto';
import { createSandbox, type Sandbox } from '../../sandbox/sandbox.ts';
import { startSandbox } from '../../sandbox/server.ts';

/** A running Datadog, and the only keys it accepts. */
export interface DemoDatadog {
  readonly url: string;
  readonly apiKey: string;
  readonly appKey: string;
  close(): Promise<void>;
}

const MINUTE = 60_000;
const HOURS = 2;
/** The spike lies this long ago and lasts so long. */
const SPIKE = { ago: 12 * MINUTE, length: 6 * MINUTE, factor: 31 };
const CALM: Readonly<Record<string, number>> = { 'auth.login.failures': 12, 'http.requests.errors': 40 };
const ATTACKER = '203.0.113.77';
const LOG_EVERY = 7_500;
const LOGS = 480;

/** Starts it on an ephemeral port of 127.0.0.1. */
export async function startDatadog(now = Date.now()): Promise<DemoDatadog> {
  const keys = { apiKey: randomBytes(16).toString('hex'), appKey: randomBytes(20).toString('hex') };
  const sandbox = createSandbox();
  sendMetrics(sandbox, now);
  sendLogs(sandbox, now);
  const { url, close } = await startSandbox({ port: 0, keys, sandbox });
  return { url, ...keys, close };
}

/** A value between 0 and 1 that depends on the number alone. */
const noise = (n: number): number => (Math.imul(n ^ (n >>> 15), 2_246_822_519) >>> 0) / 2 ** 32;

const inSpike = (at: number, now: number): boolean => at >= now - SPIKE.ago && at < now - SPIKE.ago + SPIKE.length;

function sendMetrics(sandbox: Sandbox, now: number): void {
  const last = Math.floor(now / MINUTE);
  for (const [metric, calm] of Object.entries(CALM)) {
    const points = Array.from({ length: HOURS * 60 }, (_, i) => {
      const minute = last - HOURS * 60 + 1 + i;
      const factor = metric.startsWith('auth.') && inSpike(minute * MINUTE, now) ? SPIKE.factor : 1;
      return { timestamp: minute * 60, value: Math.round(calm * (0.75 + noise(minute) / 2) * factor * 100) / 100 };
    });
    send(sandbox, '/api/v2/series', { series: [{ metric, type: 1, points, tags: ['env:demo'] }] });
  }
}

function sendLogs(sandbox: Sandbox, now: number): void {
  for (let n = LOGS; n > 0; n--) {
    const at = now - n * LOG_EVERY;
    const attacked = inSpike(at, now);
    const user = `user-${Math.floor(noise(n) * 400)}`;
    const ip = attacked ? ATTACKER : `198.51.100.${Math.floor(noise(n + 1) * 250)}`;
    const failed = attacked || n % 9 === 0;
    sandbox.world.setClock(at);
    send(sandbox, '/api/v2/logs', [
      {
        message: failed ? `login failed for ${user} from ${ip}: wrong password` : `login of ${user} from ${ip}`,
        status: failed ? 'warn' : 'info',
        service: 'auth',
        hostname: 'auth-7f9c',
        ddsource: 'nodejs',
        ddtags: 'env:demo',
      },
    ]);
  }
  sandbox.world.setClock(undefined);
}

function send(sandbox: Sandbox, target: string, body: object): void {
  const { status } = sandbox.answer({
    method: 'POST',
    target,
    contentType: 'application/json',
    body: Buffer.from(JSON.stringify(body)),
  });
  if (status >= 300) throw new Error(`the sandbox answered ${status} to POST ${target}`);
}
