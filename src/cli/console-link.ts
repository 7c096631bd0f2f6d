// Asks the gateway that runs here for a link into its console, as the local operator.
import type { z } from 'zod';
import type { localLink } from '../api/schemas-local.ts';
import { DogwatchError } from '../exchange/error.ts';
import { type ApiAddress, sendApi } from './api-client.ts';
import { findConfig } from './locate-config.ts';
import { runningApi } from './open-records.ts';

export interface ConsoleLink {
  /** The code stands behind the `#`: no server, log or referrer sees it. */
  readonly url: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** @throws DogwatchError `not_found` when no gateway runs here; UsageError `config_not_found` */
export async function consoleLink(configFile: string | undefined): Promise<ConsoleLink> {
  const api = await runningApi(
    await findConfig(configFile),
    new DogwatchError('not_found', 'no gateway runs over this data directory', { remedy: 'start it: dogwatch serve' }),
  );
  return linkAt(api);
}

/** The same of an API whose address and token are known. */
export async function linkAt(api: ApiAddress): Promise<ConsoleLink> {
  const { code, expiresAt } = await sendApi<z.output<typeof localLink>>(api, '/auth/local/begin', {});
  return { url: `${new URL(api.url).origin}/sign-in#local=${code}`, expiresAt };
}
