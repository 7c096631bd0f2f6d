// Configuration of how people sign in: the company's OIDC or SAML providers, and how long a sign-in lasts.
import * as z from 'zod';
import { ALGORITHMS, DEFAULT_ALGORITHMS } from './algorithms.ts';
import { claimPath } from './config.ts';
import { isLoopbackHost } from './loopback.ts';

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

const text = z
  .string()
  .min(1)
  .max(512)
  .refine((value) => !/\p{Cc}/u.test(value), 'must not hold control characters');

/** Where a secret stands: a file (0600), or an environment variable. Never the value itself. */
const secretSource = z.union(
  [z.strictObject({ file: z.string().min(1) }), z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/) })],
  { error: 'expected { file: PATH } or { env: VARIABLE }; the secret itself never stands in the configuration' },
);

/** Seconds, written as `30s`, `15m`, `12h` or `7d`. */
const lasting = (min: number, max: number) =>
  z
    .union([z.number().int(), z.string().regex(/^\d{1,6}(s|m|h|d)$/, 'must be a duration such as 90s, 15m, 12h or 7d')])
    .meta({ title: 'duration' })
    .transform((value) =>
      typeof value === 'number'
        ? value
        : Number(value.slice(0, -1)) * { s: 1, m: 60, h: 3600, d: 86400 }[value.slice(-1) as 's' | 'm' | 'h' | 'd'],
    )
    .pipe(z.number().min(min, `must be at least ${min} seconds`).max(max, `must be at most ${max} seconds`));

/** A URL that people or secrets are sent to: https, or http on loopback. */
const safeUrl = z
  .string()
  .max(2048)
  .superRefine((value, context) => {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    const plain = url?.protocol === 'http:' && isLoopbackHost(url.hostname);
    if (url === undefined || (url.protocol !== 'https:' && !plain)) {
      context.addIssue({ code: 'custom', message: 'must be an https URL (http is accepted on loopback)' });
    } else if (url.username !== '' || url.password !== '' || url.hash !== '') {
      context.addIssue({ code: 'custom', message: 'must hold neither user name nor password nor fragment' });
    }
  });

const shared = {
  name: z.string().regex(NAME, 'must be lower-case letters, digits and dashes').describe('Short name for people'),
  groups: z.array(text).max(64).default([]).describe('Groups that everybody who signs in here has'),
  keep: z.array(claimPath).max(32).default([]).describe('Claims or attributes to keep on the identity'),
  clockTolerance: lasting(0, 600).default(60).describe('Leeway for the times of tokens and assertions'),
};

const claims = z.strictObject({
  name: claimPath.default('name'),
  email: claimPath.default('email'),
  groups: claimPath.default('groups'),
});

const oidc = z.strictObject({
  ...shared,
  kind: z.literal('oidc'),
  issuer: safeUrl
    .refine((value) => !value.includes('?'), 'must have no query')
    .describe('The exact iss claim; OpenID Connect discovery starts here'),
  clientId: text.describe("Dogwatch's client at the provider, with the redirect URI <url>/auth/callback"),
  clientSecret: secretSource.optional().describe('Its secret; without one it is a public client'),
  cliClientId: text
    .optional()
    .describe(
      'Public client of `dogwatch login`, with http://127.0.0.1/callback as redirect URI; clientId when absent',
    ),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/))
    .max(16)
    .default(['openid', 'profile', 'email'])
    .refine((value) => value.includes('openid'), 'must name openid')
    // A refresh token would outlive the sign-in, and Dogwatch has no use for one.
    .refine(
      (value) => !value.includes('offline_access'),
      'must not name offline_access: Dogwatch keeps no refresh token',
    )
    .describe('What is asked for; the ID token must hold the claims'),
  claims: claims.prefault({}).describe('Which claims say who it is'),
  algorithms: z
    .array(z.enum(ALGORITHMS, 'must be an asymmetric signature algorithm, such as RS256, ES256 or EdDSA'))
    .min(1)
    .default([...DEFAULT_ALGORITHMS])
    .describe('JWS algorithms that may sign'),
});

const saml = z.strictObject({
  ...shared,
  kind: z.literal('saml'),
  entityId: text.describe("The identity provider's entity id: the Issuer of its assertions"),
  entryPoint: safeUrl.describe("The provider's single sign-on URL for the HTTP-Redirect binding"),
  certificates: z
    .array(z.string().min(1))
    .min(1)
    .max(8)
    .describe('PEM files of the certificates that may sign its assertions; several while it rotates'),
  spEntityId: text
    .optional()
    .describe("Dogwatch's own entity id, the audience of assertions; <url>/auth/saml/<name>/metadata when absent"),
  signing: z
    .strictObject({
      key: secretSource.describe('PEM private key (RSA)'),
      certificate: z.string().min(1).describe('PEM file of its certificate, which the metadata publishes'),
    })
    .describe('What signs authentication requests'),
  subject: text.optional().describe('Attribute that names the person for good, where NameID changes at each sign-in'),
  attributes: claims.prefault({}).describe('Which attributes say who it is'),
});

export const signInSchema = z
  .strictObject({
    url: safeUrl
      .refine((value) => !/[?]/.test(value) && URL.parse(value)?.pathname === '/', 'must be an origin, without a path')
      .optional()
      .describe('Where browsers reach the API, such as https://dogwatch.example.com; its listen address when absent'),
    providers: z
      .array(z.discriminatedUnion('kind', [oidc, saml]))
      .max(16)
      .default([])
      .describe('Identity providers; the first is the default')
      .superRefine((providers, context) => {
        const seen = new Set<string>();
        for (const [index, { name }] of providers.entries()) {
          if (seen.has(name)) {
            context.addIssue({ code: 'custom', path: [index, 'name'], message: 'stands twice; each must be unique' });
          }
          seen.add(name);
        }
      }),
    idle: lasting(60, 86_400).default(1800).describe('A browser session ends after so long without a request'),
    absolute: lasting(300, 604_800).default(43_200).describe('A browser session ends after so long in any case'),
    token: lasting(300, 604_800).default(43_200).describe('What `dogwatch login` gives is good for so long'),
  })
  .prefault({});

export type SignInConfig = z.output<typeof signInSchema>;
export type SignInConfigInput = z.input<typeof signInSchema>;
export type ProviderConfig = SignInConfig['providers'][number];
export type OidcProviderConfig = Extract<ProviderConfig, { kind: 'oidc' }>;
export type SamlProviderConfig = Extract<ProviderConfig, { kind: 'saml' }>;
