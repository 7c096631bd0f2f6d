// Which connection a call is for, and which of Datadog's hosts: by path prefix, header, host name, or the default.
import { DogwatchError } from '../exchange/error.ts';
import type { Header } from '../exchange/exchange.ts';
import type { Identity } from '../exchange/identity.ts';
import { type HostKind, hostKindOf } from '../datadog/sites.ts';
import type { Target } from '../datadog/target.ts';
import { mayUse } from '../vault/access.ts';
import type { Connection, Vault } from '../vault/vault.ts';
import { headerValue } from './headers.ts';

export const CONNECTION_HEADER = 'x-dogwatch-connection';

export interface Route {
  readonly connection: Connection;
  /** The target without the `/c/<connection>` prefix. */
  readonly target: Target;
  /** What the Host header says, when it names one of Datadog's hosts under the gateway's domain. */
  readonly hostKind: HostKind | undefined;
}

/** The target without a `/c/<connection>` prefix, and the connection it names. */
export function takeConnectionPrefix(target: Target): { target: Target; named: string | undefined } {
  if (target.segments[0] !== 'c' || target.segments.length < 2) return { target, named: undefined };
  const named = target.segments[1]!;
  const path = target.path.slice(`/c/${named}`.length) || '/';
  return { target: { ...target, path, segments: target.segments.slice(2) }, named };
}

/**
 * @throws DogwatchError unknown_connection, connection_ambiguous, connection_not_allowed, unknown_host.
 */
export function route(vault: Vault, domain: string | undefined, headers: readonly Header[], received: Target, identity: Identity): Route {
  const { target, named: byPath } = takeConnectionPrefix(received);
  const byHeader = headerValue(headers, CONNECTION_HEADER);
  if (byPath !== undefined && byHeader !== undefined && byPath !== byHeader) {
    throw new DogwatchError('connection_ambiguous', `the path names connection ${show(byPath)}, the header ${show(byHeader)}`, { remedy: 'name one' });
  }
  const name = byPath ?? byHeader;
  const connection = name === undefined ? vault.defaultConnection() : vault.connection(name);
  // One answer for both, so that names of connections cannot be probed.
  if (!connection || !mayUse(identity, connection)) {
    if (name === undefined && !connection) throw new DogwatchError('unknown_connection', 'no default connection is configured', { remedy: `name one in the path (/c/<connection>/…) or in the ${CONNECTION_HEADER} header` });
    throw new DogwatchError('connection_not_allowed', `${name === undefined ? 'the default connection' : `connection ${show(name)}`} is not there, or not for any of your groups`, { remedy: 'ask an administrator of Dogwatch' });
  }
  return { connection, target, hostKind: hostKind(headerValue(headers, 'host'), domain) };
}

function hostKind(host: string | undefined, domain: string | undefined): HostKind | undefined {
  if (host === undefined || domain === undefined) return undefined;
  const name = host.replace(/:\d+$/, '').toLowerCase();
  if (!name.endsWith(`.${domain}`)) return undefined;
  const kind = hostKindOf(name.slice(0, -domain.length - 1));
  if (!kind) throw new DogwatchError('unknown_host', `${show(name)} stands for none of Datadog's hosts`, { remedy: `use api.${domain}` });
  return kind;
}

const show = (text: string): string => JSON.stringify(text.slice(0, 64));
