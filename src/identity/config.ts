// Configuration of who is believed: token issuers, and the groups that make roles. Composed into dogwatch.yaml by src/config.
import * as z from 'zod';
import { ALGORITHMS, DEFAULT_ALGORITHMS } from './algorithms.ts';
import { isLoopbackHost } from './loopback.ts';
import { PRESET_NAMES, PRESETS } from './presets.ts';

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** A short text without control characters. */
const text = z
  .string()
  .min(1)
  .max(512)
  .refine((value) => !/\p{Cc}/u.test(value), 'must not hold control characters');

/** Where a claim stands: a claim's name or dotted path (`realm_access.roles`), or a list of names (`[kubernetes.io, namespace]`). */
export const claimPath = z.union([text, z.array(text).min(1).max(8)]);

/** Seconds, as a number or as `30s`, `5m`, `1h`. */
const seconds = z
  .union([z.number().int().min(0), z.string().regex(/^\d{1,6}(s|m|h)$/, 'must be a duration such as 30s, 5m or 1h')])
  .transform((value) => {
    if (typeof value === 'number') return value;
    return Number(value.slice(0, -1)) * { s: 1, m: 60, h: 3600 }[value.slice(-1) as 's' | 'm' | 'h'];
  });

const TRUST_DOMAIN = /^[a-z0-9._-]{1,255}$/;

const patterns = z
  .union([text, z.array(text).min(1).max(64)])
  .transform((value): readonly string[] => (typeof value === 'string' ? [value] : value));

/** Claims by name or dotted path, and for each a pattern, or several of which one must fit; `*` is any run of characters. */
const conditions = z
  .record(text, patterns)
  .refine((value) => Object.keys(value).length <= 32, 'must not have more than 32 claims');

const audiences = z
  .union([text, z.array(text).min(1).max(32)])
  .transform((value): readonly string[] => (typeof value === 'string' ? [value] : value));

/** What is wrong with a URL that Dogwatch is to fetch keys from, or undefined. Plain HTTP only on loopback, unless `insecure`. */
function badUrl(raw: string, insecure: boolean): string | undefined {
  if (!URL.canParse(raw)) return 'must be an absolute URL';
  const url = new URL(raw);
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password';
  if (url.protocol === 'https:') return undefined;
  if (url.protocol !== 'http:') return 'must be an https URL';
  if (insecure || isLoopbackHost(url.hostname)) return undefined;
  return 'must be an https URL (http is accepted on loopback, or with insecure: true)';
}

/** One OIDC issuer whose JWTs are accepted. */
export const issuerSchema = z
  .strictObject({
    name: z.string().regex(NAME, 'must be lower-case letters, digits and dashes').describe('Short name for people'),
    preset: z
      .enum(PRESET_NAMES)
      .default('oidc')
      .describe('Whose tokens they are; it brings which claims say who it is'),
    issuer: z
      .string()
      .max(2048)
      .optional()
      .describe(
        'The exact iss claim; OpenID Connect discovery starts here. The presets github-actions, gitlab and google bring it',
      ),
    trustDomain: z
      .string()
      .regex(TRUST_DOMAIN, 'must be a SPIFFE trust domain, such as example.org')
      .optional()
      .describe('Preset spiffe: the trust domain that subjects must belong to'),
    audience: audiences.describe('The aud claim must name one of these'),
    algorithms: z
      .array(z.enum(ALGORITHMS, 'must be an asymmetric signature algorithm, such as RS256, ES256 or EdDSA'))
      .min(1)
      .default([...DEFAULT_ALGORITHMS])
      .describe('JWS algorithms that may sign'),
    clockTolerance: seconds.pipe(z.number().max(600)).default(30).describe('Leeway for exp, nbf and iat'),
    match: conditions
      .default({})
      .describe('What claims must be for a token to be accepted: patterns in which * is any run of characters'),
    kind: z
      .enum(['agent', 'workload', 'person'])
      .optional()
      .describe('What kind of caller this issuer speaks of; agent, or what the preset says'),
    claims: z
      .strictObject({
        name: claimPath.optional().describe('name, or what the preset says'),
        email: claimPath.optional().describe('email, or what the preset says'),
        groups: claimPath.optional().describe('groups, or what the preset says'),
        agent: claimPath.default('agent'),
        session: claimPath.optional().describe('The session that calls belong to; the preset may bring it'),
      })
      .prefault({})
      .describe('Which claims say who it is'),
    groups: z
      .array(z.union([text, z.strictObject({ when: conditions, add: z.array(text).min(1).max(64) })]))
      .max(64)
      .default([])
      .describe('Groups that every caller of this issuer has; or, as { when: …, add: … }, those whose claims fit'),
    keep: z
      .array(claimPath)
      .max(32)
      .default([])
      .describe('Claims to keep on the identity, beside those that the preset keeps'),
    jwks: z.string().max(2048).optional().describe('URL of the key set, instead of discovery'),
    insecure: z.boolean().default(false).describe('Accept plain HTTP beyond loopback'),
  })
  .superRefine((value, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    const { owner, issuer: preset } = PRESETS[value.preset];
    const named = value.issuer ?? preset;
    if (value.preset === 'spiffe') {
      if (value.trustDomain === undefined) refuse('trustDomain', 'is required with the preset spiffe');
      if (named === undefined && value.jwks === undefined) {
        refuse('jwks', 'is required where SVIDs name no issuer: the bundle endpoint of the trust domain');
      }
    } else {
      if (value.trustDomain !== undefined) refuse('trustDomain', 'goes with the preset spiffe alone');
      if (named === undefined) refuse('issuer', `is required with the preset ${value.preset}`);
    }
    if (named !== undefined) {
      const issuer = badUrl(named, value.insecure);
      if (issuer !== undefined) refuse('issuer', issuer);
      else if (/[?#]/.test(named)) refuse('issuer', 'must have no query and no fragment');
    }
    const everybody = owner !== undefined && (owner.for === undefined || owner.for === named);
    if (everybody && !owner.claims.some((claim) => Object.hasOwn(value.match, claim))) {
      refuse('match', `must name one of ${owner.claims.join(', ')}: this issuer gives valid tokens to everybody`);
    }
    const jwks = value.jwks === undefined ? undefined : badUrl(value.jwks, value.insecure);
    if (jwks !== undefined) refuse('jwks', jwks);
  })
  .transform(({ issuer, kind, claims, groups, keep, ...rest }) => {
    const preset = PRESETS[rest.preset];
    const [first = 'name', ...others] = preset.name;
    const email = claims.email ?? preset.email;
    const session = claims.session ?? preset.session;
    return {
      ...rest,
      issuer: issuer ?? preset.issuer ?? `spiffe://${rest.trustDomain}`,
      kind: kind ?? preset.kind,
      claims: {
        /** The first that a token has names the caller. */
        names: claims.name === undefined ? [first, ...others] : [claims.name],
        email,
        groups: claims.groups ?? preset.groups,
        agent: claims.agent,
        session,
      },
      /** Groups that every caller has. */
      groups: groups.filter((group) => typeof group === 'string'),
      /** Groups of those whose claims fit. */
      groupRules: groups.filter((group) => typeof group === 'object'),
      keep: [...preset.keep, ...keep],
    };
  });

/** All issuers; names and issuer URLs are unique. */
export const issuersSchema = z
  .array(issuerSchema)
  .max(64)
  .superRefine((issuers, context) => {
    for (const field of ['name', 'issuer'] as const) {
      const seen = new Set<string>();
      for (const [index, entry] of issuers.entries()) {
        if (seen.has(entry[field])) {
          context.addIssue({ code: 'custom', path: [index, field], message: 'stands twice; each must be unique' });
        }
        seen.add(entry[field]);
      }
    }
  });

/** Groups that make roles. Nobody has a role by default. */
export const rolesSchema = z
  .strictObject({
    admin: z
      .array(text)
      .max(64)
      .default([])
      .describe('Groups whose members administer Dogwatch: tokens, service accounts, revocations, keys'),
    operator: z
      .array(text)
      .max(64)
      .default([])
      .describe('Groups whose members may also have connections and index read anew'),
    auditor: z.array(text).max(64).default([]).describe('Groups whose members may search and read the record'),
  })
  .prefault({});

export type ClaimPath = z.output<typeof claimPath>;
export type IssuerConfig = z.output<typeof issuerSchema>;
/** As written in YAML, before defaults. */
export type IssuerConfigInput = z.input<typeof issuerSchema>;
export type RolesConfig = z.output<typeof rolesSchema>;
