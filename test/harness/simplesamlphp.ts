// A real SAML identity provider for tests: SimpleSAMLphp as Debian packages it, run by PHP's own server on loopback.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { selfSigned } from './certificate.ts';
import { freePort } from './listening.ts';
import { temporaryFolder } from './temporary.ts';

const HOME = '/usr/share/simplesamlphp';

/** Why it cannot be run here; undefined when it can. */
export function whyNoSimpleSamlPhp(): string | undefined {
  if (!existsSync(join(HOME, 'www', 'module.php'))) return 'the package simplesamlphp is not installed';
  try {
    const modules = execFileSync('php', ['-m'], { encoding: 'utf8', timeout: 10_000 });
    const missing = ['dom', 'mbstring', 'openssl'].filter((name) => !new RegExp(`^${name}$`, 'm').test(modules));
    return missing.length === 0 ? undefined : `PHP lacks ${missing.join(', ')}: php-xml, php-mbstring`;
  } catch {
    return 'php-cli is not installed';
  }
}

export interface SamlUser {
  readonly password: string;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

export interface SimpleSamlPhp {
  readonly entityId: string;
  readonly entryPoint: string;
  /** PEM of the certificate that signs assertions. */
  readonly certificate: string;
  /** What it logged, for failures. */
  output(): string;
  /** Makes it trust a service provider. */
  trust(sp: { entityId: string; acs: string; certificate: string }): Promise<void>;
  close(): Promise<void>;
}

/** Starts one with these users, in a folder of its own. */
export async function startSimpleSamlPhp(users: Readonly<Record<string, SamlUser>>): Promise<SimpleSamlPhp> {
  const folder = temporaryFolder('idp');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const entityId = `${url}/saml2/idp/metadata.php`;
  const { cert, key } = selfSigned(['127.0.0.1'], 7, 'rsa');
  for (const each of ['config', 'metadata', 'cert', 'log', 'data', 'tmp', 'sessions']) await mkdir(join(folder, each));
  const php = (file: string, variable: string, value: unknown) =>
    writeFile(
      join(folder, file),
      `<?php\n$${variable} = json_decode(<<<'JSON'\n${JSON.stringify(value)}\nJSON, true);\n`,
    );
  await writeFile(join(folder, 'cert', 'idp.crt'), cert);
  await writeFile(join(folder, 'cert', 'idp.pem'), key);
  await php('config/config.php', 'config', {
    baseurlpath: `${url}/`,
    certdir: join(folder, 'cert'),
    loggingdir: join(folder, 'log'),
    datadir: join(folder, 'data'),
    tempdir: join(folder, 'tmp'),
    metadatadir: join(folder, 'metadata'),
    secretsalt: 'of-this-test-alone',
    'auth.adminpassword': 'of-this-test-alone',
    timezone: 'UTC',
    'logging.handler': 'stderr',
    'enable.saml20-idp': true,
    'module.enable': { exampleauth: true, core: true, saml: true },
    'session.phpsession.savepath': join(folder, 'sessions'),
    'store.type': 'phpsession',
    'session.cookie.secure': false,
    'session.phpsession.httponly': true,
    'language.default': 'en',
    'metadata.sources': [{ type: 'flatfile', directory: join(folder, 'metadata') }],
    'authproc.idp': [],
  });
  await php('config/authsources.php', 'config', {
    people: {
      '0': 'exampleauth:UserPass',
      ...Object.fromEntries(
        Object.entries(users).map(([name, { password, attributes }]) => [
          `${name}:${password}`,
          { uid: [name], ...attributes },
        ]),
      ),
    },
  });
  await writeFile(
    join(folder, 'metadata', 'saml20-idp-hosted.php'),
    `<?php\n$metadata['${entityId}'] = ['host' => '__DEFAULT__', 'privatekey' => 'idp.pem', 'certificate' => 'idp.crt', 'auth' => 'people',
  'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', 'saml20.sign.assertion' => true,
  'redirect.validate' => true, 'validate.authnrequest' => true];\n`,
  );
  await php('metadata/saml20-sp-remote.php', 'metadata', {});
  let output = '';
  const server: ChildProcess = spawn('php', ['-S', `127.0.0.1:${port}`, '-t', join(HOME, 'www')], {
    env: { ...process.env, SIMPLESAMLPHP_CONFIG_DIR: join(folder, 'config'), TMPDIR: join(folder, 'tmp') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const gone = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  for (const stream of [server.stdout, server.stderr]) {
    stream?.on('data', (text: Buffer) => {
      output = `${output}${text}`.slice(-20_000);
    });
  }
  const close = async () => {
    server.kill('SIGKILL');
    await gone;
  };
  try {
    await answering(entityId, () => output);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    entityId,
    entryPoint: `${url}/saml2/idp/SSOService.php`,
    certificate: cert,
    output: () => output,
    trust: ({ entityId: sp, acs, certificate }) =>
      php('metadata/saml20-sp-remote.php', 'metadata', {
        [sp]: {
          AssertionConsumerService: acs,
          certData: certificate.replace(/-----[^-]+-----|\n/g, ''),
          'validate.authnrequest': true,
          NameIDFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
          'simplesaml.nameidattribute': 'uid',
          authproc: {
            '1': {
              class: 'saml:AttributeNameID',
              attribute: 'uid',
              Format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
            },
          },
        },
      }),
    close,
  };
}

async function answering(url: string, output: () => string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok && (await response.text()).includes('EntityDescriptor')) return;
    await sleep(100);
  }
  throw new Error(`SimpleSAMLphp does not answer at ${url}:\n${output().slice(-4000)}`);
}
