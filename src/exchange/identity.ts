// Who called: what a verified credential says, kept apart from what a caller claims of itself.

/** What kind of caller an identity is: an AI agent, an unattended workload, or a person's own tool. */
export type IdentityKind = 'agent' | 'workload' | 'person';

/** One party of a delegation chain (RFC 8693 section 4.1). */
export interface Actor {
  readonly issuer: string;
  readonly subject: string;
}

/** What a *verified* credential says. Nothing in here is self-declared. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
  readonly kind: IdentityKind;
  /** What people call it; the subject when the credential has no better name. */
  readonly name: string;
  readonly email?: string;
  /** Groups as they were at that moment. */
  readonly groups: readonly string[];
  /** The `act` chain, outermost actor first; empty when the caller acts for itself. */
  readonly onBehalfOf: readonly Actor[];
  /** Verified workload claims worth keeping: repository, run id, service account … */
  readonly claims: Readonly<Record<string, string>>;
  /** A session named by the token itself. */
  readonly session?: string;
}

/** What a caller says of itself, unverified. Stored and shown apart from the identity. */
export interface ClaimedClient {
  readonly userAgent?: string;
  /** `x-dogwatch-agent`, or an MCP client's `clientInfo`. */
  readonly agent?: string;
}
