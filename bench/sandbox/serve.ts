// A process of the sandbox bench: fills a sandbox with as many resources as it is told, serves it, and prints where, as JSON.
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { dashboard, monitor } from './bodies.ts';

const resources = Number(process.argv[2] ?? 0);
const sandbox = createSandbox();
const began = performance.now();
for (let n = 0; n < resources; n++) {
  const [target, body] = n % 10 < 7 ? ['/api/v1/monitor', monitor(n)] : ['/api/v1/dashboard', dashboard(n)];
  const { status } = sandbox.answer({
    method: 'POST',
    target,
    contentType: 'application/json',
    body: Buffer.from(body),
  });
  if (status !== 200) throw new Error(`POST ${target} was answered ${status}`);
}
const seconds = (performance.now() - began) / 1000;
const { url } = await startSandbox({ port: 0, sandbox });
process.stdout.write(`${JSON.stringify({ url, seconds })}\n`);
process.once('disconnect', () => process.exit(0));
