// What a command does with the gateway's identity store: through the API of the gateway that runs, or with the data directory to itself.
import type { Config } from '../config/config.ts';
import { DogwatchError } from '../exchange/error.ts';
import { type IdentityStore, openIdentityStore } from '../identity/identity-store.ts';
import type { ApiAddress } from './api-client.ts';
import { findConfig } from './locate-config.ts';
import { openData } from './open-data.ts';
import { runningApi } from './open-records.ts';
import { remoteApi } from './remote-api.ts';

type Data = Awaited<ReturnType<typeof openData>>;

/** The two ways to the same thing. */
export interface Ways<Reached> {
  readonly throughApi: (api: ApiAddress) => Reached;
  /** @param opened what is closed, latest first, when the command is done */
  readonly alone: (
    at: { readonly config: Config; readonly data: Data; readonly store: IdentityStore },
    opened: AsyncDisposableStack,
  ) => Reached | Promise<Reached>;
}

/**
 * Runs `use` with what was reached.
 * @throws DogwatchError as `openData`, and of the API; UsageError `config_not_found`, `config_invalid`, `usage`
 */
export async function withStore<Reached, T>(
  configFile: string | undefined,
  { throughApi, alone }: Ways<Reached>,
  use: (reached: Reached) => Promise<T>,
): Promise<T> {
  const elsewhere = remoteApi(configFile);
  if (elsewhere !== undefined) return use(throughApi(elsewhere));
  const config = await findConfig(configFile);
  let data: Data;
  try {
    data = await openData(config);
  } catch (error) {
    if (!(error instanceof DogwatchError) || error.code !== 'data_in_use') throw error;
    return use(throughApi(await runningApi(config, error)));
  }
  await using opened = new AsyncDisposableStack();
  opened.defer(() => data.close());
  const store = await openIdentityStore({ dir: config.data, key: data.keyring.secret('tokens') });
  opened.defer(() => store.close());
  return await use(await alone({ config, data, store }, opened));
}
