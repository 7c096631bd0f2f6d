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
  issuer_unavailable: { status: 503, means: "The issuer's keys cannot be fetched and none are cached." },
  // Where
  unknown_connection: { status: 404, means: 'No connection of that name.' },
  connection_not_allowed: { status: 403, means: "None of the caller's groups may use this connection." },
  connection_ambiguous: { status: 400, means: 'The connection is named twice, differently.' },
  credential_unavailable: { status: 503, means: "The connection's credential cannot be read." },
  // Whether
  denied: { status: 403, means: 'A rule of the policy refuses this call.' },
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
  // Commands and files
  usage: { means: 'The command was called with wrong words.' },
  demo_unavailable: { means: 'The demo needs packages that are not installed.' },
  config_not_found: { means: 'The configuration file is not there.' },
  config_invalid: { means: 'The configuration file is wrong; the message has line and field.' },
  port_in_use: { means: 'Another process listens on that address.' },
  data_in_use: { means: 'Another Dogwatch process has the data directory open.' },
  key_missing: { means: 'A key file or variable is not there.' },
  key_unsafe: { means: 'A key file can be read by others, or lies inside the data directory.' },
  key_invalid: { means: 'A key does not have the right form.' },
  wrong_key: { means: 'The data was encrypted under another key.' },
  journal_damaged: { means: 'The journal is damaged beyond a torn tail; the message names file and byte.' },
  journal_failed: {
    status: 503,
    means: 'A write to the journal failed; it takes no more until it is known to be whole.',
  },
  vault_damaged: { means: 'The vault file is torn or was tampered with; the message says where.' },
  connection_invalid: { means: 'A connection is incomplete or contradictory.' },
  proof_invalid: { means: 'A proof does not verify; the message names the step.' },
} as const satisfies Record<string, CodeInfo>;

export type Code = keyof typeof CODES;
