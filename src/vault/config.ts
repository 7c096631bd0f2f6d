// Configuration of connections: which Datadog organisation, who may use it, where its secrets are. Composed into dogwatch.yaml by src/config.
import * as z from 'zod';

/** What a connection may be called. */
export const CONNECTION_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Where a secret is read from; the configuration itself never holds one. */
export const secretRef = z.union([
  z.strictObject({
    env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,255}$/, 'must be the name of an environment variable'),
  }),
  z.strictObject({ file: z.string().min(1).max(4096).describe('Path, relative to the configuration file') }),
]);

const group = z
  .string()
  .min(1)
  .max(512)
  .refine((value) => !/\p{Cc}/u.test(value), 'must not hold control characters');

/** What is known of a connection besides its secrets. `site` is checked against Datadog's sites by src/config. */
const settingsShape = {
  name: z.string().regex(CONNECTION_NAME, 'must be 1 to 63 lower-case letters, digits and dashes'),
  site: z.string().min(1).max(253).describe('Datadog site: datadoghq.com, datadoghq.eu, us3.datadoghq.com …'),
  default: z.boolean().default(false).describe('Used when a request names no connection'),
  groups: z.array(group).max(256).default([]).describe('Groups that may use it; empty means nobody'),
  readOnly: z.boolean().default(false).describe('Refuse every action other than read'),
  sandbox: z
    .boolean()
    .default(false)
    .describe('An organisation that is there to be changed: recorded sessions may be replayed against it'),
  images: z
    .boolean()
    .default(true)
    .describe('Read what is about to be changed, before and after, so that changes can be told and undone'),
  upstream: z
    .string()
    .max(2048)
    .refine((value) => /^https?:$/.test(URL.parse(value)?.protocol ?? ''), 'must be an http or https URL')
    .optional()
    .describe("Where the connection's hosts are reached instead, for tests and proxies"),
};

export const settingsSchema = z.strictObject(settingsShape);

/** One connection. It has an API key and an application key, or an access token, or neither when the vault holds them. */
export const connectionSchema = z
  .strictObject({
    ...settingsShape,
    apiKey: secretRef.optional().describe('{ env: NAME } or { file: PATH }'),
    appKey: secretRef.optional().describe('{ env: NAME } or { file: PATH }'),
    accessToken: secretRef.optional().describe('{ env: NAME } or { file: PATH }, instead of the keys'),
  })
  .superRefine((value, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (value.accessToken !== undefined && (value.apiKey !== undefined || value.appKey !== undefined)) {
      refuse('accessToken', 'stands instead of apiKey and appKey, not beside them');
    } else if (value.apiKey !== undefined && value.appKey === undefined) {
      refuse('appKey', 'is missing: Datadog wants an application key beside the API key');
    } else if (value.appKey !== undefined && value.apiKey === undefined) {
      refuse('apiKey', 'is missing: Datadog wants an API key beside the application key');
    }
  });

/** All connections; names are unique, at most one is the default. */
export const connectionsSchema = z
  .array(connectionSchema)
  .max(256)
  .superRefine((connections, context) => {
    const seen = new Set<string>();
    let preset: string | undefined;
    for (const [index, { name, default: isDefault }] of connections.entries()) {
      if (seen.has(name)) context.addIssue({ code: 'custom', path: [index, 'name'], message: `${name} stands twice` });
      seen.add(name);
      if (isDefault && preset !== undefined) {
        const message = `${preset} is the default already; there can be one`;
        context.addIssue({ code: 'custom', path: [index, 'default'], message });
      }
      if (isDefault) preset ??= name;
    }
  });

export type SecretRef = z.output<typeof secretRef>;
export type ConnectionConfig = z.output<typeof connectionSchema>;
/** As written in YAML, before defaults. */
export type ConnectionConfigInput = z.input<typeof connectionSchema>;
/** A connection without its secrets. */
export type ConnectionSettings = z.output<typeof settingsSchema>;
