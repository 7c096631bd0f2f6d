// A process that changes a key and is killed before a step of it: what a power loss would leave. Started by keys.test.ts.

import { rotateEncryption, rotateSigning } from '../src/cli/rotate-keys.ts';
import { loadConfig } from '../src/config/config.ts';

const [file = '', what, fatal] = process.argv.slice(2);
const rotate = what === 'signing' ? rotateSigning : rotateEncryption;
await rotate(loadConfig(file, {}), undefined, 'test', (step) => {
  if (step === fatal) process.kill(process.pid, 'SIGKILL');
});
