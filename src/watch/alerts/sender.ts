// What sends a message by one route of the configuration, with its secrets in hand.
import type { AlertRouteConfig } from '../../config/alerts.ts';
import { badUrl } from '../../config/alerts.ts';
import type { AlertTarget } from '../../exchange/alert.ts';
import { DogwatchError } from '../../exchange/error.ts';
import type { SecretRef } from '../../vault/config.ts';
import { slackBody, teamsBody } from './chat.ts';
import { runCommand } from './command.ts';
import { sendMail } from './email.ts';
import type { Told } from './message.ts';
import { post } from './post.ts';
import { NotDelivered, reasonOf } from './problem.ts';
import { datadogBody, pagerDutyBodies } from './services.ts';
import { sendAlertSyslog } from './syslog.ts';
import { webhookPost, webhookSecret } from './webhook.ts';

export interface Sender {
  readonly to: AlertTarget;
  /** The host, connection or program behind it; no secret. */
  readonly where: string;
  /** Resolves when the receiver has taken it. @throws NotDelivered */
  send(message: Told): Promise<void>;
}

export interface Means {
  /** A secret that the configuration refers to. @throws DogwatchError `key_missing`, `key_unsafe`, `key_invalid` */
  readonly secret: (ref: SecretRef, what: string) => string;
  /** Where the API of a connection's organisation is, and the headers that open it. @throws DogwatchError */
  readonly datadog: (connection: string) => {
    readonly origin: string;
    readonly headers: Readonly<Record<string, string>>;
  };
  /** Milliseconds that a receiver has. */
  readonly timeout: number;
  /** Aborts what is under way when the gateway stops. */
  readonly stopping: AbortSignal;
}

/** @throws DogwatchError `key_missing`, `key_unsafe`, `key_invalid`, `config_invalid` */
export function senderOf({ name, to }: AlertRouteConfig, means: Means): Sender {
  const { secret, timeout, stopping } = means;
  /** With a limit of time, and every error as one that holds no secret. */
  const made = (
    target: AlertTarget,
    where: string,
    send: (message: Told, signal: AbortSignal) => Promise<void>,
  ): Sender => ({
    to: target,
    where,
    async send(message) {
      const signal = AbortSignal.any([stopping, AbortSignal.timeout(timeout)]);
      await send(message, signal).catch((error: unknown) => {
        throw error instanceof NotDelivered ? error : new NotDelivered(reasonOf(error, signal));
      });
    },
  });
  const hostOf = (url: string): string => new URL(url).host;
  if (to.webhook) {
    const { url } = to.webhook;
    const what = `the secret of the alert route ${name}`;
    const key = webhookSecret(secret(to.webhook.secret, what), what);
    return made('webhook', hostOf(url), (message, signal) => post(webhookPost(url, key, message), signal));
  }
  for (const [kind, bodyOf] of [
    ['slack', slackBody],
    ['teams', teamsBody],
  ] as const) {
    const chat = to[kind];
    if (chat === undefined) continue;
    const what = `the URL of the alert route ${name}`;
    const url = secret(chat.url, what);
    const bad = badUrl(url, ['https:'], ['http:'], chat.insecure);
    if (bad !== undefined) throw new DogwatchError('key_invalid', `${what}: ${bad}`);
    return made(kind, hostOf(url), (message, signal) => post({ url, body: bodyOf(message) }, signal));
  }
  if (to.pagerduty) {
    const { url, routingKey } = to.pagerduty;
    const key = secret(routingKey, `the routing key of the alert route ${name}`);
    return made('pagerduty', hostOf(url), async (message, signal) => {
      for (const body of pagerDutyBodies(key, message)) await post({ url, body }, signal);
    });
  }
  if (to.email) {
    const settings = to.email;
    const password = settings.password && secret(settings.password, `the password of the alert route ${name}`);
    return made('email', settings.host, (message, signal) => sendMail(settings, password, message, timeout, signal));
  }
  if (to.datadog) {
    const { connection } = to.datadog;
    return made('datadog', connection, async (message, signal) => {
      const { origin, headers } = means.datadog(connection);
      await post({ url: `${origin}/api/v1/events`, headers, body: datadogBody(message) }, signal);
    });
  }
  if (to.syslog) {
    const { url } = to.syslog;
    return made('syslog', hostOf(url), (message, signal) => sendAlertSyslog(url, message, signal));
  }
  const { run, timeout: patience } = to.command ?? { run: [], timeout };
  return {
    to: 'command',
    where: run[0] ?? '',
    send: (message) => runCommand(run, message, patience, stopping),
  };
}
