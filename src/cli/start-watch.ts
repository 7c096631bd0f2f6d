// Starts the watch over an open data directory, as the configuration says.
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { SWITCHES } from '../watch/engine.ts';
import { openWatch } from '../watch/open-watch.ts';
import type { Watch } from '../watch/watch.ts';
import type { OpenData } from './open-data.ts';

/** The watch, or undefined when it is switched off. */
export function startWatch(
  { watch, data: dir }: Pick<Config, 'watch' | 'data'>,
  { journal, index, keyring, kek }: OpenData,
  log: Logger,
): Watch | undefined {
  if (!watch.enabled) return undefined;
  return openWatch({
    dir,
    kek,
    key: keyring.secret('watch'),
    journal,
    index,
    off: SWITCHES.filter((name) => !watch.detectors[name]),
    onTrouble: (why) => log.error({ why }, 'the watch has a problem; calls are served and recorded as before'),
  });
}
