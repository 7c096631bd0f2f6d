// A credential that was not accepted: little for the caller, the whole reason for the operator.
import { CODES, type Code } from '../exchange/codes.ts';
import { DogwatchError } from '../exchange/error.ts';

/** The codes a credential may be refused with. */
export type RefusalCode = Extract<
  Code,
  `token_${string}` | `saml_${string}` | `login_${string}` | 'issuer_unavailable' | 'sign_in_unavailable'
>;

/** What the caller can do about it. It must not tell an attacker which check failed how. */
const REMEDIES: Partial<Record<RefusalCode, string>> = {
  token_missing: 'Send a token as Authorization: Bearer, or as the Datadog API key.',
  token_ambiguous: 'Send one token, or the same one in every place.',
  token_unknown_issuer: 'Get a token from an issuer that this gateway is configured for.',
  token_bad_audience: "Ask the issuer for a token with this gateway's audience.",
  token_expired: 'Get a new token.',
  token_revoked: 'Sign in again, or ask an administrator of Dogwatch.',
  token_unmatched: 'Use a token of a run that the configuration admits.',
  token_not_yet_valid: 'Check the clocks, and try again when the token has become valid.',
  issuer_unavailable: 'Try again in a few seconds.',
};

/**
 * A refused credential. `message` and `remedy` are for the caller; `reason` is for the operator's log and the journal.
 * Neither holds any part of the credential besides what it claims of issuer, key id and audience, cut short.
 */
export class RefusedCredential extends DogwatchError {
  declare readonly code: RefusalCode;
  /** Why, for the operator. */
  readonly reason: string;

  constructor(code: RefusalCode, reason: string) {
    const remedy = REMEDIES[code] ?? 'Get a new token from your issuer.';
    super(code, CODES[code].means, { remedy });
    this.name = 'RefusedCredential';
    this.reason = reason;
  }
}

/** An untrusted value as a short, printable text for a reason: control and format characters escaped, cut at 120 characters. */
export function quoted(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(typeof value === 'string' ? value.slice(0, 121) : value) ?? 'nothing';
  } catch {
    text = 'something';
  }
  text = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, '\ufffd');
  return text.length > 122 ? `${text.slice(0, 120)}…` : text;
}
