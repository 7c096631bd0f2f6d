// Reads the keys, secrets and certificates of the identity providers from where the configuration says they are.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Config } from '../config/config.ts';
import { formatAddress } from '../config/units.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { SamlMaterial } from '../identity/saml.ts';
import type { SignIn, SignInMaterial } from '../identity/sign-in.ts';
import type { SamlProviderConfig } from '../identity/sign-in-config.ts';
import { readSecret } from '../vault/secret-source.ts';

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** @throws DogwatchError `key_missing`, `key_unsafe`, `key_invalid`, `config_invalid` */
export async function readSignInMaterial(
  config: Pick<Config, 'signIn' | 'data'>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<SignInMaterial> {
  const clientSecrets = new Map<string, string>();
  const saml = new Map<string, SamlMaterial>();
  for (const provider of config.signIn.providers) {
    const { name } = provider;
    if (provider.kind === 'saml') saml.set(name, await samlMaterial(provider, config.data, env));
    else if (provider.clientSecret !== undefined) {
      clientSecrets.set(name, readSecret(provider.clientSecret, `the clientSecret of ${name}`, config.data, env));
    }
  }
  return { clientSecrets, saml };
}

/**
 * People's way in, made once it is known where agents reach the gateway (an origin); that gives undefined when no provider is configured.
 * What speaks SAML and OpenID Connect is a good part of a start, and is loaded only where somebody can sign in.
 * @throws DogwatchError as `readSignInMaterial`
 */
export async function prepareSignIn(
  config: Pick<Config, 'signIn' | 'api' | 'data'>,
): Promise<(gateway: string) => SignIn | undefined> {
  if (config.signIn.providers.length === 0) return () => undefined;
  const material = await readSignInMaterial(config);
  const { createSignIn } = await import('../identity/sign-in.ts');
  return (gateway) =>
    createSignIn({ config: config.signIn, material, url: signInUrl(config), tokenEndpoint: `${gateway}/oauth2/token` });
}

/** Where browsers reach the API. */
export function signInUrl({ signIn, api }: Pick<Config, 'signIn' | 'api'>): string {
  if (signIn.url !== undefined) return new URL(signIn.url).origin;
  return `${api.tls ? 'https' : 'http'}://${formatAddress(api.listen)}`;
}

async function samlMaterial(
  { name, certificates, signing }: SamlProviderConfig,
  data: string,
  env: NodeJS.ProcessEnv,
): Promise<SamlMaterial> {
  const idp = (await Promise.all(certificates.map((file) => certificatesIn(file, name)))).flat();
  const signingKey = readSecret(signing.key, `the signing key of ${name}`, data, env);
  const [signingCertificate = ''] = await certificatesIn(signing.certificate, name);
  const wrong = (what: string) =>
    new DogwatchError('key_invalid', `signIn provider ${name}: ${what}`, {
      remedy: 'openssl req -x509 -newkey rsa:3072 -nodes -days 3650 -subj /CN=dogwatch -keyout saml.key -out saml.pem',
    });
  let key: ReturnType<typeof createPrivateKey>;
  try {
    key = createPrivateKey(signingKey);
  } catch {
    throw wrong('signing.key is no PEM private key');
  }
  if (key.asymmetricKeyType !== 'rsa') throw wrong(`signing.key is an ${key.asymmetricKeyType} key, not an RSA one`);
  if (!new X509Certificate(signingCertificate).checkPrivateKey(key))
    throw wrong('signing.certificate is not of signing.key');
  return { certificates: idp, signingKey, signingCertificate };
}

async function certificatesIn(file: string, name: string): Promise<string[]> {
  const invalid = (why: string, cause?: unknown) =>
    new DogwatchError('config_invalid', `signIn provider ${name}: ${file} ${why}`, {
      cause,
      remedy: 'certificates are PEM files; the provider publishes its own in its metadata',
    });
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw invalid('cannot be read', cause);
  });
  const found = text.match(PEM);
  if (found === null) throw invalid('holds no PEM certificate');
  for (const pem of found) {
    let type: string | undefined;
    try {
      type = new X509Certificate(pem).publicKey.asymmetricKeyType;
    } catch (cause) {
      throw invalid('holds what is no certificate', cause);
    }
    if (type !== 'rsa') throw invalid(`holds a certificate of an ${type} key; SAML signatures here are RSA`);
  }
  return found;
}
