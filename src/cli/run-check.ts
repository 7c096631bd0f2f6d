// What `dogwatch check` does: validates the configuration and tries what it names: keys, certificates, issuers, connections.
import { access, readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/config.ts';
import { DogwatchError } from '../exchange/error.ts';
import { RefusedCredential } from '../identity/refused.ts';
import { createSignIn } from '../identity/sign-in.ts';
import { createVerifier } from '../identity/verifier.ts';
import { loadKeyEncryptionKey, loadSigningKey } from '../journal/keys.ts';
import { compilePolicy } from '../policy/policy.ts';
import { readSecret } from '../vault/secret-source.ts';
import { openVault } from '../vault/vault.ts';
import { senderOf } from '../watch/alerts/sender.ts';
import { locateConfig } from './locate-config.ts';
import { printable } from './printable.ts';
import { printJson } from './record-options.ts';
import { readSignInMaterial, signInUrl } from './sign-in-material.ts';
import { paint } from './terminal.ts';
import { testConnection } from './test-connection.ts';

interface Finding {
  readonly what: string;
  readonly result: 'ok' | 'warning' | 'failed';
  readonly message: string;
  readonly remedy?: string;
}

/** Checks everything; the findings go to stdout. @returns whether nothing failed */
export async function runCheck(options: {
  config: string | undefined;
  offline: boolean;
  json: boolean;
}): Promise<boolean> {
  const file = locateConfig(options.config);
  const config = loadConfig(file, process.env);
  const findings: Finding[] = [{ what: 'configuration', result: 'ok', message: `${file} is valid` }];
  for await (const finding of check(config, options.offline)) findings.push(finding);
  if (options.json) printJson(findings);
  else for (const finding of findings) print(finding);
  return findings.every(({ result }) => result !== 'failed');
}

async function* check(config: Config, offline: boolean): AsyncGenerator<Finding> {
  const kek = loadKeyEncryptionKey(config.keys.encryption, config.data);
  yield* attempt('keys.encryption', async () => `key ${(await kek).id}`);
  yield* attempt('keys.signing', async () => (await loadSigningKey(config.keys.signing, config.data)) && 'can sign');
  for (const section of ['gateway', 'api'] as const) {
    const { tls } = config[section];
    if (!tls) continue;
    yield* attempt(`${section}.tls`, async () => {
      createSecureContext({ cert: await readFile(tls.cert), key: await readFile(tls.key) });
      return 'certificate and key fit';
    });
  }
  yield* attempt('policy', async () => {
    compilePolicy(config.policy);
    return `${config.policy.rules.length} rules; ${config.policy.default} where none speaks`;
  });
  yield* checkIssuers(config, offline);
  yield* checkSignIn(config, offline);
  yield* checkAlerts(config);
  yield* checkConnections(config, await kek.catch(() => undefined), offline);
  if (config.roles.auditor.length + config.roles.admin.length === 0) {
    yield {
      what: 'roles',
      result: 'warning',
      message: 'no group makes an auditor: the API can be used on this machine only',
      remedy: 'name groups under roles.auditor',
    };
  }
}

async function* checkIssuers(config: Config, offline: boolean): AsyncGenerator<Finding> {
  if (config.issuers.length === 0) {
    yield {
      what: 'issuers',
      result: 'warning',
      message: 'none is configured: every call will be refused',
      remedy: "name the issuer of your agents' tokens under issuers",
    };
  }
  if (offline) return;
  const verifier = createVerifier(config.issuers);
  for (const { name } of config.issuers) {
    yield* attempt(`issuer ${name}`, async () => {
      const { jwks, keys } = await verifier.probe(name);
      return `${keys} ${keys === 1 ? 'key' : 'keys'} from ${jwks}`;
    });
  }
}

async function* checkSignIn(config: Config, offline: boolean): AsyncGenerator<Finding> {
  if (config.signIn.providers.length === 0) return;
  let service: ReturnType<typeof createSignIn>;
  try {
    const material = await readSignInMaterial(config);
    const url = signInUrl(config);
    service = createSignIn({ config: config.signIn, material, url, tokenEndpoint: url });
  } catch (error) {
    yield failed('signIn', error);
    return;
  }
  for (const { name, kind } of config.signIn.providers) {
    const what = `signIn ${name}`;
    if (offline) yield { what, result: 'ok', message: `${kind}, not asked` };
    else yield* attempt(what, () => service.probe(name));
  }
}

/** Their secrets; `dogwatch alerts test` sends something. */
async function* checkAlerts({ alerts, data }: Config): AsyncGenerator<Finding> {
  for (const route of alerts.routes) {
    yield* attempt(`alerts ${route.name}`, async () => {
      const { to, where } = senderOf(route, {
        secret: (ref, what) => readSecret(ref, what, data, process.env),
        datadog: () => ({ origin: '', headers: {} }),
        timeout: alerts.timeout,
        stopping: new AbortController().signal,
      });
      return `${to} ${where}`;
    });
  }
}

async function* checkConnections(
  config: Config,
  kek: Awaited<ReturnType<typeof loadKeyEncryptionKey>> | undefined,
  offline: boolean,
): AsyncGenerator<Finding> {
  if (!kek) return;
  const opened = await access(config.data).then(
    () => true,
    () => false,
  );
  if (!opened) yield { what: 'data', result: 'ok', message: `${config.data} will be made at the first start` };
  let vault: Awaited<ReturnType<typeof openVault>>;
  try {
    vault = await openVault({ dir: config.data, kek, configured: config.connections });
  } catch (error) {
    yield failed('connections', error);
    return;
  }
  if (vault.connections().length === 0) {
    yield {
      what: 'connections',
      result: 'warning',
      message: 'there is none: calls have nowhere to go',
      remedy: 'dogwatch connection add NAME',
    };
  }
  for (const connection of vault.connections()) {
    const what = `connection ${connection.name}`;
    if (connection.groups.length === 0) {
      yield { what, result: 'warning', message: 'no group may use it', remedy: 'name groups under its groups' };
    }
    yield* attempt(what, async () => {
      const credential = await vault.credential(connection.name);
      return offline ? 'has a credential' : testConnection(connection, credential);
    });
  }
  if (vault.connections().length > 1 && !vault.defaultConnection()) {
    yield {
      what: 'connections',
      result: 'warning',
      message: 'none of them is the default: every call must name one',
      remedy: 'say default: true for one',
    };
  }
}

async function* attempt(what: string, run: () => Promise<string>): AsyncGenerator<Finding> {
  try {
    yield { what, result: 'ok', message: await run() };
  } catch (error) {
    yield failed(what, error);
  }
}

function failed(what: string, error: unknown): Finding {
  const message =
    error instanceof RefusedCredential ? error.reason : error instanceof Error ? error.message : String(error);
  const remedy = error instanceof DogwatchError && !(error instanceof RefusedCredential) ? error.remedy : undefined;
  return { what, result: 'failed', message, ...(remedy !== undefined && { remedy }) };
}

function print({ what, result, message, remedy }: Finding): void {
  const colour = paint();
  const mark = { ok: colour.green('ok     '), warning: colour.yellow('warning'), failed: colour.red('failed ') }[
    result
  ];
  process.stdout.write(
    `${mark} ${printable(`${what}: ${message}`)}\n${remedy === undefined ? '' : `        ${printable(remedy)}\n`}`,
  );
}
