// What of a data directory remembers beside journal and index, whether a gateway runs or not: the watch, alerts, and what is known of identities.
import type { Config } from '../config/config.ts';
import type { Memory } from '../exchange/memory.ts';
import { openIdentityStore } from '../identity/identity-store.ts';
import { alertMemory } from '../watch/alerts/alert-log.ts';
import { watchMemory } from '../watch/forget-state.ts';
import type { OpenData } from './open-data.ts';

/** Those that run; of what does not, its file. */
export interface Running {
  readonly watch?: Memory | undefined;
  readonly alerts?: Memory | undefined;
  readonly identities?: Memory | undefined;
}

/** In the order in which they have to forget: what the watch tells, alerts repeat. */
export function memoriesOf(
  { data: dir }: Pick<Config, 'data'>,
  { keyring }: Pick<OpenData, 'keyring'>,
  running: Running = {},
): Memory[] {
  return [
    running.watch ?? watchMemory(dir, keyring.secret('watch')),
    running.alerts ?? alertMemory(dir, keyring.secret('alerts')),
    running.identities ?? identityMemory(dir, keyring.secret('tokens')),
  ];
}

const identityMemory = (dir: string, key: Uint8Array): Memory => ({
  async forget(remains) {
    const store = await openIdentityStore({ dir, key });
    try {
      await store.forget(remains);
    } finally {
      await store.close();
    }
  },
});
