// The demo's directory: keys that stay, and a configuration that is written anew at each start.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../exchange/error.ts';
import { createKeys } from '../../journal/keys.ts';
import { DEMO_AUDIENCE } from './issuer.ts';

const FIRST_LINE = '# Written by `dogwatch demo` at each start: what you change here is lost.';
export const AUDITORS = 'auditors';

export interface DemoSettings {
  readonly issuer: string;
  readonly upstream: { readonly url: string; readonly apiKey: string; readonly appKey: string };
  readonly port: number;
  readonly apiPort: number;
}

/** The configuration file of a demo directory. @throws UsageError when it is somebody's own */
export function demoConfigFile(directory: string): string {
  const file = join(directory, 'dogwatch.yaml');
  if (existsSync(file) && !readFileSync(file, 'utf8').startsWith(FIRST_LINE)) {
    throw new UsageError('usage', `${file} was not written by the demo, and the demo would overwrite it`, {
      remedy: 'choose another directory with --data DIR',
    });
  }
  return file;
}

/** Makes the directory ready. @returns the configuration file */
export function prepareDirectory(directory: string, { issuer, upstream, port, apiPort }: DemoSettings): string {
  const file = demoConfigFile(directory);
  const keys = join(directory, 'keys');
  mkdirSync(keys, { recursive: true, mode: 0o700 });
  const files = { kek: join(keys, 'encryption'), signing: join(keys, 'signing') };
  // What was recorded under a key needs that key: only a directory without any gets new ones.
  if (!existsSync(files.kek) && !existsSync(files.signing)) createKeys(files);
  writeFileSync(join(keys, 'datadog-api-key'), upstream.apiKey, { mode: 0o600 });
  writeFileSync(join(keys, 'datadog-app-key'), upstream.appKey, { mode: 0o600 });
  writeFileSync(
    file,
    `${FIRST_LINE}
# \`dogwatch init\` writes one of your own to begin with.
name: demo
data: ./data
keys:
  encryption: { file: ./keys/encryption }
  signing: { file: ./keys/signing }
gateway:
  listen: 127.0.0.1:${port}
api:
  listen: 127.0.0.1:${apiPort}

# Who is believed: the demo's own issuer, on this machine.
issuers:
  - name: demo
    issuer: ${issuer}
    audience: ${DEMO_AUDIENCE}
roles:
  auditor: [${AUDITORS}]
  admin: [${AUDITORS}]

# What agents reach: the demo's own Datadog, on this machine. Its keys are in ./keys, and no agent has them.
connections:
  - name: production
    site: datadoghq.com
    default: true
    groups: [sre, ci]
    apiKey: { file: ./keys/datadog-api-key }
    appKey: { file: ./keys/datadog-app-key }
    upstream: ${upstream.url}

policy:
  rules:
    - name: no-keys
      match: { operations: ['*APIKey*', '*ApplicationKey*'] }
      decision: deny
      reason: agents need no Datadog keys, Dogwatch holds them

log:
  level: warn
`,
  );
  return file;
}
