// `npm run bench -- watch [--full] [--series path]`: what watching costs, how soon it is told, and how well rates are judged: of labelled series,
// or those of another collection alone (collections.ts), and of synthetic agents (1,000 over 30 days with --full). The status tells whether
// every budget is met.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const other = process.argv.indexOf('--series');
if (other > 0) {
  const { benchSeries } = await import('./series.ts');
  process.exit(benchSeries(process.argv[other + 1]) ? 0 : 1);
}

setFlagsFromString('--expose-gc');
globalThis.gc = runInNewContext('gc') as NonNullable<typeof globalThis.gc>;

const { benchEngine } = await import('./engine.ts');
const { benchLatency } = await import('./latency.ts');
const { benchSeries } = await import('./series.ts');
const { benchSynthetic } = await import('./synthetic.ts');
const met = [benchEngine().met, await benchLatency(), benchSeries(), benchSynthetic(process.argv.includes('--full'))];
if (met.includes(false)) process.exitCode = 1;
