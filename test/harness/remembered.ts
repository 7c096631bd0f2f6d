// What a data directory remembers beside journal and index, unsealed, as text: to look for what should not be there.
import { join } from 'node:path';
import { serialize } from 'node:v8';
import { openSealedLog } from '../../src/identity/sealed-log.ts';
import type { Keyring } from '../../src/journal/keyring.ts';
import { readState, stateFile } from '../../src/watch/state-file.ts';

export interface Remembered {
  /** What the watch has learned. */
  readonly watch: string;
  /** One line for each event of the file. */
  readonly alerts: string;
  readonly identities: string;
}

/** Nobody else may have the directory open. */
export async function remembered(dir: string, keyring: Pick<Keyring, 'secret'>): Promise<Remembered> {
  const lines = async (file: string, purpose: 'alerts' | 'tokens'): Promise<string> => {
    const all: string[] = [];
    const log = await openSealedLog<object>({
      ...{ file: join(dir, file), key: keyring.secret(purpose), snapshot: () => [], live: () => 1 },
      replay: (event) => all.push(JSON.stringify(event)),
    });
    await log.close();
    return all.join('\n');
  };
  const { state } = readState(stateFile(dir), keyring.secret('watch'));
  return {
    watch: Buffer.from(serialize(state)).toString('latin1'),
    alerts: await lines('alerts.log', 'alerts'),
    identities: await lines('identity.log', 'tokens'),
  };
}
