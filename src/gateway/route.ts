// Which connection a call is for, and which of Datadog's hosts: by path prefix, header, host name, or the default.

import { type HostKind, hostKindOf } from '../datadog/sites.ts';
import type { Target } from '../datadog/target.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { Header } from '../exchange/exchange.ts';
import type { Identity } from '../exchange/identity.ts';
import { mayUse } from '../vault/access.ts';
import type { Connection, Vault } from '../vault/vault.ts';
import { headerValue } from './headers.ts';

export const CONNECTION_HEADER = 'x-dogwatch-connection';

export interface Route {
  readonly connection: Connection;
  /** What the Host header says, when it names one of Datadog's hosts under the gateway's domain. */
  readonly hostKind: HostKind | undefined;
}

/** The target without a `/c/<connection>` prefix, and the connection it names. */
export function takeConnectionPrefix(target: Target): { target: Target; named: string | undefined } {
  if (target.segments[0] !== 'c' || target.segments.length < 2) return { target, named: undefined };
  const end = target.path.indexOf('/', 3);
  const path = end === -1 ? '/' : target.path.slice(end);
  return { target: { ...target, path, segments: target.segments.slice(2) }, named: target.segments[1] };
}

/**
 * Finds the connection and whether the caller may use it.
 * @param byPath the connection that the path's prefix names
 * @param bound the only connection that the caller's token is good for
 * @throws DogwatchError unknown_connection, connection_ambiguous, connection_not_allowed, token_other_connection, unknown_host.
 */
export function routeOf(
  vault: Vault,
  domain: string | undefined,
  headers: readonly Header[],
  byPath: string | undefined,
  identity: Identity,
  bound?: string,
): Route {
  const byHeader = headerValue(headers, CONNECTION_HEADER);
  for (const [name, value] of headers) {
    if (value !== byHeader && name.toLowerCase() === CONNECTION_HEADER)
      throw new DogwatchError('connection_ambiguous', `two ${CONNECTION_HEADER} headers name different connections`, {
        remedy: 'name one',
      });
  }
  if (byPath !== undefined && byHeader !== undefined && byPath !== byHeader) {
    throw new DogwatchError(
      'connection_ambiguous',
      `the path names connection ${show(byPath)}, the header ${show(byHeader)}`,
      { remedy: 'name one' },
    );
  }
  const name = byPath ?? byHeader ?? bound;
  if (bound !== undefined && name !== bound) {
    throw new DogwatchError('token_other_connection', `the token is for the connection ${show(bound)} alone`, {
      remedy: 'name no connection, or get a token for the other',
    });
  }
  const connection = name === undefined ? vault.defaultConnection() : vault.connection(name);
  if (!connection) {
    throw name === undefined
      ? new DogwatchError('unknown_connection', 'no default connection is configured', {
          remedy: `name one in the path (/c/<connection>/…) or in the ${CONNECTION_HEADER} header`,
        })
      : new DogwatchError('unknown_connection', `there is no connection ${show(name)}`, {
          remedy: 'correct the name, or ask an administrator of Dogwatch',
        });
  }
  if (!mayUse(identity, connection)) {
    throw new DogwatchError(
      'connection_not_allowed',
      `none of your groups may use connection ${show(connection.name)}`,
      { remedy: 'ask an administrator of Dogwatch' },
    );
  }
  return { connection, hostKind: hostKindFor(headerValue(headers, 'host'), domain) };
}

function hostKindFor(host: string | undefined, domain: string | undefined): HostKind | undefined {
  if (host === undefined || domain === undefined) return undefined;
  const name = host.replace(/:\d+$/, '').toLowerCase();
  if (!name.endsWith(`.${domain}`)) return undefined;
  const kind = hostKindOf(name.slice(0, -domain.length - 1));
  if (!kind)
    throw new DogwatchError('unknown_host', `${show(name)} stands for none of Datadog's hosts`, {
      remedy: `use api.${domain}`,
    });
  return kind;
}

const show = (text: string): string => JSON.stringify(text.slice(0, 64));
