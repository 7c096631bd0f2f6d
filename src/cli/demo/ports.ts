// Whether the demo's ports are free, asked before anything is started for nothing.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { DogwatchError, UsageError } from '../../exchange/error.ts';

/** @param ports 0 for any free one @throws UsageError `port_in_use` for the first that another process listens on */
export async function requirePorts(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const probe = createServer();
    try {
      await once(probe.listen(port, '127.0.0.1'), 'listening');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
      suggestPorts(new DogwatchError('port_in_use', `another process listens on 127.0.0.1:${port}`, { cause }));
    }
    probe.close();
  }
}

/** Throws it, with what to do when it is about a port. */
export function suggestPorts(error: unknown): never {
  if (error instanceof DogwatchError && error.code === 'port_in_use') {
    throw new UsageError('port_in_use', error.message, {
      remedy: 'choose other ports: dogwatch demo --port N --api-port N',
      cause: error,
    });
  }
  throw error;
}
