// Loads dogwatch.yaml: environment overrides, validation with line and field, absolute paths.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, resolve, sep } from 'node:path';
import { UsageError } from '../exchange/error.ts';
import { absoluteAlerts } from './alerts.ts';
import { applyOverrides } from './environment.ts';
import { absolutePlace, fieldWithin } from './keys.ts';
import { describeIssues } from './problems.ts';
import { type Config, configSchema } from './schema.ts';
import { parseYaml, type YamlSource } from './yaml-source.ts';

export type { Config, ConfigInput } from './schema.ts';
export type { Address } from './units.ts';

/** No configuration is longer. */
const MAX_BYTES = 1 << 20;

/**
 * Reads, overrides and validates a configuration file.
 *
 * @param file path of the YAML file; relative paths in it are relative to its directory
 * @param env overrides such as `DOGWATCH_GATEWAY__LISTEN=0.0.0.0:8080`
 * @throws UsageError `config_not_found`, or `config_invalid` with one `file:line:column field: what` per problem
 */
export function loadConfig(file: string, env: NodeJS.ProcessEnv = process.env): Config {
  const path = resolve(file);
  return parseConfig(readText(path), path, env);
}

/** The same for text that is already at hand; `path` names it and is what relative paths are relative to. */
export function parseConfig(text: string, path: string, env: NodeJS.ProcessEnv = {}): Config {
  const source = parseYaml(text, basename(path));
  const overrides = applyOverrides(source.value, env);
  const result = configSchema.safeParse(overrides.value);
  const problems = [...overrides.problems, ...(result.success ? [] : describeIssues(result.error, source, overrides))];
  if (!result.success || problems.length > 0) {
    throw new UsageError('config_invalid', problems.join('\n'), {
      remedy: 'docs/configuration.md lists every field; `dogwatch init` writes a commented example',
    });
  }
  const config = absolutePaths(result.data, dirname(path));
  const misplaced = keysWithinData(config, source);
  if (misplaced.length > 0) {
    throw new UsageError('key_unsafe', misplaced.join('\n'), {
      remedy: 'move the key and say where; a copy of the data directory must never hold the keys to it',
    });
  }
  const near = copiesWithinData(config, source);
  if (near.length > 0) {
    throw new UsageError('config_invalid', near.join('\n'), {
      remedy: 'copies of checkpoints are worth something where whoever changes the data directory cannot change them',
    });
  }
  return config;
}

function copiesWithinData({ checkpoints, data }: Config, source: YamlSource): string[] {
  return checkpoints.copies.flatMap(({ file }, at) => {
    if (file === undefined || !`${file}${sep}`.startsWith(`${data}${sep}`)) return [];
    const path = ['checkpoints', 'copies', at, 'file'];
    return [`${source.at(path)} ${path.join('.')}: lies inside the data directory ${data}`];
  });
}

function keysWithinData(config: Config, source: YamlSource): string[] {
  return (['encryption', 'signing'] as const).flatMap((key) => {
    const field = fieldWithin(config.keys[key], config.data);
    if (field === undefined) return [];
    const path = ['keys', key, ...field];
    return [`${source.at(path)} ${path.join('.')}: lies inside the data directory ${config.data}`];
  });
}

function readText(path: string): string {
  if (!existsSync(path)) {
    throw new UsageError('config_not_found', `there is no configuration file ${path}`, {
      remedy: 'name one with --config FILE or $DOGWATCH_CONFIG, or write one with `dogwatch init`',
    });
  }
  const stat = statSync(path);
  if (!stat.isFile()) throw new UsageError('config_not_found', `${path} is not a file`);
  if (stat.size > MAX_BYTES) throw new UsageError('config_invalid', `${path} is longer than ${MAX_BYTES} bytes`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (cause) {
    throw new UsageError('config_invalid', `${path} cannot be read as UTF-8: ${(cause as Error).message}`, { cause });
  }
}

/** Makes every path in the configuration absolute, relative to the file's own directory. */
function absolutePaths(config: Config, base: string): Config {
  const absolute = (path: string): string => (isAbsolute(path) ? path : resolve(base, path));
  const source = <T extends { file: string } | { env: string } | undefined>(value: T): T =>
    (value !== undefined && 'file' in value ? { ...value, file: absolute(value.file) } : value) as T;
  const listener = <T extends { tls?: { cert: string; key: string } | undefined }>(value: T): T =>
    value.tls ? { ...value, tls: { cert: absolute(value.tls.cert), key: absolute(value.tls.key) } } : value;
  return {
    ...config,
    data: absolute(config.data),
    keys: {
      encryption: absolutePlace(config.keys.encryption, base),
      signing: absolutePlace(config.keys.signing, base),
    },
    checkpoints: {
      ...config.checkpoints,
      copies: config.checkpoints.copies.map((copy) =>
        copy.file === undefined ? copy : { ...copy, file: absolute(copy.file) },
      ),
    },
    alerts: absoluteAlerts(config.alerts, absolute),
    gateway: listener(config.gateway),
    api: listener(config.api),
    signIn: {
      ...config.signIn,
      providers: config.signIn.providers.map((provider) =>
        provider.kind === 'oidc'
          ? { ...provider, ...(provider.clientSecret && { clientSecret: source(provider.clientSecret) }) }
          : {
              ...provider,
              certificates: provider.certificates.map(absolute),
              signing: { key: source(provider.signing.key), certificate: absolute(provider.signing.certificate) },
            },
      ),
    },
    connections: config.connections.map((connection) => ({
      ...connection,
      ...(connection.apiKey && { apiKey: source(connection.apiKey) }),
      ...(connection.appKey && { appKey: source(connection.appKey) }),
      ...(connection.accessToken && { accessToken: source(connection.accessToken) }),
    })),
  };
}
