// Which API elsewhere a command is about, and with which token: what the environment says, else what `dogwatch login` left.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../exchange/error.ts';
import type { ApiAddress } from './api-client.ts';
import { readCredential } from './credentials.ts';
import { DEMO_DIRECTORY } from './locate-config.ts';

/**
 * The API to ask; undefined when the command is about a gateway of this machine: a configuration was named, or one is here.
 * @throws UsageError `usage` when there is no token for it
 */
export function remoteApi(
  configFile: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
  cwd = process.cwd(),
): ApiAddress | undefined {
  if (configFile !== undefined) return undefined;
  const { DOGWATCH_API: named, DOGWATCH_TOKEN: token } = env;
  if (!named) {
    const here = [join(cwd, 'dogwatch.yaml'), join(cwd, DEMO_DIRECTORY, 'dogwatch.yaml')];
    if (env.DOGWATCH_CONFIG || here.some((file) => existsSync(file))) return undefined;
    const stored = readCredential(env);
    return stored && { url: stored.api, token: unexpired(stored) };
  }
  if (!URL.canParse(named)) throw new UsageError('usage', `$DOGWATCH_API is no URL: ${named}`);
  if (token) return { url: named, token };
  // The token of one API is never shown to another.
  const stored = readCredential(env);
  if (stored !== undefined && stored.api === new URL(named).origin) return { url: named, token: unexpired(stored) };
  throw new UsageError('usage', `$DOGWATCH_API is set, and nobody is signed in there`, {
    remedy: `dogwatch login ${new URL(named).origin}, or set $DOGWATCH_TOKEN to a token whose groups make an auditor`,
  });
}

function unexpired({ api, token, expiresAt }: { api: string; token: string; expiresAt: number }): string {
  if (expiresAt > Date.now()) return token;
  throw new UsageError('usage', `the sign-in at ${api} has ended`, { remedy: `dogwatch login ${api}` });
}
