// Asks the API who the caller is: with the token at hand, or as the local operator of the gateway that runs here.
import type { z } from 'zod';
import type { whoami } from '../api/schemas.ts';
import { DogwatchError } from '../exchange/error.ts';
import { askApi } from './api-client.ts';
import { findConfig } from './locate-config.ts';
import { runningApi } from './open-records.ts';
import { remoteApi } from './remote-api.ts';

export type Whoami = z.output<typeof whoami>;

/** @throws DogwatchError of the API; `not_found` when no gateway runs; UsageError `config_not_found`, `usage` */
export async function askWhoami(configFile: string | undefined): Promise<Whoami> {
  const api =
    remoteApi(configFile) ??
    (await runningApi(
      await findConfig(configFile),
      new DogwatchError('not_found', 'no gateway runs over this data directory', {
        remedy: 'start it: dogwatch serve',
      }),
    ));
  return askApi<Whoami>(api, 'GET', '/api/v1/whoami', {});
}
