// The commented configuration that `dogwatch init` writes. Its test loads it, so that it stays true.

export interface ExampleValues {
  readonly name: string;
  readonly issuer: string | undefined;
  readonly audience: string;
  readonly site: string;
}

/** The text of a dogwatch.yaml. */
export function exampleConfig({ name, issuer, audience, site }: ExampleValues): string {
  return `# Dogwatch: the gateway between AI coding agents and Datadog.
# \`dogwatch check\` validates this file and tries what it names; docs/configuration.md lists every field.
# Relative paths are relative to this file. The environment overrides fields: DOGWATCH_GATEWAY__LISTEN=0.0.0.0:8080

# Names the journal: its origin is dogwatch/${name}. Do not change it later.
name: ${name}

# Journal, index and sealed credentials. Back it up; keep the keys elsewhere.
data: ./data

keys:
  # Without this key nothing in the data directory can be read. { env: VARIABLE } instead of { file: … } works too.
  encryption: { file: ./keys/encryption.key }
  # Signs the journal's checkpoints.
  signing: { file: ./keys/signing.key }

# A witness on a second machine keeps anybody here from rewriting the record unnoticed; copies of checkpoints do, too.
# checkpoints:
#   witnesses: [{ name: second-machine, url: https://witness.example.com, key: witness.example.com/w1+d630e1af+BO37uDSO4VIOpdNmohou3O+B5vgNlKqG+w7Ax1L1VqSK }]
#   copies: [{ file: /mnt/append-only/checkpoints }]

# Where agents send their Datadog calls.
gateway:
  listen: 127.0.0.1:8080
  # A domain whose names api.<domain>, http-intake.logs.<domain>, mcp.<domain> … lead here,
  # so that clients work with DD_SITE=<domain>:
  # domain: gw.example.com
  # Beyond loopback a certificate is needed (or insecure: true, when something in front does TLS):
  # tls: { cert: ./tls/cert.pem, key: ./tls/key.pem }
  # limits: { requestBody: 100MiB, upstreamHeadersTimeout: 60s }

# Where \`dogwatch search\`, dashboards and scripts ask what happened.
api:
  listen: 127.0.0.1:8090

# Whose tokens are believed: OpenID Connect issuers. An agent sends such a token where its Datadog API key would be.
issuers:
${issuer === undefined ? EXAMPLE_ISSUER : realIssuer(issuer, audience)}
# Who may read the record (auditor) and administer (admin), by group. Nobody, unless named here;
# on this machine, whoever can read the encryption key can as well.
roles:
  auditor: [security]
  operator: []
  admin: []

# How people sign in, in a browser and with \`dogwatch login\`: OIDC or SAML providers (docs/guide.md, "Let people sign in").
# signIn:
#   url: https://dogwatch.example.com
#   providers: [{ name: okta, kind: oidc, issuer: https://acme.okta.com/oauth2/default, clientId: 0oa1 }]

# Datadog organisations. The secrets are not here: \`dogwatch connection rotate\` and \`add\` seal them in the data directory,
# or apiKey: { env: DD_API_KEY } and appKey: { env: DD_APP_KEY } name where they are.
connections:
  - name: main
    site: ${site}
    default: true
    # Groups whose members may use it.
    groups: [sre]
    # readOnly: true

# Which calls are allowed. The first rule that matches decides; \`dogwatch catalog\` lists operations, actions, risks and tags.
policy:
  default: allow
  # Requests that are no Datadog operation Dogwatch knows.
  unknown: deny
  rules:
    - name: no-secrets
      match: { tags: [secrets] }
      decision: deny
      reason: agents need no Datadog keys, Dogwatch holds them
    # - name: prod-is-read-only-at-night
    #   match: { connections: [main], actions: [create, update, delete, execute] }
    #   when: identity.kind == 'agent'
    #   decision: deny

# Who is told of findings; \`dogwatch alerts test NAME\` tries a route (docs/guide.md, "Be told, and stop it").
# alerts:
#   routes: [{ name: on-call, match: { severity: high }, to: { webhook: { url: https://hooks.example.com/dogwatch, secret: { env: HOOK_SECRET } } } }]

# What is contained upon a finding without asking, for a bounded time; nothing unless a rule says so.
# containment:
#   rules: [{ name: runaway, match: { severity: critical, detectors: [surge] }, level: throttle, rate: 30, for: 30m }]

log:
  level: info
`;
}

const EXAMPLE_ISSUER = `  []
  # - name: okta
  #   issuer: https://acme.okta.com/oauth2/default
  #   audience: dogwatch
  #   # Claims that say who it is; these are the defaults.
  #   claims: { name: name, email: email, groups: groups, agent: agent }
  # - name: github-actions
  #   issuer: https://token.actions.githubusercontent.com
  #   audience: dogwatch
  #   kind: workload
  #   groups: [ci]
  #   keep: [repository, run_id]
`;

function realIssuer(issuer: string, audience: string): string {
  return `  - name: main
    issuer: ${JSON.stringify(issuer)}
    audience: ${JSON.stringify(audience)}
    # Claims that say who it is; these are the defaults.
    claims: { name: name, email: email, groups: groups, agent: agent }
`;
}
