// `npm run bench -- watch [--full]`: what watching costs, how soon it is told, and how well rates are judged: of labelled series, and of
// synthetic agents (1,000 over 30 days with --full). The status tells whether every budget is met.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
globalThis.gc = runInNewContext('gc') as NonNullable<typeof globalThis.gc>;

const { benchEngine } = await import('./engine.ts');
const { benchLatency } = await import('./latency.ts');
const { benchSeries } = await import('./series.ts');
const { benchSynthetic } = await import('./synthetic.ts');
const met = [benchEngine().met, await benchLatency(), benchSeries(), benchSynthetic(process.argv.includes('--full'))];
if (met.includes(false)) process.exitCode = 1;
