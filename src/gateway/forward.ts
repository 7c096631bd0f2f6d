// Sends an allowed call to Datadog under the connection's credential.
import { byName } from '../datadog/by-name.ts';
import { isControlHeader } from '../datadog/carriers.ts';
import { hasSecrets } from '../datadog/secrets.ts';
import { type HostKind, hostsOf } from '../datadog/sites.ts';
import { targetText } from '../datadog/target.ts';
import type { Header } from '../exchange/exchange.ts';

import type { Connection, Credential } from '../vault/vault.ts';
import type { Call } from './call.ts';
import { acceptableCodings } from './content-coding.ts';
import { endToEnd, flatten, headerValue } from './headers.ts';
import type { ResponseSink, Upstreams } from './upstream.ts';

/**
 * Fields that the gateway sets itself or that end here, by canonical name. Some servers read another method or target out of a
 * header than the request line has; what came before this gateway is no business of Datadog's, and would only be claimed.
 */
const REPLACED = new Set([
  ...['host', 'content-length', 'transfer-encoding', 'expect', 'accept-encoding', 'x-datadog-host'],
  ...['x-http-method-override', 'x-http-method', 'x-method-override', 'x-original-method'],
  ...['x-original-url', 'x-rewrite-url', 'x-original-uri', 'forwarded', 'x-real-ip', 'x-host'],
]);

/** Case and the underscores of CGI-style servers hide no field. */
const endsHere = byName((name) => {
  const canonical = name.toLowerCase().replaceAll('_', '-');
  return REPLACED.has(canonical) || canonical.startsWith('x-forwarded-') || isControlHeader(name);
});

/** Origins of the configured upstreams, taken apart once. */
const origins = new Map<string, string>();

/** Where a kind of host of a connection is reached. Nothing that a caller sends is part of it. */
export function originOf(connection: Connection, host: string): string {
  if (connection.upstream === undefined) return `https://${host}`;
  let origin = origins.get(connection.upstream);
  if (origin === undefined) {
    origin = new URL(connection.upstream).origin;
    origins.set(connection.upstream, origin);
  }
  return origin;
}

const hosts = new Map<string, ReturnType<typeof hostsOf>>();

/** The host of a kind on the connection's site. */
export function hostOf(connection: Connection, kind: HostKind): string {
  let known = hosts.get(connection.site);
  if (!known) {
    known = hostsOf(connection.site);
    hosts.set(connection.site, known);
  }
  return known[kind];
}

/** @param body held bytes, or a stream of pieces; `length` is the stream's length in bytes when the caller declared one */
export function forward(
  upstreams: Upstreams,
  call: Call,
  connection: Connection,
  kind: HostKind,
  credential: Credential,
  body: Buffer | AsyncIterable<Buffer> | null,
  length: number | undefined,
  sink: ResponseSink,
): void {
  call.forwardedAt = performance.now();
  const headers = upstreamHeaders(call, kind, credential);
  if (length !== undefined) headers.push(['content-length', String(length)]);
  if (connection.upstream !== undefined) headers.push(['x-datadog-host', call.host]);
  upstreams.send(
    {
      origin: originOf(connection, call.host),
      method: call.head.method,
      target: targetText(call.head.target),
      headers: flatten(headers),
      body,
    },
    sink,
  );
}

function upstreamHeaders(call: Call, kind: HostKind, credential: Credential): Header[] {
  const received = call.head.headers;
  const headers = endToEnd(received).filter(([name]) => !endsHere(name));
  // A body that holds secrets must be read here before it is recorded, so it should come uncompressed.
  const readable = hasSecrets(call.classification.operation, 'response');
  headers.push([
    'accept-encoding',
    readable ? 'identity' : acceptableCodings(headerValue(received, 'accept-encoding')),
  ]);
  headers.push(['via', `${call.httpVersion} dogwatch`]);
  if (headerValue(received, 'x-request-id') === undefined) headers.push(['x-request-id', call.exchange]);
  headers.push(...credentialHeaders(kind, credential));
  return headers;
}

/** A connection's credential as a kind of host takes it. */
export function credentialHeaders(kind: HostKind, credential: Credential): Header[] {
  if ('accessToken' in credential) return [['authorization', `Bearer ${credential.accessToken}`]];
  return kind === 'mcp'
    ? [
        ['DD_API_KEY', credential.apiKey],
        ['DD_APPLICATION_KEY', credential.appKey],
      ]
    : [
        ['dd-api-key', credential.apiKey],
        ['dd-application-key', credential.appKey],
      ];
}
