// Dogwatch's own tokens as other rooms see them: what a token grants, and the store that mints, finds and revokes them.
import type { Identity } from '../exchange/identity.ts';

/**
 * How a token came to be. `exchange`: for another credential (RFC 8693); `login`: a person signed in; `agent`: a service
 * account's; `exec`: one run of `dogwatch exec`, alive as long as it is renewed.
 */
export type TokenKind = 'exchange' | 'login' | 'agent' | 'exec';

/** What a token stands for: the identity, and how far it may be used. */
export interface Grant {
  /** Public: names the token in entries and commands without being the token. */
  readonly id: string;
  readonly kind: TokenKind;
  /** Groups and all, as they were when the token was minted; `identity.session` is the session the token is bound to. */
  readonly identity: Identity;
  /** The only connection it may be used for. */
  readonly connection?: string;
  /** The only action it may be used for. */
  readonly action?: 'read';
  /** The agent's name as whoever had the token minted gave it: a claim, not verified. */
  readonly agent?: string;
  /** Id of the token it was made from; it ends with that one. */
  readonly parent?: string;
  /** What the issuer's token that it was exchanged for is known by in the list of revocations. */
  readonly origin?: string;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  /** Milliseconds since the epoch. A lease's end moves on as it is renewed. */
  readonly expiresAt: number;
}

/** What is to be minted. */
export interface MintRequest {
  readonly kind: TokenKind;
  readonly identity: Identity;
  /** The session the token is bound to; the identity's own when absent. */
  readonly session?: string;
  readonly connection?: string;
  readonly action?: 'read';
  readonly agent?: string;
  readonly parent?: string;
  readonly origin?: string;
  readonly ttlSeconds: number;
  /** Renewable, in steps of `ttlSeconds`, until so many seconds after the mint. */
  readonly renewableSeconds?: number;
}

/** A token, told this once: the store keeps its hash alone. */
export interface Minted {
  /** `dw_` and 256 random bits in base64url. */
  readonly token: string;
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** `dwr_…` renews the token; only for a renewable one. Whoever has the token alone cannot prolong it. */
  readonly lease?: string;
}

/** What is revoked. */
export type Revocation =
  /** A token's own text, of Dogwatch or of an issuer. */
  | { readonly by: 'token'; readonly token: string }
  /** A Dogwatch token's id. */
  | { readonly by: 'id'; readonly id: string }
  /** A session's id, `<name>~<mark>` or the id of an implicit one. */
  | { readonly by: 'session'; readonly session: string }
  | { readonly by: 'identity'; readonly issuer: string; readonly subject: string }
  | { readonly by: 'issuer'; readonly issuer: string };

/** Dogwatch's own tokens. What `mint`, `renew` and `revoke` resolve to is on disk by then, and in effect. */
export interface TokenStore {
  /** @throws DogwatchError `too_many_tokens`, `identity_store_failed` */
  mint(request: MintRequest): Promise<Minted>;
  /** What a token grants now; undefined when there is no such token, or it ended. Synchronous; finds by hash. */
  lookup(token: string): Grant | undefined;
  /** Ends tokens at once. @returns how many of Dogwatch's own ended */
  revoke(what: Revocation): Promise<number>;
}

/**
 * Verifies a SAML 2.0 assertion (its XML, not base64url) that came to the token endpoint as a bearer credential (RFC 7522).
 * @throws RefusedCredential when it is not accepted
 */
export type VerifySaml = (assertion: string) => Promise<Identity>;
