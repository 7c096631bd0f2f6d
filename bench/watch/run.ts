// `npm run bench -- watch`: what watching costs, and how soon it is told.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
globalThis.gc = runInNewContext('gc') as NonNullable<typeof globalThis.gc>;

const { benchEngine } = await import('./engine.ts');
const { benchLatency } = await import('./latency.ts');
const { met } = benchEngine();
const soon = await benchLatency();
if (!met || !soon) process.exitCode = 1;
