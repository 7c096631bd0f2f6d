// The signature algorithms that Dogwatch can be told to accept. Asymmetric ones only: no `none`, no HMAC (RFC 8725 section 3.1).

/** JWS algorithms (RFC 7518 section 3.1, RFC 8037, RFC 9864). */
export const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

export type Algorithm = (typeof ALGORITHMS)[number];

/** What an issuer may use when its configuration names none. */
export const DEFAULT_ALGORITHMS: readonly Algorithm[] = ALGORITHMS;
