// A refusal of an OAuth endpoint, as RFC 6749 section 5.2 and RFC 8693 section 2.2.2 have it.
import { CODES, type Code } from '../exchange/codes.ts';
import type { RefusalCode } from './refused.ts';

export type OAuthErrorName =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_scope'
  | 'invalid_target'
  | 'unsupported_grant_type'
  | 'unsupported_token_type'
  | 'slow_down'
  | 'temporarily_unavailable';

const STATUS: Partial<Record<OAuthErrorName, number>> = {
  invalid_client: 401,
  slow_down: 429,
  temporarily_unavailable: 503,
};

/** `message` is told to the client as error_description: printable ASCII, no secret, no reason of a refused credential. */
export class OAuthError extends Error {
  readonly error: OAuthErrorName;
  /** A code of codes.ts, for `x-dogwatch-error`. */
  readonly code: Code;

  constructor(error: OAuthErrorName, message: string, code: Code = 'bad_parameter') {
    super(message);
    this.name = 'OAuthError';
    this.error = error;
    this.code = code;
  }

  get status(): number {
    return STATUS[this.error] ?? 400;
  }

  /** What is sent. Characters that error_description may not hold are left out (RFC 6749 section 5.2). */
  get body(): { error: string; error_description: string } {
    return { error: this.error, error_description: this.message.replace(/["\\]/g, "'").replace(/[^\x20-\x7e]/g, '?') };
  }
}

/** A credential that was refused: little for the client. */
export function refusedGrant(code: RefusalCode): OAuthError {
  return code === 'issuer_unavailable'
    ? new OAuthError('temporarily_unavailable', CODES[code].means, code)
    : new OAuthError('invalid_grant', CODES[code].means, code);
}
