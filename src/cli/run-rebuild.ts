// Builds the index anew: by the running gateway, or with the data directory to itself.
import { auditInto } from '../api/audit.ts';
import { localOperator } from '../api/local-operator.ts';
import type { Config } from '../config/config.ts';
import { DogwatchError } from '../exchange/error.ts';
import { askGateway } from './api-client.ts';
import { openData } from './open-data.ts';
import { osUser, runningApi } from './open-records.ts';

/** @returns how many entries it holds then */
export async function rebuild(config: Config, onProgress: (leaves: number, size: number) => void): Promise<number> {
  try {
    const data = await openData(config);
    try {
      await auditInto((entry) => data.journal.append(entry))(
        { identity: localOperator(osUser()) },
        'admin.index',
        'had the index built anew',
        {},
      );
      return await data.index.rebuild(onProgress);
    } finally {
      await data.close();
    }
  } catch (error) {
    if (!(error instanceof DogwatchError) || error.code !== 'data_in_use') throw error;
    const { indexedThrough } = await askGateway<{ indexedThrough: number }>(
      await runningApi(config, error),
      '/api/v1/index/rebuild',
    );
    return indexedThrough;
  }
}
