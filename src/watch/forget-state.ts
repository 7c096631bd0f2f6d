// Has the watch forget where none runs: in its file.
import { rmSync } from 'node:fs';
import { newId } from '../exchange/canonical.ts';
import type { Memory } from '../exchange/memory.ts';
import { Engine } from './engine.ts';
import { readState, stateFile, writeState } from './state-file.ts';

/** The memory of a watch that does not run. @param dir the data directory @param key as `WatchStart` */
export function watchMemory(dir: string, key: Uint8Array): Memory {
  const file = stateFile(dir);
  return {
    async forget(remains) {
      const { state } = readState(file, key);
      if (state) {
        const engine = new Engine({ newId });
        engine.load(state.engine);
        const { callers, findings } = engine.known();
        engine.forget({
          callers: [...(await remains.strangers(callers))],
          findings: [...(await remains.unheard(findings))],
        });
        await writeState(file, key, { ...state, engine: engine.save() });
      }
      rmSync(`${file}.damaged`, { force: true });
    },
  };
}
