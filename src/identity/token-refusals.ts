// What the token endpoint refuses: as an answer that tells the caller little, and as an entry that tells the operator why.
import { newId } from '../exchange/canonical.ts';
import type { Entry, RefusedToken } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import { OAuthError, refusedGrant } from './oauth-error.ts';
import type { RefusedCredential } from './refused.ts';

/** Refusals recorded one by one per minute; what is more is counted. */
const RECORDED_PER_MINUTE = 60;

/** A refused credential, and the text of it where there is one, for its fingerprint. */
export class RefusedWith extends Error {
  readonly refused: RefusedCredential;
  readonly token: string | undefined;

  constructor(refused: RefusedCredential, token: string | undefined) {
    super(refused.message);
    this.refused = refused;
    this.token = token;
  }
}

/** The error of an answer. @throws what is neither a refusal nor an error of Dogwatch's own */
export function asOAuthError(error: unknown): OAuthError {
  if (error instanceof OAuthError) return error;
  if (error instanceof RefusedWith) return refusedGrant(error.refused.code);
  if (error instanceof DogwatchError) return new OAuthError('temporarily_unavailable', error.message, error.code);
  throw error;
}

/** Records refusals, a bounded number a minute; of the others the next entry says how many there were. */
export function createRefusals(append: (entry: Entry) => Promise<unknown>, now: () => number) {
  let minute = 0;
  let recorded = 0;
  let suppressed = 0;
  return async (refusal: Omit<RefusedToken, 'exchange' | 'suppressed'>): Promise<void> => {
    const current = Math.floor(now() / 60_000);
    if (current !== minute) [minute, recorded] = [current, 0];
    if (recorded >= RECORDED_PER_MINUTE) {
      suppressed += 1;
      return;
    }
    recorded += 1;
    const id = newId();
    const summary: RefusedToken = { exchange: id, ...refusal, ...(suppressed > 0 && { suppressed }) };
    suppressed = 0;
    const parts = { summary: Buffer.from(JSON.stringify(summary)) };
    // A journal that takes nothing changes nothing: the answer is a refusal.
    await append({ id, time: now(), kind: 'identity.refused', parts }).catch(() => undefined);
  };
}
