// `dogwatch sandbox`: a Datadog that forgets, to try agents and automation against.
import { Command } from 'commander';
import { portNumber } from './port-number.ts';
import { stopSignal } from './stop-signal.ts';

export function sandboxCommand(): Command {
  return new Command('sandbox')
    .description('Run a stateful emulator of the Datadog API on this machine.')
    .option('--port <n>', 'port on 127.0.0.1; 0 for any free one', portNumber, 8126)
    .option('--state <file>', 'begin with the state in this file when it is there, and save the state to it at the end')
    .option('--site <site>', 'the Datadog site that links name', 'datadoghq.com')
    .addHelpText(
      'after',
      `
Any API key and application key will do. Beside Datadog's API:
  POST /_sandbox/reset    forget everything; {"now": "2026-01-01T00:00:00Z"} stops the clock
  GET  /_sandbox/state    all resources as JSON; PUT takes such a state
  GET  /_sandbox/log      what was asked
  PUT  /_sandbox/faults   {"every": 5, "status": 429}, {"every": 1, "delayMs": 300}, {"every": 10, "drop": true}`,
    )
    .action(async (options: { port: number; state?: string; site: string }) => {
      const [{ startSandbox }, { createSandbox }, { loadStateFile, saveStateFile }] = await Promise.all([
        import('../sandbox/server.ts'),
        import('../sandbox/sandbox.ts'),
        import('../sandbox/state-file.ts'),
      ]);
      const sandbox = createSandbox(options.site);
      if (options.state !== undefined) await loadStateFile(options.state, sandbox.world);
      const server = await startSandbox({ port: options.port, sandbox });
      process.stdout.write(`sandbox on ${server.url}\n`);
      await stopSignal();
      await server.close();
      if (options.state !== undefined) await saveStateFile(options.state, sandbox.world);
    });
}
