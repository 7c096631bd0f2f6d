// The generic webhook: JSON, signed as Standard Webhooks 1.0 say, so that a receiver knows who sent it, and that it is no repetition.
import { createHmac } from 'node:crypto';
import { DogwatchError } from '../../exchange/error.ts';
import type { Told } from './message.ts';
import { titleOf } from './message.ts';
import type { Post } from './post.ts';

/** What a secret has to have at least: 192 bits, as the specification wants. */
const MIN_SECRET = 24;

/** The bytes of a secret: base64 behind `whsec_`, else the text itself. @throws DogwatchError `key_invalid` */
export function webhookSecret(text: string, what: string): Buffer {
  const prefixed = text.startsWith('whsec_');
  const secret = prefixed ? Buffer.from(text.slice(6), 'base64') : Buffer.from(text, 'utf8');
  if (secret.length >= MIN_SECRET) return secret;
  throw new DogwatchError('key_invalid', `${what} is shorter than ${MIN_SECRET} bytes`, {
    remedy: 'for example: echo whsec_$(openssl rand -base64 32)',
  });
}

/** The message at this moment. The signature is over id, timestamp and body, so it is made anew with each attempt. */
export function webhookPost(url: string, secret: Uint8Array, message: Told, now = Date.now()): Post {
  const { id, event, finding, containments, link, time } = message;
  const body = JSON.stringify({
    type: event === 'test' ? 'test' : `finding.${event}`,
    timestamp: new Date(time).toISOString(),
    data: {
      title: titleOf(message),
      ...(finding && { finding }),
      ...(containments && { containments }),
      ...(link && { link }),
    },
  });
  const timestamp = Math.floor(now / 1000);
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    url,
    headers: { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${signature}` },
    body,
  };
}
