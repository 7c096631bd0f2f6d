// `npm run kill -- [--rounds 200] [--agents 12]`: the long run of the kill rig. Exit status 1 when a promise was broken.
import { parseArgs } from 'node:util';
import { killAgainAndAgain } from './harness/kill-rig.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '200' }, agents: { type: 'string', default: '12' } },
});
const started = Date.now();
const report = await killAgainAndAgain({
  rounds: Number(values.rounds),
  agents: Number(values.agents),
  onRound: (round, answered, mutations) => {
    process.stdout.write(
      `killed ${round} times: ${answered} answers received, ${mutations} mutations reached Datadog\n`,
    );
  },
});
const { broken, ...counts } = report;
console.table({ ...counts, broken: broken.length, seconds: Math.round((Date.now() - started) / 1000) });
for (const line of broken.slice(0, 50)) console.error(line);
process.exitCode = broken.length === 0 && report.answered > 0 && report.mutations > 0 ? 0 : 1;
