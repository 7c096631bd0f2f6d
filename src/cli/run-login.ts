// What `dogwatch login` and `dogwatch logout` do with the terminal, the browser and the stored credential.
import { spawn } from 'node:child_process';
import { UsageError } from '../exchange/error.ts';
import { readCredential, removeCredential, writeCredential } from './credentials.ts';
import { findConfig } from './locate-config.ts';
import { postWithToken } from './post-with-token.ts';
import { printable } from './printable.ts';
import { printJson } from './record-options.ts';
import { readRunFile } from './run-file.ts';
import { type SignInTerminal, signIn } from './sign-in-flow.ts';
import { paint } from './terminal.ts';

export interface LoginOptions {
  readonly device?: true;
  readonly provider?: string;
  readonly config?: string;
  readonly json?: true;
}

/** Signs in and keeps the token. @throws DogwatchError as `signIn` */
export async function runLogin(given: string | undefined, options: LoginOptions): Promise<void> {
  const api = await whichApi(given, options.config);
  const { token, expiresAt, gateway, identity, roles } = await signIn({
    api,
    provider: options.provider,
    way: options.device ? 'device' : 'browser',
    terminal: terminal(),
  });
  await endFormer();
  writeCredential({ api, gateway, token, expiresAt, name: identity.name.slice(0, 512) });
  if (options.json) return printJson({ api, gateway, identity, roles, expiresAt });
  const can = roles.length === 0 ? 'no role: none of your groups is named under roles' : roles.join(', ');
  const colour = paint();
  process.stdout.write(
    `${colour.green('Signed in')} to ${printable(api)} as ${printable(identity.name)} (${printable(can)}), until ${new Date(expiresAt).toLocaleString()}.\n`,
  );
}

/** Ends the token, and forgets it in any case. */
export async function runLogout(): Promise<void> {
  const stored = readCredential();
  if (stored === undefined) {
    process.stdout.write('Nobody is signed in.\n');
    return;
  }
  removeCredential();
  try {
    await postWithToken(stored, '/auth/logout');
    process.stdout.write(`Signed out of ${printable(stored.api)}.\n`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    process.stderr.write(`dogwatch: signed out here, but the gateway was not told: ${printable(why)}\n`);
    process.exitCode = 1;
  }
}

/** A token that is replaced shall not live on unseen. */
async function endFormer(): Promise<void> {
  const former = readCredential();
  if (former !== undefined && former.expiresAt > Date.now()) {
    await postWithToken(former, '/auth/logout').catch(() => undefined);
  }
}

async function whichApi(given: string | undefined, configFile: string | undefined): Promise<string> {
  const named = given ?? (configFile === undefined ? process.env.DOGWATCH_API : undefined);
  if (named !== undefined && named !== '') {
    if (!URL.canParse(named)) throw new UsageError('usage', `${printable(named)} is no URL`);
    return new URL(named).origin;
  }
  const stored = configFile === undefined ? readCredential() : undefined;
  if (stored !== undefined) return stored.api;
  const config = await findConfig(configFile).catch((cause: unknown) => {
    throw new UsageError('usage', 'which gateway? there is no configuration of one here', {
      cause,
      remedy: "dogwatch login https://dogwatch.example.com, the address of the gateway's API",
    });
  });
  const running = readRunFile(config.data);
  if (config.signIn.url !== undefined) return new URL(config.signIn.url).origin;
  if (running !== undefined) return new URL(running.api).origin;
  throw new UsageError('usage', `no gateway runs on ${config.data}`, { remedy: 'start it with `dogwatch serve`' });
}

function terminal(): SignInTerminal {
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  return {
    openBrowser(url) {
      say(`Sign in at:\n  ${printable(url)}`);
      openInBrowser(url);
    },
    showDeviceCode({ userCode, url, complete }) {
      say(`On any device, go to  ${printable(url)}\nand type in the code  ${printable(userCode)}`);
      if (complete !== undefined) say(`or go to  ${printable(complete)}`);
      say('Waiting …');
    },
  };
}

/** Tries the desktop's way to open a page. The URL is shown in any case, so that nothing depends on it. */
function openInBrowser(url: string): void {
  // Without a shell, and a URL of ours begins with http: it cannot be taken for an option.
  if (!/^https?:\/\//.test(url)) return;
  const browser = process.env.BROWSER;
  const command =
    browser || (process.platform === 'darwin' ? 'open' : process.platform === 'win32' ? 'explorer' : 'xdg-open');
  if (command === 'none') return;
  spawn(command, [url], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}
