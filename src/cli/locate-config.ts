// Which configuration a command is about: --config, $DOGWATCH_CONFIG, ./dogwatch.yaml, or the demo's.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { UsageError } from '../exchange/error.ts';

/** Where `dogwatch demo` keeps its configuration and data when it is not told otherwise. */
export const DEMO_DIRECTORY = '.dogwatch-demo';

/** The configuration file to use. @throws UsageError `config_not_found` */
export function locateConfig(
  given: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
  cwd = process.cwd(),
): string {
  if (given !== undefined) return resolve(cwd, given);
  const named = env.DOGWATCH_CONFIG;
  if (named) return resolve(cwd, named);
  const here = join(cwd, 'dogwatch.yaml');
  if (existsSync(here)) return here;
  const demo = join(cwd, DEMO_DIRECTORY, 'dogwatch.yaml');
  if (existsSync(demo)) {
    process.stderr.write(`dogwatch: no dogwatch.yaml here, so this is about the demo in ${DEMO_DIRECTORY}/\n`);
    return demo;
  }
  throw new UsageError('config_not_found', 'there is no dogwatch.yaml here, and no demo either', {
    remedy:
      'name a file with --config FILE or $DOGWATCH_CONFIG, write one with `dogwatch init`, or try `dogwatch demo`',
  });
}

/** Finds and loads the configuration. The schema is loaded then, so that help and the like are quick. */
export async function findConfig(given: string | undefined, env: NodeJS.ProcessEnv = process.env): Promise<Config> {
  const file = locateConfig(given, env);
  const { loadConfig } = await import('../config/config.ts');
  return loadConfig(file, env);
}
