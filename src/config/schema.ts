// The configuration's schema: what dogwatch.yaml may say, its defaults, and what becomes of it.
import { z } from 'zod';
import { isSite, SITES } from '../datadog/sites.ts';
import { issuersSchema, rolesSchema } from '../identity/config.ts';
import { signInSchema } from '../identity/sign-in-config.ts';
import { policySchema } from '../policy/config.ts';
import { connectionsSchema } from '../vault/config.ts';
import { alertsSchema, containmentIsTold, containmentSchema } from './alerts.ts';
import { checkpointsSchema } from './checkpoints.ts';
import { keysSchema } from './keys.ts';
import { retentionSchema } from './retention.ts';
import { didYouMean } from './spelling.ts';
import { address, count, duration, optionalSize, size } from './unit-schemas.ts';
import { type Address, isLoopback } from './units.ts';
import { watchSchema } from './watch.ts';

const name = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$/, 'expected lower-case letters, digits, ".", "_" or "-", at most 64');

const domain = z
  .string()
  .regex(/^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/, {
    error: 'expected a domain name in lower case, without scheme, port or trailing dot',
  });

/** An address of a server as clients have it: scheme, host and port, nothing behind. */
const origin = z
  .string()
  .max(2048)
  .refine((value) => {
    const url = URL.parse(value);
    return url !== null && /^https?:$/.test(url.protocol) && url.origin === value.replace(/\/$/, '');
  }, 'expected an address such as https://dogwatch.example.com, without a path')
  .transform((value) => value.replace(/\/$/, ''));

const tls = z.strictObject({
  cert: z.string().min(1).describe('PEM certificate chain.'),
  key: z.string().min(1).describe('PEM private key.'),
});

/** Tokens and telemetry must not cross a network in clear unless somebody said so. */
function plainOnlyOnLoopback(
  listener: { listen: Address; insecure: boolean; tls?: unknown },
  context: z.core.$RefinementCtx,
): void {
  if (listener.tls || listener.insecure || isLoopback(listener.listen.host)) return;
  context.addIssue({
    code: 'custom',
    path: ['listen'],
    message: `${listener.listen.host} can be reached from other machines, and no tls certificate is given; give one, or say insecure: true when something in front does TLS`,
  });
}

const limits = z.strictObject({
  requestBody: size.prefault('100MiB').describe('The longest request body that is accepted.'),
  hold: size
    .prefault('1MiB')
    .describe('Bodies up to this size are held and recorded in one entry; longer ones go piece by piece.'),
  decompressed: size.prefault('16MiB').describe('The most that a compressed body may decompress to for judging.'),
  headers: size.prefault('64KiB').describe('The longest header section that is accepted.'),
  headersTimeout: duration.prefault('15s').describe('Time for the whole header section to arrive.'),
  requestTimeout: duration.prefault('5m').describe('Time for the whole request to arrive.'),
  upstreamConnectTimeout: duration.prefault('10s').describe('Time to connect to Datadog.'),
  upstreamHeadersTimeout: duration.prefault('60s').describe('Time until Datadog begins to answer.'),
  upstreamBodyTimeout: duration.prefault('5m').describe('The longest silence within a response body.'),
  connections: count.prefault(1024).describe('Connections from agents that are open at once.'),
  inFlight: count.prefault(512).describe('Requests that are worked on at once.'),
  drain: duration.prefault('30s').describe('Time that requests in flight have to end when the gateway stops.'),
  sessionIdle: duration
    .prefault('30m')
    .describe('Idle time after which an agent that names no session begins a new one.'),
});

const record = z.strictObject({
  requestBodyCap: optionalSize
    .prefault('none')
    .describe('Record at most so much of a request body; the entry tells when it was cut.'),
  responseBodyCap: optionalSize
    .prefault('none')
    .describe('Record at most so much of a response body; the entry tells when it was cut.'),
});

const images = z
  .strictObject({
    timeout: duration.prefault('2s').describe('Time for reading what a call changes, before it and again after it.'),
    size: size.prefault('512KiB').describe('The longest image that is recorded, at most 900KiB.'),
    share: z
      .string()
      .regex(/^(100|[1-9]?\d)%$/, 'expected a share such as 20%')
      .transform((text) => Number.parseInt(text, 10) / 100)
      .prefault('20%')
      .describe("How much of each of the connection's rate limits reading images may use."),
  })
  .superRefine((value, context) => {
    if (value.size > 900 * 1024)
      context.addIssue({
        code: 'custom',
        path: ['size'],
        message: 'must be 900KiB at most: an entry has no room for more',
      });
  });

const gateway = z
  .strictObject({
    listen: address.prefault('127.0.0.1:8080').describe('Where agents reach the gateway.'),
    domain: domain
      .optional()
      .describe(
        "Answer for api.<domain>, http-intake.logs.<domain>, mcp.<domain> … with the default connection's hosts.",
      ),
    publicUrl: origin
      .optional()
      .describe(
        'Where clients reach the gateway, when that is not where it listens: behind a proxy, or by another name.',
      ),
    insecure: z.boolean().default(false).describe('Allow plain HTTP beyond loopback.'),
    tls: tls.optional().describe('Certificate of the gateway.'),
    limits: limits.prefault({}),
    record: record.prefault({}),
    images: images.prefault({}).describe('How what a call changes is read before and after.'),
  })
  .superRefine(plainOnlyOnLoopback);

const api = z
  .strictObject({
    listen: address.prefault('127.0.0.1:8090').describe('Where console and command reach the API.'),
    insecure: z.boolean().default(false).describe('Allow plain HTTP beyond loopback.'),
    tls: tls.optional().describe('Certificate of the API.'),
    openMetrics: z
      .boolean()
      .optional()
      .describe('Serve /metrics without a token. By default only when the API listens on loopback.'),
    openLog: z
      .boolean()
      .default(true)
      .describe('Serve /tlog/ (tree tiles and checkpoints, which tell nothing) without a token.'),
  })
  .superRefine(plainOnlyOnLoopback);

const log = z.strictObject({
  level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

export const configSchema = z
  .strictObject({
    name: name.describe('Names the journal: its origin is dogwatch/<name>. Do not change it later.'),
    data: z.string().min(1).prefault('./data').describe('The data directory: journal, index, vault.'),
    keys: keysSchema,
    checkpoints: checkpointsSchema.prefault({}).describe('Who else holds what the journal signed.'),
    gateway: gateway.prefault({}),
    api: api.prefault({}),
    roles: rolesSchema.describe('Which groups may read the record, and administer.'),
    signIn: signInSchema.describe('How people sign in: OIDC and SAML providers.'),
    issuers: issuersSchema.prefault([]).describe('Whose tokens are believed.'),
    connections: connectionsSchema
      .prefault([])
      .describe('Datadog organisations, their credentials, and who may use them.'),
    policy: policySchema.describe('Which calls are allowed.'),
    retention: retentionSchema.prefault({}).describe('How long which parts of the record are kept.'),
    watch: watchSchema.prefault({}).describe('What notices the unusual.'),
    alerts: alertsSchema.prefault({}).describe('Who is told of findings.'),
    containment: containmentSchema
      .prefault({})
      .describe('Calls that wait for approval, and what is contained without asking.'),
    index: z.strictObject({}).prefault({}),
    log: log.prefault({}),
  })
  .superRefine(containmentIsTold)
  .superRefine((config, context) => {
    const { host, port } = config.api.listen;
    if (
      config.signIn.providers.length > 0 &&
      config.signIn.url === undefined &&
      (port === 0 || /^[0.:]+$/.test(host))
    ) {
      context.addIssue({
        code: 'custom',
        path: ['signIn', 'url'],
        message: `is needed: browsers cannot be sent back to api.listen, ${host}:${port}`,
      });
    }
    for (const [index, connection] of config.connections.entries()) {
      const refuse = (field: string, message: string) =>
        context.addIssue({ code: 'custom', path: ['connections', index, field], message });
      if (!connection.upstream && !isSite(connection.site)) {
        refuse('site', `Datadog has no site ${connection.site}${didYouMean(connection.site, SITES)}`);
      }
      const upstream = connection.upstream ? URL.parse(connection.upstream) : null;
      if (upstream?.protocol === 'http:' && !isLoopback(upstream.hostname.replace(/^\[|\]$/g, ''))) {
        refuse('upstream', 'must be https beyond loopback: the credential goes there');
      }
    }
  })
  .meta({ title: 'Dogwatch configuration' });

/** The configuration as it is used: sizes in bytes, durations in milliseconds, paths absolute, defaults filled in. */
export type Config = z.output<typeof configSchema>;
/** The configuration as it is written. */
export type ConfigInput = z.input<typeof configSchema>;
