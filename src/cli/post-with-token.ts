// One POST to an API with a stored token, whose answer does not matter beyond its success.
import { DogwatchError } from '../exchange/error.ts';
import type { StoredCredential } from './credentials.ts';

const TIMEOUT = 10_000;

/** @throws DogwatchError `not_found` when the API does not take it */
export async function postWithToken(
  { api, token }: Pick<StoredCredential, 'api' | 'token'>,
  path: string,
): Promise<void> {
  const response = await fetch(new URL(path, api), {
    method: 'POST',
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT),
    headers: { authorization: `Bearer ${token}` },
  }).catch((cause: unknown) => {
    throw new DogwatchError('not_found', `no Dogwatch API answers at ${api}`, { cause });
  });
  await response.body?.cancel();
  // An expired token is as good as ended.
  if (!response.ok && response.status !== 401)
    throw new DogwatchError('not_found', `${api} answered ${response.status}`);
}
