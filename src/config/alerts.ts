// The `alerts` and `containment` sections: who is told of findings, and what is done upon them without asking.
import { z } from 'zod';
import { CONTAINMENT_LEVELS, DETECTORS, SEVERITIES } from '../exchange/finding.ts';
import { CONNECTION_NAME, secretRef } from '../vault/config.ts';
import { count, duration } from './unit-schemas.ts';
import { isLoopback } from './units.ts';

const name = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$/, 'expected lower-case letters, digits, ".", "_" or "-", at most 64');
const pattern = z.string().min(1).max(512);
const insecure = z.boolean().default(false).describe('Allow what is not encrypted beyond loopback.');
const HOST = /^[A-Za-z0-9.-]{1,253}$|^[0-9a-fA-F:.]{2,45}$/;

/** What is wrong with a URL that something is sent to; undefined when nothing is. */
export function badUrl(
  text: string,
  encrypted: readonly string[],
  plain: readonly string[],
  allowed: boolean,
): string | undefined {
  const url = URL.parse(text);
  if (url === null || ![...encrypted, ...plain].includes(url.protocol) || url.hostname === '') {
    return `expected a URL that begins with ${[...encrypted, ...plain].map((each) => `${each}//`).join(', ')}`;
  }
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password';
  if (encrypted.includes(url.protocol) || allowed || isLoopback(url.hostname.replace(/^\[|\]$/g, ''))) return undefined;
  return `must begin with ${encrypted[0]}// beyond loopback, or say insecure: true`;
}

/** A field `url` that is refused when it is plain without `insecure`. */
const checkUrl =
  (encrypted: readonly string[], plain: readonly string[]) =>
  (value: { readonly url: string; readonly insecure: boolean }, context: z.core.$RefinementCtx): void => {
    const message = badUrl(value.url, encrypted, plain, value.insecure);
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['url'], message });
  };

const url = z.string().max(2048);
/** Such URLs are secrets of their own: whoever knows one can post there. */
const secretUrl = secretRef.describe('{ env: NAME } or { file: PATH } that holds the URL, which is a secret.');

const webhook = z
  .strictObject({
    url: url.describe('Where the JSON is POSTed.'),
    secret: secretRef.describe(
      '{ env: NAME } or { file: PATH }: signs each message as Standard Webhooks say; `whsec_` and base64, or 24 bytes and more.',
    ),
    insecure,
  })
  .superRefine(checkUrl(['https:'], ['http:']));

const pagerduty = z
  .strictObject({
    routingKey: secretRef.describe('{ env: NAME } or { file: PATH }: the integration key of an Events API v2 service.'),
    url: url
      .default('https://events.pagerduty.com/v2/enqueue')
      .describe('Of the service region: https://events.eu.pagerduty.com/v2/enqueue in Europe.'),
    insecure,
  })
  .superRefine(checkUrl(['https:'], ['http:']));

const address = z
  .string()
  .max(320)
  .regex(/^[^\s<>@,;:"()[\]\\]+@[A-Za-z0-9.-]+$/, 'expected a mail address');

const email = z
  .strictObject({
    host: z.string().regex(HOST, 'expected a host name or address').describe('SMTP server.'),
    port: z.int().min(1).max(65535).default(587),
    tls: z
      .enum(['starttls', 'implicit', 'none'])
      .default('starttls')
      .describe('`starttls` requires it, `implicit` is TLS from the first byte (port 465); `none` is for loopback.'),
    user: z.string().min(1).max(320).optional(),
    password: secretRef.optional().describe('{ env: NAME } or { file: PATH }'),
    from: address,
    to: z.array(address).min(1).max(32),
    insecure,
  })
  .superRefine(({ tls, host, insecure: allowed, user, password }, context) => {
    if (tls === 'none' && !allowed && !isLoopback(host))
      context.addIssue({ code: 'custom', path: ['tls'], message: 'must not be none beyond loopback' });
    if ((user === undefined) !== (password === undefined))
      context.addIssue({ code: 'custom', path: ['password'], message: 'user and password go together' });
  });

const syslog = z
  .strictObject({
    url: url.describe('RFC 5424: tls://host:6514, tcp://host:514 or udp://host:514.'),
    insecure,
  })
  .superRefine(checkUrl(['tls:'], ['tcp:', 'udp:']));

const target = z
  .strictObject({
    webhook: webhook.optional(),
    slack: z
      .strictObject({ url: secretUrl, insecure })
      .optional()
      .describe('An incoming webhook of Slack, or of anything that takes its messages.'),
    teams: z.strictObject({ url: secretUrl, insecure }).optional().describe('A workflow of Teams that takes cards.'),
    pagerduty: pagerduty.optional().describe('Events API v2: triggers, and resolves when the finding ends.'),
    email: email.optional(),
    datadog: z
      .strictObject({
        connection: z.string().regex(CONNECTION_NAME).describe('Whose organisation, under its own credential.'),
      })
      .optional()
      .describe('An event in Datadog.'),
    syslog: syslog.optional(),
    command: z
      .strictObject({
        run: z
          .array(z.string().max(4096))
          .min(1)
          .max(64)
          .describe('Program and arguments, without a shell; the message comes as JSON on stdin.'),
        timeout: duration.prefault('10s'),
      })
      .optional(),
  })
  .superRefine((value, context) => {
    const given = Object.values(value).filter((each) => each !== undefined).length;
    if (given !== 1) {
      context.addIssue({
        code: 'custom',
        message: 'expected one of webhook, slack, teams, pagerduty, email, datadog, syslog and command',
      });
    }
  });

const match = z.strictObject({
  severity: z.enum(SEVERITIES).default('medium').describe('At least so severe.'),
  detectors: z.array(z.enum(DETECTORS)).min(1).optional(),
  identities: z.array(pattern).min(1).max(256).optional().describe('Name, subject, or issuer#subject; with *.'),
  connections: z.array(pattern).min(1).max(256).optional(),
});

const routes = z
  .array(
    z.strictObject({
      name: name.describe('Names the route in entries, `dogwatch alerts` and the console.'),
      match: match.prefault({}).describe('Of which findings; every list given must match.'),
      raised: z.boolean().default(true).describe('Also tell when a finding becomes more severe.'),
      ended: z.boolean().default(true).describe('Also tell when it is over.'),
      to: target,
    }),
  )
  .max(64);

/** Names must be unique. */
function uniqueNames(list: readonly { readonly name: string }[], context: z.core.$RefinementCtx): void {
  for (const [at, each] of list.entries()) {
    if (list.findIndex((other) => other.name === each.name) !== at)
      context.addIssue({ code: 'custom', path: [at, 'name'], message: `another is called ${each.name}` });
  }
}

export const alertsSchema = z
  .strictObject({
    console: z
      .string()
      .max(2048)
      .refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''), 'expected an http or https URL')
      .optional()
      .describe('Where people reach the console, for links in messages.'),
    timeout: duration.prefault('10s').describe('Time that a receiver has to answer.'),
    attempts: count
      .prefault(12)
      .describe('So many attempts, then the message is kept aside; `dogwatch alerts retry` sends it.'),
    backoff: duration.prefault('2s').describe('Before the second attempt; twice as long before each next one.'),
    longest: duration.prefault('15m').describe('The longest time between two attempts.'),
    routes: routes.prefault([]).superRefine(uniqueNames).describe('Without routes nobody is told.'),
  })
  .superRefine(({ timeout, backoff, attempts }, context) => {
    const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
    if (timeout < 100 || timeout > 60_000) refuse('timeout', 'must be 100ms at least and 1m at most');
    if (backoff < 10) refuse('backoff', 'must be 10ms at least');
    if (attempts > 100) refuse('attempts', 'must be 100 at most');
  });

const rule = z
  .strictObject({
    name: name.describe('Names the rule in entries and refusals.'),
    match: match.prefault({}),
    level: z.enum(CONTAINMENT_LEVELS),
    on: z
      .enum(['identity', 'session'])
      .default('identity')
      .describe('What of the finding is contained. A finding of no one identity contains nothing.'),
    rate: z.int().min(1).max(100_000).optional().describe('Calls a minute, of `throttle`.'),
    for: duration.describe('How long, 7d at most.'),
  })
  .superRefine(({ for: time, rate, level }, context) => {
    if (time < 1000 || time > 7 * 86_400_000)
      context.addIssue({ code: 'custom', path: ['for'], message: 'must be 1s at least and 7d at most' });
    if (rate !== undefined && level !== 'throttle')
      context.addIssue({ code: 'custom', path: ['rate'], message: 'goes with the level throttle alone' });
  });

export const containmentSchema = z.strictObject({
  approvals: z
    .strictObject({
      wait: duration.prefault('1h').describe('How long a call that was held waits for an answer.'),
      use: duration.prefault('15m').describe('How long an approved call may be made, once.'),
    })
    .prefault({}),
  rules: z
    .array(rule)
    .max(64)
    .prefault([])
    .superRefine(uniqueNames)
    .describe(
      'What is contained without asking, for a bounded time: none by default. Never an identity with the role operator or admin.',
    ),
});

/** Containment without anybody being told is none. */
export function containmentIsTold(
  config: { readonly alerts: AlertsConfig; readonly containment: ContainmentConfig },
  context: z.core.$RefinementCtx,
): void {
  if (config.containment.rules.length === 0 || config.alerts.routes.length > 0) return;
  context.addIssue({
    code: 'custom',
    path: ['containment', 'rules'],
    message: 'needs a route under alerts.routes: nobody would be told of what a rule does',
  });
}

/** The section with its paths absolute. */
export function absoluteAlerts(alerts: AlertsConfig, absolute: (path: string) => string): AlertsConfig {
  const source = <T extends { file: string } | { env: string }>(value: T): T =>
    'file' in value ? { ...value, file: absolute(value.file) } : value;
  return {
    ...alerts,
    routes: alerts.routes.map((route) => {
      const { webhook: hook, slack, teams, pagerduty: pager, email: mail, command } = route.to;
      return {
        ...route,
        to: {
          ...route.to,
          ...(hook && { webhook: { ...hook, secret: source(hook.secret) } }),
          ...(slack && { slack: { ...slack, url: source(slack.url) } }),
          ...(teams && { teams: { ...teams, url: source(teams.url) } }),
          ...(pager && { pagerduty: { ...pager, routingKey: source(pager.routingKey) } }),
          ...(mail?.password && { email: { ...mail, password: source(mail.password) } }),
          ...(command && {
            command: { ...command, run: [absolute(command.run[0] ?? ''), ...command.run.slice(1)] },
          }),
        },
      };
    }),
  };
}

export type AlertsConfig = z.output<typeof alertsSchema>;
export type AlertRouteConfig = AlertsConfig['routes'][number];
export type AlertTargetConfig = AlertRouteConfig['to'];
export type ContainmentConfig = z.output<typeof containmentSchema>;
export type ContainmentRule = ContainmentConfig['rules'][number];
export type FindingMatch = z.output<typeof match>;
