// The `checkpoints` section: who cosigns the journal's checkpoints, and where copies of them go.
import { z } from 'zod';
import { parseWitnessKey } from '../journal/cosignature.ts';
import { duration } from './unit-schemas.ts';
import { isLoopback } from './units.ts';

const insecure = z.boolean().default(false).describe('Allow plain HTTP, TCP or UDP beyond loopback.');

/** Plain protocols are for loopback, unless somebody said otherwise. */
function badUrl(
  raw: string,
  encrypted: readonly string[],
  plain: readonly string[],
  allowed: boolean,
): string | undefined {
  const url = URL.parse(raw);
  const known = [...encrypted, ...plain].map((each) => `${each}//`).join(', ');
  if (url === null || ![...encrypted, ...plain].includes(url.protocol))
    return `expected a URL that begins with ${known}`;
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password';
  if (encrypted.includes(url.protocol) || allowed || isLoopback(url.hostname.replace(/^\[|\]$/g, ''))) return undefined;
  return `must begin with ${encrypted[0]}// beyond loopback, or say insecure: true`;
}

const witness = z
  .strictObject({
    name: z
      .string()
      .regex(
        /^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$/,
        'expected lower-case letters, digits, ".", "_" or "-", at most 64',
      )
      .describe('What logs and metrics call it.'),
    url: z.string().max(2048).describe("The witness's submission prefix; /add-checkpoint is added."),
    key: z
      .string()
      .max(1024)
      .refine(
        (text) => parseWitnessKey(text) !== undefined,
        "is not a witness's verifier key (<name>+<key id>+<base64>)",
      )
      .describe("The witness's verifier key, as `dogwatch witness new-key` prints it."),
    insecure,
  })
  .superRefine((value, context) => {
    const message = badUrl(value.url, ['https:'], ['http:'], value.insecure);
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['url'], message });
  });

const copy = z
  .strictObject({
    file: z.string().min(1).optional().describe('Append to this file, outside the data directory.'),
    syslog: z
      .string()
      .max(2048)
      .optional()
      .describe(
        'Send as RFC 5424: tls://host:6514, tcp://host:514, udp://host:514 or unix:///path of a stream socket.',
      ),
    post: z.string().max(2048).optional().describe('POST to this URL.'),
    insecure,
  })
  .superRefine((value, context) => {
    const { file, syslog, post } = value;
    const given = [file, syslog, post].filter((each) => each !== undefined).length;
    if (given !== 1) context.addIssue({ code: 'custom', message: 'expected one of file, syslog and post' });
    if (post !== undefined) {
      const message = badUrl(post, ['https:'], ['http:'], value.insecure);
      if (message !== undefined) context.addIssue({ code: 'custom', path: ['post'], message });
    }
    if (syslog === undefined) return;
    const message = badUrl(syslog, ['tls:', 'unix:'], ['tcp:', 'udp:'], value.insecure) ?? badSyslogUrl(syslog);
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['syslog'], message });
  });

/** A Unix socket has a path alone; anything else a host alone, and perhaps a port. */
function badSyslogUrl(text: string): string | undefined {
  const { protocol, host, hostname, pathname, search, hash } = new URL(text);
  if (search !== '' || hash !== '') return 'expected a place, and nothing else';
  if (protocol === 'unix:') return host === '' && pathname.length > 1 ? undefined : 'expected unix:///path';
  return hostname !== '' && ['', '/'].includes(pathname) ? undefined : 'expected a host, and perhaps a port';
}

export const checkpointsSchema = z
  .strictObject({
    interval: duration.prefault('1m').describe('How often the newest checkpoint is cosigned and copied.'),
    timeout: duration.prefault('10s').describe('Time that a witness or a place for copies has to answer.'),
    witnesses: z.array(witness).max(16).prefault([]).describe('Witnesses (C2SP tlog-witness) that cosign checkpoints.'),
    needed: z
      .int()
      .min(1)
      .max(16)
      .optional()
      .describe('So many cosignatures make a checkpoint witnessed. More than half of the witnesses when absent.'),
    copies: z.array(copy).max(16).prefault([]).describe('Where copies of checkpoints go.'),
  })
  .superRefine(({ interval, timeout, witnesses, needed }, context) => {
    const refuse = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (interval < 1000) refuse(['interval'], 'must be 1s at least');
    if (timeout < 100 || timeout > 300_000) refuse(['timeout'], 'must be 100ms at least and 5m at most');
    if (needed !== undefined && needed > witnesses.length) {
      refuse(['needed'], `is more than the ${witnesses.length} witnesses there are`);
    }
    for (const [at, { name, key }] of witnesses.entries()) {
      if (witnesses.findIndex((each) => each.name === name) !== at) {
        refuse(['witnesses', at, 'name'], `another witness is called ${name}`);
      }
      if (witnesses.findIndex((each) => each.key.trim() === key.trim()) !== at) {
        refuse(['witnesses', at, 'key'], 'another witness has this key');
      }
    }
  });
