// A process that erases what is selected and is killed before a step of it. Started by erasure.test.ts.
import { createKeeping } from '../src/api/keeping.ts';
import { localOperator } from '../src/api/local-operator.ts';
import type { Selection } from '../src/api/selection.ts';
import { memoriesOf } from '../src/cli/memories.ts';
import { openData } from '../src/cli/open-data.ts';
import { loadConfig } from '../src/config/config.ts';

const [file = '', selection = '', fatal] = process.argv.slice(2);
const config = loadConfig(file, {});
const data = await openData(config);
const step = (name: string): void => {
  if (name === fatal) process.kill(process.pid, 'SIGKILL');
};
const { erasure } = createKeeping({ dir: config.data, ...data, memories: memoriesOf(config, data), step });
await erasure.erase(
  { identity: localOperator('test') },
  { selection: JSON.parse(selection) as Selection, parts: ['request', 'response', 'summary'], why: 'a test' },
);
