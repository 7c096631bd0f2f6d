// Holds and erasure for a command: through $DOGWATCH_API, the gateway that runs here, or with the data directory to itself.
import type { Caller } from '../api/audit.ts';
import type { Erased, EraseRequest } from '../api/erasure.ts';
import type { Hold } from '../api/holds.ts';
import { createKeeping } from '../api/keeping.ts';
import { localOperator } from '../api/local-operator.ts';
import type { Selection } from '../api/selection.ts';
import { DogwatchError } from '../exchange/error.ts';
import { type ApiAddress, askApi } from './api-client.ts';
import { findConfig } from './locate-config.ts';
import { memoriesOf } from './memories.ts';
import { openData } from './open-data.ts';
import { osUser, runningApi } from './open-records.ts';
import { remoteApi } from './remote-api.ts';

/** What a command can do, whichever way. All of it is recorded. */
export interface RecordKeeper {
  erase(request: EraseRequest): Promise<Erased>;
  holds(): Promise<readonly Hold[]>;
  addHold(selection: Selection, why: string): Promise<Hold>;
  releaseHold(id: string, why: string): Promise<Hold>;
}

/** @throws DogwatchError as `openData`; UsageError `config_not_found`, `config_invalid`, `usage` */
export async function withKeeper<T>(
  configFile: string | undefined,
  use: (keeper: RecordKeeper) => Promise<T>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<T> {
  const elsewhere = remoteApi(configFile, env);
  if (elsewhere) return use(remote(elsewhere));
  const config = await findConfig(configFile, env);
  let data: Awaited<ReturnType<typeof openData>>;
  try {
    data = await openData(config);
  } catch (error) {
    if (!(error instanceof DogwatchError) || error.code !== 'data_in_use') throw error;
    return use(remote(await runningApi(config, error)));
  }
  try {
    const { holds, erasure, audit } = createKeeping({
      dir: config.data,
      ...data,
      memories: memoriesOf(config, data),
    });
    const caller: Caller = { identity: localOperator(osUser()) };
    // What an earlier run began is ended first.
    await erasure.resume();
    return await use({
      erase: (request) => erasure.erase(caller, request),
      async holds() {
        await audit(caller, 'audit.view', 'viewed the legal holds', {});
        return holds.list();
      },
      addHold: (selection, why) => holds.add(caller, selection, why),
      releaseHold: (id, why) => holds.release(caller, id, why),
    });
  } finally {
    await data.close();
  }
}

function remote(address: ApiAddress): RecordKeeper {
  const selected = ({ query, ...rest }: Selection) => ({ ...rest, q: query });
  return {
    erase: ({ selection, parts, why, dryRun }) =>
      askApi(address, 'POST', '/api/v1/erasures', {
        ...selected(selection),
        parts: parts.join(),
        why,
        dryRun: dryRun ? 'true' : undefined,
      }),
    holds: async () => (await askApi<{ items: Hold[] }>(address, 'GET', '/api/v1/holds', {})).items,
    addHold: (selection, why) => askApi(address, 'POST', '/api/v1/holds', { ...selected(selection), why }),
    releaseHold: (id, why) => askApi(address, 'POST', `/api/v1/holds/${encodeURIComponent(id)}/release`, { why }),
  };
}
