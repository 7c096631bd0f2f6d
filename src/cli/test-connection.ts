// Asks Datadog whether a connection's credential is good, without the gateway.
import { request } from 'undici';
import { hostsOf } from '../datadog/sites.ts';
import { DogwatchError } from '../exchange/error.ts';
import { originOf } from '../gateway/forward.ts';
import type { Connection, Credential } from '../vault/vault.ts';

const PATIENCE = 10_000;

/**
 * Calls `GET /api/v1/validate` for the API key and `GET /api/v2/validate_keys` for both keys; `GET /api/v2/current_user` for a token.
 * @returns what was found good, one short sentence
 * @throws DogwatchError `connection_invalid` when Datadog refuses the credential, `upstream_*` when it cannot be asked
 */
export async function testConnection(connection: Connection, credential: Credential): Promise<string> {
  const origin = originOf(connection, hostsOf(connection.site).api);
  if ('accessToken' in credential) {
    const status = await ask(connection, `${origin}/api/v2/current_user`, {
      authorization: `Bearer ${credential.accessToken}`,
    });
    if (status !== 200) throw refused(connection, 'access token', status);
    return 'the access token is good';
  }
  const apiStatus = await ask(connection, `${origin}/api/v1/validate`, { 'dd-api-key': credential.apiKey });
  if (apiStatus !== 200) throw refused(connection, 'API key', apiStatus);
  const bothStatus = await ask(connection, `${origin}/api/v2/validate_keys`, {
    'dd-api-key': credential.apiKey,
    'dd-application-key': credential.appKey,
  });
  if (bothStatus === 404) return 'the API key is good; this upstream cannot tell about the application key';
  if (bothStatus !== 200) throw refused(connection, 'application key', bothStatus);
  return 'the API key and the application key are good';
}

async function ask(connection: Connection, url: string, headers: Record<string, string>): Promise<number> {
  try {
    const response = await request(url, {
      headers: { ...headers, accept: 'application/json' },
      headersTimeout: PATIENCE,
      bodyTimeout: PATIENCE,
      signal: AbortSignal.timeout(2 * PATIENCE),
    });
    await response.body.dump({ limit: 1 << 20 });
    return response.statusCode;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer';
    const kind = /CERT|TLS|SSL|SELF_SIGNED/.test(code) ? 'upstream_tls' : 'upstream_unreachable';
    // The cause is left out: it could hold the request's headers.
    throw new DogwatchError(kind, `connection ${connection.name}: ${new URL(url).origin} cannot be asked (${code})`, {
      remedy: 'check site and upstream of the connection, and that this machine may reach it',
    });
  }
}

const refused = (connection: Connection, what: string, status: number): DogwatchError =>
  new DogwatchError(
    'connection_invalid',
    `connection ${connection.name}: ${connection.upstream ?? connection.site} answers ${status} to its ${what}`,
    {
      remedy:
        status === 403 || status === 401
          ? `make sure that the ${what} belongs to ${connection.site}, then \`dogwatch connection rotate ${connection.name}\``
          : 'try again later',
    },
  );
