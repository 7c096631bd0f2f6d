// `dogwatch witness`: a witness for the logs of other machines. It cosigns what is consistent with what it saw before.
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { UsageError } from '../exchange/error.ts';
import { repeated } from './repeated.ts';
import { stopSignal } from './stop-signal.ts';

interface Options {
  readonly listen: string;
  readonly key?: string;
  readonly state?: string;
  readonly log: readonly string[];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly insecure?: true;
}

export function witnessCommand(): Command {
  const command = new Command('witness')
    .description("Cosign the checkpoints of other machines' logs, as long as none of them changes its history.")
    .option('--listen <address>', 'host:port to listen on', '127.0.0.1:8099')
    .option('--key <file>', 'private key of this witness, as new-key makes it')
    .option('--state <dir>', 'where it remembers what it cosigned last; back it up, never restore an older copy')
    .option('--log <vkey>', 'verifier key of a log, or a file of them; may be repeated', repeated, [])
    .option('--tls-cert <file>', 'PEM certificate chain')
    .option('--tls-key <file>', 'PEM private key')
    .option('--insecure', 'allow plain HTTP beyond loopback')
    .addHelpText('after', '\nSIGTERM and SIGINT stop it. Its own log is JSON on stderr.')
    .action(runWitness);
  command
    .command('new-key')
    .description("Make a witness's private key, and print its verifier key.")
    .argument('<file>', 'where to write the private key')
    .requiredOption('--name <name>', 'name of the witness, like a URL without scheme: witness.example.com/w1')
    .action(async (file: string, { name }: { name: string }) => {
      const { createWitnessSecret } = await import('../witness/secret-file.ts');
      process.stdout.write(`${createWitnessSecret(file, name).verifierKey}\n`);
    });
  return command;
}

async function runWitness(options: Options): Promise<void> {
  const { key, state: dir, log: vkeys, tlsCert, tlsKey } = options;
  if (key === undefined)
    throw new UsageError('usage', 'no --key was given', { remedy: 'dogwatch witness new-key makes one' });
  if (dir === undefined) throw new UsageError('usage', 'no --state was given', { remedy: 'name a folder of its own' });
  if (vkeys.length === 0) {
    throw new UsageError('usage', 'no --log was given', {
      remedy: "name the log's verifier key: /tlog/vkey of its gateway",
    });
  }
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new UsageError('usage', '--tls-cert and --tls-key go together');
  }
  const [{ pino }, units, { loadWitnessSecret }, { openWitnessState }, { startWitnessServer }, { logKeys }] =
    await Promise.all([
      import('pino'),
      import('../config/units.ts'),
      import('../witness/secret-file.ts'),
      import('../witness/state.ts'),
      import('../witness/server.ts'),
      import('./verifier-keys.ts'),
    ]);
  const listen = units.parseAddress(options.listen);
  if (listen === undefined) throw new UsageError('usage', '--listen is no address such as 127.0.0.1:8099');
  if (tlsCert === undefined && options.insecure === undefined && !units.isLoopback(listen.host)) {
    throw new UsageError('usage', `${listen.host} can be reached from other machines, and no certificate is given`, {
      remedy: 'give --tls-cert and --tls-key, or say --insecure when something in front does TLS',
    });
  }
  const tls = tlsCert === undefined || tlsKey === undefined ? undefined : { cert: pem(tlsCert), key: pem(tlsKey) };
  const signer = loadWitnessSecret(key);
  const log = pino({ level: 'info', base: { pid: process.pid } }, pino.destination({ dest: 2, sync: true }));
  const state = await openWitnessState(dir, signer, logKeys(vkeys));
  try {
    const server = await startWitnessServer({ listen, ...(tls && { tls }), state, log });
    const address = units.formatAddress({ host: listen.host, port: server.port });
    log.info({ listen: address, witness: signer.verifierKey, logs: state.origins }, 'witnessing');
    if (process.stderr.isTTY) process.stderr.write(`witness ${signer.verifierKey}   ${address}   Ctrl-C stops\n`);
    await stopSignal();
    await server.close();
  } finally {
    state.close();
  }
}

function pem(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new UsageError('key_missing', `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
