// `dogwatch serve`: runs the gateway and its API until it is told to stop.
import { Command } from 'commander';
import { findConfig } from './locate-config.ts';
import { stopSignal } from './stop-signal.ts';

export function serveCommand(): Command {
  return new Command('serve')
    .description('Run the gateway and its API.')
    .option('-c, --config <file>', 'configuration file ($DOGWATCH_CONFIG, ./dogwatch.yaml)')
    .addHelpText(
      'after',
      `
SIGTERM and SIGINT stop it: calls in flight end first, within gateway.limits.drain.
SIGHUP reads the connections and their secrets anew. The log is JSON on stderr.`,
    )
    .action(async (options: { config?: string }) => {
      const config = await findConfig(options.config);
      const [{ pino }, { runGateway }] = await Promise.all([import('pino'), import('./run-gateway.ts')]);
      const log = pino(
        { level: config.log.level, base: { pid: process.pid } },
        pino.destination({ dest: 2, sync: true }),
      );
      const gateway = await runGateway(config, { log });
      if (process.stderr.isTTY)
        process.stderr.write(`gateway ${gateway.gatewayUrl}   API ${gateway.apiUrl}   Ctrl-C stops\n`);
      process.on('SIGHUP', () => {
        gateway
          .reload()
          .catch((error: unknown) =>
            log.error(
              { message: error instanceof Error ? error.message : String(error) },
              'the connections could not be read anew; those of before stay',
            ),
          );
      });
      await stopSignal();
      await gateway.close();
    });
}
