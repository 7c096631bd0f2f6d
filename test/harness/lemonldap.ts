// A real OIDC provider for tests: LemonLDAP::NG as Debian packages it, its portal run by Starman on loopback.
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './listening.ts';
import { temporaryFolder } from './temporary.ts';

const PORTAL = '/usr/share/lemonldap-ng/portal';
const STARMAN = '/usr/bin/starman';

/** Why it cannot be run here; undefined when it can. */
export function whyNoLemonLdap(): string | undefined {
  if (!existsSync(join(PORTAL, 'htdocs', 'index.psgi')))
    return 'the package liblemonldap-ng-portal-perl is not installed';
  // What that package only recommends, though its OIDC provider cannot do without.
  for (const [module, name] of [
    ['IO/String.pm', 'libio-string-perl'],
    ['String/Random.pm', 'libstring-random-perl'],
  ]) {
    if (!existsSync(`/usr/share/perl5/${module}`)) return `the package ${name} is not installed`;
  }
  return existsSync(STARMAN) ? undefined : 'the package starman is not installed';
}

export interface LemonLdap {
  /** Its issuer. */
  readonly url: string;
  /** What it logged, for failures. */
  output(): string;
  close(): Promise<void>;
}

/**
 * Starts one in a folder of its own, with one confidential client. Its people are those of its demonstration: `dwho` is
 * Doctor Who, in the groups `timelords` and `users`; everybody's password is their name.
 */
export async function startLemonLdap(client: { id: string; secret: string; redirectUri: string }): Promise<LemonLdap> {
  const folder = temporaryFolder('lemonldap');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  for (const each of ['conf', 'cache', 'sessions', 'psessions', 'locks']) await mkdir(join(folder, each));
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  // Everything that its packaged configuration puts under /var/lib.
  const store = (directory: string) => ({ Directory: join(folder, directory), LockDirectory: join(folder, 'locks') });
  const cache = (namespace: string) => ({ namespace, default_expires_in: 600, cache_root: join(folder, 'cache') });
  await writeFile(
    join(folder, 'conf', 'lmConf-1.json'),
    JSON.stringify({
      cfgNum: 1,
      cfgVersion: '2.16.1',
      cfgDate: 1,
      locationRules: { '127.0.0.1': { default: 'accept' } },
      portal: `${url}/`,
      domain: '127.0.0.1',
      cookieName: 'lemonldap',
      securedCookie: 0,
      authentication: 'Demo',
      userDB: 'Same',
      passwordDB: 'Null',
      registerDB: 'Null',
      demoExportedVars: { cn: 'cn', mail: 'mail', uid: 'uid' },
      whatToTrace: 'uid',
      // The one that comes with it wants ImageMagick, even where nobody is shown one.
      captcha: 'NoCaptcha',
      globalStorage: 'Apache::Session::File',
      globalStorageOptions: store('sessions'),
      persistentStorage: 'Apache::Session::File',
      persistentStorageOptions: store('psessions'),
      localSessionStorage: 'Cache::FileCache',
      localSessionStorageOptions: cache('sessions'),
      issuerDBOpenIDConnectActivation: 1,
      oidcServiceMetaDataIssuer: url,
      oidcServicePrivateKeySig: privateKey,
      oidcServicePublicKeySig: publicKey,
      oidcServiceKeyIdSig: 'one',
      oidcRPMetaDataOptions: {
        dogwatch: {
          oidcRPMetaDataOptionsClientID: client.id,
          oidcRPMetaDataOptionsClientSecret: client.secret,
          oidcRPMetaDataOptionsRedirectUris: client.redirectUri,
          oidcRPMetaDataOptionsIDTokenSignAlg: 'RS256',
          oidcRPMetaDataOptionsIDTokenForceClaims: 1,
          oidcRPMetaDataOptionsRequirePKCE: 1,
          oidcRPMetaDataOptionsUserIDAttr: 'uid',
        },
      },
      oidcRPMetaDataExportedVars: {
        dogwatch: { name: 'cn', email: 'mail', groups: 'groups;string;always' },
      },
      oidcRPMetaDataOptionsExtraClaims: { dogwatch: { profile: 'name groups' } },
    }),
  );
  await writeFile(
    join(folder, 'lemonldap-ng.ini'),
    `[all]
logLevel = warn
[configuration]
type = File
dirName = ${join(folder, 'conf')}
localStorage = Cache::FileCache
localStorageOptions = { 'namespace' => 'config', 'default_expires_in' => 600, 'cache_root' => '${join(folder, 'cache')}' }
[portal]
staticPrefix = /static
templateDir = ${join(PORTAL, 'templates')}
languages = en
`,
  );
  await writeFile(
    join(folder, 'app.psgi'),
    `package NoCaptcha;
use Mouse;
extends 'Lemonldap::NG::Portal::Main::Plugin';
sub init { 1 }
BEGIN { $INC{'NoCaptcha.pm'} = __FILE__ }
package main;
use Plack::Builder;
builder {
  enable 'Static', path => qr{^/static/}, root => '${join(PORTAL, 'htdocs')}';
  Plack::Util::load_psgi('${join(PORTAL, 'htdocs', 'index.psgi')}');
};
`,
  );
  let output = '';
  const server: ChildProcess = spawn(
    STARMAN,
    ['--listen', `127.0.0.1:${port}`, '--workers', '4', '--preload-app', join(folder, 'app.psgi')],
    {
      cwd: folder,
      env: { ...process.env, LLNG_DEFAULTCONFFILE: join(folder, 'lemonldap-ng.ini'), TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const gone = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  for (const stream of [server.stdout, server.stderr]) {
    stream?.on('data', (text: Buffer) => {
      // The beginning: what is wrong with its configuration stands there, and each request complains of it again.
      output = `${output}${text}`.slice(0, 20_000);
    });
  }
  const close = async () => {
    // SIGQUIT and SIGTERM let it end its workers; SIGKILL would leave them.
    server.kill('SIGTERM');
    await gone;
  };
  for (let tries = 0; tries < 200 && server.exitCode === null && !output.includes('Initialization failed'); tries++) {
    const response = await fetch(`${url}/.well-known/openid-configuration`).catch(() => undefined);
    if (response?.ok && (await response.text()).includes('"authorization_endpoint"')) {
      return { url, output: () => output, close };
    }
    await sleep(100);
  }
  await close();
  throw new Error(`LemonLDAP::NG does not answer at ${url}:\n${output.slice(0, 4000)}`);
}
