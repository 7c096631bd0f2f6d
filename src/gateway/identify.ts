// Credential in, identity out; and the entry that a refused credential leaves behind.
import { looksLikeToken } from '../datadog/carriers.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { Credential } from '../identity/credential.ts';
import type { GatewayContext } from './context.ts';
import type { RequestHead } from './request-head.ts';

/** Refused tokens recorded one by one per second; more are counted, so that a flood of them cannot fill the journal. */
const RECORDED_PER_SECOND = 50;

/** @throws DogwatchError token_* or issuer_unavailable. */
export function identify(context: GatewayContext, head: RequestHead): Credential | Promise<Credential> {
  const [token, second] = head.candidates;
  if (token === undefined) {
    throw new DogwatchError('token_missing', 'no token came with this request', {
      remedy: 'give the client a Dogwatch token as its Datadog API key, or send Authorization: Bearer',
    });
  }
  if (second !== undefined && looksLikeToken(token) && looksLikeToken(second)) {
    throw new DogwatchError('token_ambiguous', 'two different tokens came with this request', { remedy: 'send one' });
  }
  return context.verifier.check(token);
}

/** Records refused credentials, a bounded number a second. */
export class RefusedTokens {
  #context: GatewayContext;
  #second = 0;
  #recorded = 0;
  #suppressed = 0;

  constructor(context: GatewayContext) {
    this.#context = context;
  }

  /** Resolves when the entry is durable, at once when it was only counted. A journal that cannot take it changes nothing: the answer is a refusal. */
  async record(exchange: string, head: RequestHead, source: string, error: DogwatchError, now: number): Promise<void> {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#recorded = 0;
    }
    if (this.#recorded >= RECORDED_PER_SECOND) {
      this.#suppressed += 1;
      this.#context.stats.refusalsSuppressed += 1;
      return;
    }
    this.#recorded += 1;
    const suppressed = this.#suppressed;
    this.#suppressed = 0;
    const token = head.candidates[0];
    const reason = error instanceof DogwatchError && 'reason' in error ? String(error.reason) : error.message;
    try {
      await this.#context.recorder.refusedToken({
        exchange,
        code: error.code,
        reason,
        source,
        ...(token !== undefined && {
          fingerprint: this.#context.fingerprint(token),
          claimed: this.#context.verifier.claimed(token) ?? {},
        }),
        ...(head.client.userAgent !== undefined && { userAgent: head.client.userAgent }),
        ...(suppressed > 0 && { suppressed }),
      });
    } catch (failure) {
      this.#context.log.error(
        { exchange, code: (failure as DogwatchError).code },
        'a refused token could not be recorded',
      );
    }
  }
}
