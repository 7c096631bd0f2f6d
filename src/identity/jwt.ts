// Verification of one JWT (RFC 7519) by the rules of RFC 8725: what the token says of itself is checked before any of it is used.
import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  jwtVerify,
  type ProtectedHeaderParameters,
} from 'jose';
import type { Identity } from '../exchange/identity.ts';
import { identityOf } from './claims.ts';
import type { IssuerConfig } from './config.ts';
import { duplicateName } from './duplicate-names.ts';
import type { IssuerKeys } from './issuer-keys.ts';
import { quoted, RefusedCredential } from './refused.ts';

/** An identity, and until when its token says so, in milliseconds since the epoch. */
export interface Verified {
  readonly identity: Identity;
  readonly expiresAt: number;
}

/** A configured issuer and its keys. */
export interface Issuer {
  readonly config: IssuerConfig;
  readonly keys: IssuerKeys;
}

/** Explicit types that are access or ID tokens (RFC 7519 section 5.1, RFC 9068; `JOSE`: SPIFFE). Others mean something else. */
const TYPES = new Set(['jwt', 'at+jwt', 'jose']);
/** Header members that bring or point at a key (RFC 7515 section 4.1). Dogwatch never looks at them. */
const KEY_BEARING = ['jku', 'jwk', 'x5u', 'x5c'] as const;

/**
 * Verifies a JWT against the configured issuers.
 *
 * @param now milliseconds since the epoch
 * @throws RefusedCredential with the code of the first check that failed.
 */
export async function verifyJwt(token: string, issuers: ReadonlyMap<string, Issuer>, now: number): Promise<Verified> {
  const { header, payload } = decode(token);
  const issuer = issuers.get(issuerNamed(payload) ?? '');
  if (issuer === undefined) {
    throw new RefusedCredential('token_unknown_issuer', `no issuer is configured as ${quoted(payload.iss)}`);
  }
  const { config } = issuer;
  checkHeader(header, config);
  // Before the signature: a token that ended long ago shall not make us fetch keys.
  checkTimes(payload, config, now);
  const claims = await checkSignature(token, header, issuer, now);
  checkTrustDomain(claims, config);
  return { identity: identityOf(claims, config), expiresAt: (claims.exp as number) * 1000 };
}

/** The configured name to look for: the `iss` claim; of a JWT-SVID without one the trust domain, which its subject begins with. */
function issuerNamed({ iss, sub }: JWTPayload): string | undefined {
  if (iss !== undefined) return typeof iss === 'string' ? iss : undefined;
  return typeof sub === 'string' ? /^spiffe:\/\/[a-z0-9._-]{1,255}(?=\/|$)/.exec(sub)?.[0] : undefined;
}

/** What a token claims of itself, unverified and cut short; for the record of a refusal. Never throws. */
export function claimedBy(token: string): { issuer?: string; subject?: string } {
  try {
    const { iss, sub } = decodeJwt(token);
    const short = (value: unknown) => (typeof value === 'string' ? value.slice(0, 256).toWellFormed() : undefined);
    const issuer = short(iss);
    const subject = short(sub);
    return { ...(issuer !== undefined && { issuer }), ...(subject !== undefined && { subject }) };
  } catch {
    return {};
  }
}

/** A trust domain's keys speak for its own subjects alone (JWT-SVID section 3.1). */
function checkTrustDomain({ sub, iss }: JWTPayload, { trustDomain, issuer }: IssuerConfig): void {
  if (trustDomain === undefined) return;
  if (issuer.startsWith('spiffe://') && iss !== undefined && iss !== issuer) {
    throw new RefusedCredential('token_unknown_issuer', `iss is ${quoted(iss)}, and ${issuer} is configured`);
  }
  const path = sub?.startsWith(`spiffe://${trustDomain}/`) ? sub.slice(`spiffe://${trustDomain}`.length) : '';
  if (!/^(?:\/[A-Za-z0-9._-]+)+$/.test(path) || /\/\.{1,2}(?:\/|$)/.test(path)) {
    throw new RefusedCredential('token_unmatched', `sub is ${quoted(sub)}, which is no workload of ${trustDomain}`);
  }
}

function decode(token: string): { header: ProtectedHeaderParameters; payload: JWTPayload } {
  const parts = token.split('.');
  if (parts.length === 5) throw new RefusedCredential('token_malformed', 'it is an encrypted JWT (JWE)');
  if (parts.length !== 3) throw new RefusedCredential('token_malformed', 'it is not a JWT');
  if (!parts.every(isBase64url)) throw new RefusedCredential('token_malformed', 'its parts are not base64url');
  let decoded: { header: ProtectedHeaderParameters; payload: JWTPayload };
  try {
    decoded = { header: decodeProtectedHeader(token), payload: decodeJwt(token) };
  } catch {
    throw new RefusedCredential('token_malformed', 'header or claims are no JSON objects');
  }
  for (const part of parts.slice(0, 2)) {
    const twice = duplicateName(Buffer.from(part, 'base64url').toString('utf8'));
    if (twice !== undefined)
      throw new RefusedCredential('token_malformed', `${quoted(twice)} stands twice in one object`);
  }
  return decoded;
}

/** Strictly, also in the unused bits of the last character: one token is to have one spelling. */
const isBase64url = (text: string): boolean => Buffer.from(text, 'base64url').toString('base64url') === text;

function checkHeader(header: ProtectedHeaderParameters, config: IssuerConfig): void {
  if (!(config.algorithms as readonly unknown[]).includes(header.alg)) {
    const allowed = config.algorithms.join(', ');
    throw new RefusedCredential(
      'token_bad_algorithm',
      `alg is ${quoted(header.alg)}; ${config.name} may use ${allowed}`,
    );
  }
  const { typ, crit } = header as { typ?: unknown; crit?: unknown };
  if (crit !== undefined) {
    throw new RefusedCredential('token_malformed', `it needs extensions that Dogwatch does not know: ${quoted(crit)}`);
  }
  const type = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : typ;
  if (type !== undefined && !(typeof type === 'string' && TYPES.has(type))) {
    throw new RefusedCredential('token_malformed', `typ is ${quoted(typ)}, which is no access or ID token`);
  }
}

function checkTimes(payload: JWTPayload, config: IssuerConfig, now: number): void {
  const { exp, nbf, iat } = payload as Record<string, unknown>;
  if (!isTime(exp)) throw new RefusedCredential('token_bad_claims', `exp is ${quoted(exp)}`);
  for (const [claim, value] of Object.entries({ nbf, iat })) {
    if (value !== undefined && !isTime(value)) {
      throw new RefusedCredential('token_bad_claims', `${claim} is ${quoted(value)}`);
    }
  }
  const seconds = Math.floor(now / 1000);
  const tolerance = config.clockTolerance;
  if (exp <= seconds - tolerance) {
    throw new RefusedCredential(
      'token_expired',
      `exp was ${seconds - exp} s ago, beyond the tolerance of ${tolerance} s`,
    );
  }
  const starts = Math.max(isTime(nbf) ? nbf : 0, isTime(iat) ? iat : 0);
  if (starts > seconds + tolerance) {
    const reason = `nbf or iat is ${Math.ceil(starts - seconds)} s ahead, beyond the tolerance of ${tolerance} s`;
    throw new RefusedCredential('token_not_yet_valid', reason);
  }
}

/** A NumericDate that a Date can hold. */
const isTime = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 8.64e12;

async function checkSignature(
  token: string,
  header: ProtectedHeaderParameters,
  { config, keys }: Issuer,
  now: number,
): Promise<JWTPayload> {
  const options = {
    // A JWT-SVID need not have one; its trust domain stands for it, and is checked with the subject.
    ...(config.issuer.startsWith('spiffe://') ? {} : { issuer: config.issuer }),
    audience: [...config.audience],
    algorithms: [...config.algorithms],
    clockTolerance: config.clockTolerance,
    requiredClaims: ['exp', 'sub'],
    currentDate: new Date(now),
  };
  let failure: unknown;
  for (const key of await keys.keysFor(header)) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      failure = error;
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) break;
    }
  }
  throw refusalFor(failure, header, config);
}

function refusalFor(error: unknown, header: ProtectedHeaderParameters, config: IssuerConfig): RefusedCredential {
  if (error instanceof errors.JWTExpired) return new RefusedCredential('token_expired', 'exp has passed');
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') {
      const reason = `aud is ${quoted(error.payload.aud)}; ${config.name} accepts ${quoted(config.audience)}`;
      return new RefusedCredential('token_bad_audience', reason);
    }
    return new RefusedCredential('token_bad_claims', error.message);
  }
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) {
    return new RefusedCredential('token_malformed', error.message);
  }
  const brought = KEY_BEARING.filter((member) => Object.hasOwn(header, member));
  const aside = brought.length === 0 ? '' : ` (its header has ${brought.join(', ')}, which Dogwatch never uses)`;
  const what = error instanceof errors.JWSSignatureVerificationFailed ? 'the signature does not verify' : String(error);
  return new RefusedCredential('token_bad_signature', `${what}, key id ${quoted(header.kid)}${aside}`);
}
