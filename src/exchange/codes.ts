// Every code that `x-dogwatch-error`, an error of the API or a command's failure may carry. docs/errors.md lists the same; a test compares.

/** HTTP status, if the code is ever an answer to a call, and one line for docs and people. */
export interface CodeInfo {
  readonly status?: number;
  readonly means: string;
}

export const CODES = {
  // The request itself
  bad_request: { status: 400, means: 'The request is not well-formed HTTP.' },
  bad_path: {
    status: 400,
    means:
      'The path has dot segments, doubled slashes, encoded slashes or other ways to say one thing and mean another.',
  },
  bad_target: { status: 400, means: 'Only origin-form request targets are accepted; no absolute-form, no CONNECT.' },
  ambiguous_framing: { status: 400, means: 'Conflicting or repeated Content-Length or Transfer-Encoding.' },
  headers_too_large: { status: 431, means: 'The header section is longer than the limit.' },
  request_too_large: { status: 413, means: 'The request body is longer than the limit.' },
  request_timeout: { status: 408, means: 'The request did not arrive in time.' },
  bad_encoding: { status: 415, means: 'The content-encoding is unknown or the body is not what it says.' },
  decompression_bomb: { status: 413, means: 'The body decompresses to more than the limit.' },
  token_exposed: {
    status: 400,
    means: "The caller's own token, or the connection's credential, stands in the target, a header or the body.",
  },
  unknown_host: { status: 421, means: 'The Host is not one that this gateway answers for.' },
  // Who
  token_missing: { status: 401, means: 'No token came in any credential carrier.' },
  token_malformed: { status: 401, means: 'The credential is no token that Dogwatch can read.' },
  token_ambiguous: { status: 401, means: 'Two different tokens came in one request.' },
  token_too_large: { status: 401, means: 'The token is longer than the limit.' },
  token_unknown_issuer: { status: 401, means: 'The token was issued by nobody that the configuration names.' },
  token_bad_signature: { status: 401, means: 'The signature does not verify, or no key of the issuer fits.' },
  token_bad_algorithm: { status: 401, means: 'The signature algorithm is not allowed for this issuer.' },
  token_bad_audience: { status: 401, means: 'The token is meant for somebody else.' },
  token_expired: { status: 401, means: 'The token has expired.' },
  token_not_yet_valid: { status: 401, means: 'The token is not valid yet.' },
  token_bad_claims: { status: 401, means: 'A required claim is missing or has the wrong form.' },
  token_unmatched: { status: 401, means: "The token's claims do not match what is required of this issuer's tokens." },
  token_unknown: { status: 401, means: 'Dogwatch has issued no such token, or it has ended.' },
  token_revoked: { status: 401, means: 'The token, its session, its identity or its issuer was revoked.' },
  token_read_only: { status: 403, means: 'The token may be used for reading only.' },
  token_other_session: { status: 403, means: 'The token is bound to another session than the request names.' },
  token_other_connection: { status: 403, means: 'The token is bound to another connection than the request is for.' },
  too_many_tokens: { status: 503, means: 'As many tokens of Dogwatch are alive as it keeps.' },
  rate_limited: { status: 429, means: 'Too many requests for tokens from this address.' },
  issuer_unavailable: { status: 503, means: "The issuer's keys cannot be fetched and none are cached." },
  // Who: people signing in. The browser is told sign_in_failed and the id of the entry, which has one of the others.
  sign_in_failed: { status: 401, means: 'The sign-in was not accepted; the entry whose id is given says why.' },
  sign_in_unavailable: {
    status: 503,
    means: 'The identity provider cannot be reached, or answers what cannot be used.',
  },
  login_state_mismatch: {
    status: 401,
    means: 'The answer belongs to no sign-in that this browser began, or to one that has ended.',
  },
  login_nonce_mismatch: { status: 401, means: 'The ID token was issued for another sign-in.' },
  login_issuer_mismatch: { status: 401, means: 'The answer comes from another provider than was asked (RFC 9207).' },
  login_provider_unknown: { status: 404, means: 'No identity provider of that name is configured under signIn.' },
  login_provider_refused: { status: 401, means: 'The identity provider refused the sign-in.' },
  login_code_refused: { status: 401, means: 'The one-time code is unknown, was used before or has expired.' },
  login_verifier_mismatch: {
    status: 401,
    means: 'The verifier does not fit the challenge that the sign-in began with.',
  },
  login_challenge_refused: {
    status: 400,
    means: 'A sign-in needs an S256 challenge (RFC 7636); plain is not accepted.',
  },
  login_attempts_exceeded: {
    status: 429,
    means: 'Too many wrong attempts; the sign-in has ended, or its source must wait.',
  },
  login_return_refused: { status: 400, means: 'A sign-in returns to a path of this API only.' },
  login_token_replayed: {
    status: 401,
    means: 'The ID token was used for a sign-in before, or is older than the sign-in.',
  },
  csrf_refused: {
    status: 403,
    means: 'A change with a session cookie came from another site, or without the CSRF token.',
  },
  saml_malformed: { status: 401, means: 'The SAML message is not well-formed, or has a form that is not accepted.' },
  saml_too_large: { status: 401, means: 'The SAML message is longer, deeper or has more elements than the limit.' },
  saml_doctype: {
    status: 401,
    means: 'The SAML message holds a DOCTYPE, entity, comment, CDATA section or processing instruction.',
  },
  saml_status: { status: 401, means: 'The identity provider answered with another status than success.' },
  saml_encrypted: { status: 401, means: 'The assertion is encrypted, which Dogwatch does not accept.' },
  saml_several: { status: 401, means: 'The SAML message does not hold exactly one assertion where it belongs.' },
  saml_unsigned: { status: 401, means: 'The assertion has no signature of its own.' },
  saml_bad_algorithm: {
    status: 401,
    means: 'The assertion is signed by an algorithm that is not accepted, such as SHA-1.',
  },
  saml_bad_signature: {
    status: 401,
    means: 'No certificate of the provider verifies the signature over the assertion.',
  },
  saml_wrong_issuer: { status: 401, means: 'The assertion was issued by another identity provider.' },
  saml_wrong_audience: { status: 401, means: 'The assertion is meant for somebody else.' },
  saml_wrong_recipient: { status: 401, means: 'The assertion is to be delivered somewhere else.' },
  saml_not_requested: { status: 401, means: 'The assertion does not answer the request of this sign-in.' },
  saml_replayed: { status: 401, means: 'The assertion was used before, or may have been before the gateway started.' },
  saml_expired: { status: 401, means: 'The assertion has expired.' },
  saml_not_yet_valid: { status: 401, means: 'The assertion is not valid yet.' },
  saml_bad_claims: { status: 401, means: 'NameID or attributes of the assertion are missing or have the wrong form.' },
  // Where
  unknown_connection: { status: 404, means: 'No connection of that name.' },
  connection_not_allowed: { status: 403, means: "None of the caller's groups may use this connection." },
  connection_ambiguous: { status: 400, means: 'The connection is named twice, differently.' },
  credential_unavailable: { status: 503, means: "The connection's credential cannot be read." },
  // Whether
  denied: { status: 403, means: 'A rule of the policy refuses this call.' },
  quarantined: { status: 403, means: 'The identity or the session is quarantined: none of its calls is let through.' },
  contained_read_only: { status: 403, means: 'The identity or the session may only read for now.' },
  throttled: {
    status: 429,
    means: 'The identity or the session may make so many calls a minute for now, and no more.',
  },
  approval_needed: {
    status: 403,
    means:
      'Somebody has to approve this call first; x-dogwatch-approval names the approval. Make the same call again then.',
  },
  approval_denied: { status: 403, means: 'The approval that this call needs was denied.' },
  too_many_approvals: { status: 503, means: 'As many calls wait for approval as are kept.' },
  approval_over: { status: 409, means: 'The approval was decided before, or has expired.' },
  approval_own: { status: 403, means: 'Nobody approves a call of their own.' },
  // Recording
  journal_unavailable: { status: 503, means: 'The journal cannot take the record, so nothing was sent to Datadog.' },
  outcome_unrecorded: {
    status: 502,
    means:
      'Datadog was asked to change something, and the journal could not take its answer; the answer is not passed on.',
  },
  // Datadog
  upstream_unreachable: { status: 502, means: 'No connection to Datadog, or it was reset before an answer.' },
  upstream_tls: { status: 502, means: "Datadog's certificate could not be verified." },
  upstream_timeout: { status: 504, means: 'Datadog did not answer in time.' },
  upstream_bad_response: { status: 502, means: 'What came back is not well-formed HTTP, or ended early.' },
  credential_echo: { status: 502, means: "The response held the connection's own credential and was not passed on." },
  // Dogwatch itself
  shutting_down: { status: 503, means: 'The gateway is draining.' },
  overloaded: { status: 503, means: 'Too many requests are in flight.' },
  internal: { status: 500, means: 'A defect in Dogwatch; the log has the details under the exchange id.' },
  // The API
  not_authenticated: { status: 401, means: 'The API needs a bearer token.' },
  role_missing: { status: 403, means: 'The caller has no role that allows this.' },
  not_found: { status: 404, means: 'Nothing by that name or id.' },
  bad_query: { status: 400, means: 'The search query cannot be read; the message points at the column.' },
  bad_parameter: { status: 400, means: 'A parameter is missing or has the wrong form.' },
  index_unavailable: { status: 503, means: 'The index cannot answer now.' },
  watch_unavailable: { status: 503, means: 'The watch cannot answer now, or is switched off.' },
  held: { status: 409, means: 'A legal hold keeps this from being erased.' },
  erased: { status: 410, means: 'What was recorded of this has been erased; the message says when, by whom and why.' },
  // Commands and files
  usage: { means: 'The command was called with wrong words.' },
  demo_unavailable: { means: 'The demo needs packages that are not installed.' },
  changed_since: { means: 'What is to be undone was changed again since; nothing was sent.' },
  revert_failed: { means: 'A call that undoes something was refused or failed; the ones after it were not sent.' },
  config_not_found: { means: 'The configuration file is not there.' },
  config_invalid: { means: 'The configuration file is wrong; the message has line and field.' },
  port_in_use: { means: 'Another process listens on that address.' },
  data_in_use: { means: 'Another Dogwatch process has the data directory open.' },
  key_missing: { means: 'A key file or variable is not there.' },
  key_unsafe: { means: 'A key file can be read by others, or lies inside the data directory.' },
  key_unavailable: { means: 'The command or the KMS that holds a key did not answer, or refused.' },
  key_invalid: { means: 'A key does not have the right form.' },
  wrong_key: { means: 'The data was encrypted under another key.' },
  journal_damaged: { means: 'The journal is damaged beyond a torn tail; the message names file and byte.' },
  journal_failed: {
    status: 503,
    means: 'A write to the journal failed; it takes no more until it is known to be whole.',
  },
  vault_damaged: { means: 'The vault file is torn or was tampered with; the message says where.' },
  identity_store_damaged: {
    means: 'The file of tokens, revocations and service accounts was changed, or is of another key.',
  },
  identity_store_failed: {
    status: 503,
    means: 'Tokens, revocations and service accounts cannot be written; none are changed until a restart.',
  },
  alerts_damaged: { means: 'The file of alerts that wait to be sent was changed, or is of another key.' },
  alerts_failed: { status: 503, means: 'Alerts cannot be written down; those that come are tried once.' },
  connection_invalid: { means: 'A connection is incomplete or contradictory.' },
  witness_state_damaged: { means: 'What a witness remembers of a log cannot be read; it must not go on without.' },
  bad_state: { means: 'A state file of the sandbox is torn or of another version; the message says which.' },
  not_a_sandbox: {
    means:
      'A session is replayed against a sandbox, or a connection marked as one, and never against the one it was recorded on.',
  },
  proof_invalid: { means: 'A proof does not verify; the message names the step.' },
} as const satisfies Record<string, CodeInfo>;

export type Code = keyof typeof CODES;
