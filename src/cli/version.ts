// The version of this Dogwatch, from its package.json.
import { readFileSync } from 'node:fs';

/** As in package.json, which stands two folders up both in a checkout (src/cli) and when built (dist/cli). */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
