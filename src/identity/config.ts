// Configuration of who is believed: token issuers, and the groups that make roles. Composed into dogwatch.yaml by src/config.
import * as z from 'zod';
import { ALGORITHMS, DEFAULT_ALGORITHMS } from './algorithms.ts';
import { isLoopbackHost } from './loopback.ts';

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
    issuer: z.string().max(2048).describe('The exact iss claim; OpenID Connect discovery starts here'),
    audience: audiences.describe('The aud claim must name one of these'),
    algorithms: z
      .array(z.enum(ALGORITHMS, 'must be an asymmetric signature algorithm, such as RS256, ES256 or EdDSA'))
      .min(1)
      .default([...DEFAULT_ALGORITHMS])
      .describe('JWS algorithms that may sign'),
    clockTolerance: seconds.pipe(z.number().max(600)).default(30).describe('Leeway for exp, nbf and iat'),
    kind: z
      .enum(['agent', 'workload', 'person'])
      .default('agent')
      .describe('What kind of caller this issuer speaks of'),
    claims: z
      .strictObject({
        name: claimPath.default('name'),
        email: claimPath.default('email'),
        groups: claimPath.default('groups'),
        agent: claimPath.default('agent'),
        session: claimPath.optional(),
      })
      .prefault({})
      .describe('Which claims say who it is'),
    groups: z.array(text).max(64).default([]).describe('Groups that every caller of this issuer has'),
    keep: z.array(claimPath).max(32).default([]).describe('Claims to keep on the identity'),
    jwks: z.string().max(2048).optional().describe('URL of the key set, instead of discovery'),
    insecure: z.boolean().default(false).describe('Accept plain HTTP beyond loopback'),
  })
  .superRefine((value, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    const issuer = badUrl(value.issuer, value.insecure);
    if (issuer !== undefined) refuse('issuer', issuer);
    else if (/[?#]/.test(value.issuer)) refuse('issuer', 'must have no query and no fragment');
    const jwks = value.jwks === undefined ? undefined : badUrl(value.jwks, value.insecure);
    if (jwks !== undefined) refuse('jwks', jwks);
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
    admin: z.array(text).max(64).default([]).describe('Groups whose members administer Dogwatch'),
    auditor: z.array(text).max(64).default([]).describe('Groups whose members may search and read the record'),
  })
  .prefault({});

export type ClaimPath = z.output<typeof claimPath>;
export type IssuerConfig = z.output<typeof issuerSchema>;
/** As written in YAML, before defaults. */
export type IssuerConfigInput = z.input<typeof issuerSchema>;
export type RolesConfig = z.output<typeof rolesSchema>;
