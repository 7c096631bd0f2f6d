// How well rates of agents are judged: synthetic agents through the detector of rates, first as they are (what is told is false), then with
// surges, ramps and silences of known size. `--full`: 1,000 agents over 30 days; else fewer, that it ends within two minutes.
import { isDown, isEnd, type RateAlarm } from '../../src/watch/rate/rate.ts';
import { RateWatch } from '../../src/watch/rate/rate-watch.ts';
import { randomOf } from '../search/rows.ts';
import { type Agent, agent, type Habit, START } from './agents.ts';
import { Extremes } from './extremes.ts';
import { type Injection, inject, KNOWN, PLANS } from './injections.ts';

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000];
const MONTH = 30 * DAY;
const STEP = 5 * SECOND;
/** Parameters were tuned with the first. */
const SEEDS = [7, 11] as const;
const ALL = 'all';

/** At most so many false findings per identity and month; at least such recall of surges that are large enough to be seen. */
const BUDGET = { falsePerMonth: 0.5, large: 0.95 };
/** A surge is large when it is at least fivefold, lasts five minutes, and brings so many calls besides the usual. */
const LARGE = { factor: 5, lasts: 5 * MINUTE, excess: 60, least: 20 };
const BEYOND: readonly [string, low: number, high: number][] = [
  ['within its own extremes', 0, 1],
  ['1 to 1.5 times', 1, 1.5],
  ['1.5 to 2 times', 1.5, 2],
  ['2 to 3 times', 2, 3],
  ['3 times and more', 3, Number.POSITIVE_INFINITY],
];
/** How long after its end something may still be told of: a ramp or a silence is seen with hindsight. */
const GRACE = { surge: MINUTE, ramp: 30 * MINUTE, drop: 30 * MINUTE, silence: 10 * MINUTE };

interface Told extends RateAlarm {
  readonly at: number;
}

/** Runs agents through a detector. @returns what was told, each episode once, by key */
function simulate(
  agents: readonly Agent[],
  days: number,
  seen: (agent: Agent, time: number) => void,
): { told: Map<string, Told[]>; calls: number } {
  const watch = new RateWatch();
  const told = new Map<string, Told[]>();
  let calls = 0;
  const hear = (alarm: RateAlarm | undefined, at: number): void => {
    if (!alarm) return;
    const before = told.get(alarm.key);
    if (!before) told.set(alarm.key, [{ ...alarm, at }]);
    else if (!before.some(({ kind, started }) => kind === alarm.kind && started === alarm.started))
      before.push({ ...alarm, at });
  };
  const end = START + days * DAY;
  for (let from = START; from < end; from += MINUTE) {
    // Once a minute agents are asked what they did; then it is gone through in the order of time.
    const batch: [time: number, agent: Agent][] = [];
    for (const one of agents) for (const time of one.calls(from, from + MINUTE)) batch.push([time, one]);
    batch.sort(([a], [b]) => a - b);
    let next = 0;
    for (let step = from; step < from + MINUTE; step += STEP) {
      for (let item = batch[next]; item && item[0] < step + STEP; item = batch[++next]) {
        const [time, one] = item;
        const { name, family } = one;
        seen(one, time);
        hear(watch.observe(name, family, time), time);
        hear(watch.observe(ALL, ALL, time), time);
        calls++;
      }
      for (const event of watch.tick(step + STEP)) if (!isEnd(event)) hear(event, step + STEP);
    }
  }
  return { told, calls };
}

const percent = (part: number, whole: number): string => (whole ? `${((100 * part) / whole).toFixed(0)}%` : '-');
function duration(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return '-';
  if (milliseconds < 100 * SECOND) return `${(milliseconds / SECOND).toFixed(0)} s`;
  return milliseconds < 100 * MINUTE
    ? `${(milliseconds / MINUTE).toFixed(0)} min`
    : `${(milliseconds / HOUR).toFixed(1)} h`;
}

interface Outcome extends Injection {
  readonly habit: Habit;
  /** The most that a window held beside the most that one of that width ever holds without it: in the window in which it stands out most. */
  readonly beyond: number;
  /** Milliseconds from its beginning until it was told. */
  readonly delay: number | undefined;
}

function outcome(habit: Habit, injection: Injection, told: readonly Told[], beyond: number): Outcome {
  const { kind, from, to } = injection;
  const right = told.find(
    (one) => one.at >= from && one.at <= to + GRACE[kind] && isDown(one) === (kind === 'silence' || kind === 'drop'),
  );
  return { ...injection, habit, beyond, delay: right && right.at - from };
}

/** Recall and the median delay. */
function cell(outcomes: readonly Outcome[]): string {
  const delays = outcomes.flatMap(({ delay }) => delay ?? []).sort((a, b) => a - b);
  return `${percent(delays.length, outcomes.length)} of ${outcomes.length}, ${duration(delays[delays.length >> 1])}`;
}

const SIZES: readonly [string, low: number, high: number][] = [
  ['< 20', 0, 20],
  ['20 to 59', 20, 60],
  ['60 to 199', 60, 200],
  ['>= 200', 200, Number.POSITIVE_INFINITY],
];

function printOutcomes(outcomes: readonly Outcome[], print: (line: string) => void): void {
  const row = (title: string, size: (one: Outcome) => number, of: readonly Outcome[]): void =>
    print(
      `  ${title.padEnd(26)}${SIZES.map(([, low, high]) =>
        cell(of.filter((one) => size(one) >= low && size(one) < high)).padEnd(20),
      ).join('')}`,
    );
  const heads = SIZES.map(([name]) => name.padEnd(20)).join('');
  print(`\n  ${'recall, median delay; by calls too many:'.padEnd(26)}\n  ${''.padEnd(26)}${heads}`);
  const early = ({ from }: Outcome): boolean => from < START + KNOWN * DAY;
  const halves = (title: string, size: (one: Outcome) => number, of: readonly Outcome[]): void => {
    row(`${title}, early`, size, of.filter(early));
    row(
      title,
      size,
      of.filter((one) => !early(one)),
    );
  };
  for (const { kind, factor, lasts } of PLANS) {
    const of = outcomes.filter((one) => one.kind === kind && one.factor === factor && one.lasts === lasts);
    const title = `${kind} ${factor}x, ${duration(lasts)}`;
    if (kind === 'surge') row(title, ({ excess }) => excess, of);
    else if (kind === 'ramp') halves(title, ({ excess }) => excess, of);
  }
  print(`\n  ${'by calls that did not come:'.padEnd(26)}\n  ${''.padEnd(26)}${heads}`);
  for (const { kind, factor, lasts } of PLANS) {
    const of = outcomes.filter((one) => one.kind === kind && one.lasts === lasts);
    if (kind === 'drop') halves(`drop to ${factor}, ${duration(lasts)}`, ({ excess }) => excess, of);
    if (kind === 'silence') halves(`silence, ${duration(lasts)}`, ({ usual }) => usual - 1, of);
  }
}

/** Measures and prints. @returns whether the budgets are met */
export function benchSynthetic(full: boolean, print: (line: string) => void = console.log): boolean {
  return SEEDS.slice(0, full ? 1 : 2)
    .map((seed) => benchSeed(full, seed, print))
    .every((met) => met);
}

function benchSeed(full: boolean, seed: number, print: (line: string) => void): boolean {
  const [count, days] = full ? [1000, 30] : [75, 28];
  const make = () => Array.from({ length: count }, (_, n) => agent(n, seed, randomOf));
  const began = performance.now();
  const usual = new Map<string, Extremes>();
  const clean = simulate(make(), days, ({ name }, time) => {
    const extremes = usual.get(name) ?? new Extremes();
    usual.set(name, extremes);
    extremes.add(time);
  });
  const months = (count * days * DAY) / MONTH;
  const falseOnes = [...clean.told.values()].flat();
  const perMonth = falseOnes.length / months;
  const quiet = perMonth <= BUDGET.falsePerMonth;
  print(
    `synthetic agents: ${count.toLocaleString('en')} over ${days} days, seed ${seed}, ${clean.calls.toLocaleString('en')} calls`,
  );
  const first = falseOnes.filter(({ at }) => at < START + DAY).length;
  print(
    `  clean run              ${perMonth.toFixed(3)} false findings per identity-month   (budget ${BUDGET.falsePerMonth}: ${quiet ? 'met' : 'MISSED'}); ${falseOnes.length} in all, ${first} of them on the first day`,
  );
  const habits = Map.groupBy(falseOnes, ({ key, kind }) => `${key.replace(/-\d+$/, '')} ${kind}`);
  for (const [name, some] of [...habits].sort()) print(`    ${name.padEnd(26)}${some.length}`);

  const injected = make().map((one, n) => inject(one, randomOf(seed * 7919 + n)));
  const beyond = new Map<Injection, number>();
  const now = new Map(injected.map(({ agent: { name }, done }) => [name, { done, extremes: new Extremes() }]));
  const { told } = simulate(
    injected.map((one) => one.agent),
    days,
    ({ name }, time) => {
      const { done, extremes } = now.get(name)!;
      const held = extremes.add(time);
      const last = done.findLast(({ from }) => from <= time);
      if (!last || time >= last.to) return;
      const most = usual.get(name)!.most;
      // Of less than twenty calls nobody speaks.
      const ratio = Math.max(...held.map((count, w) => (count < LARGE.least ? 0 : count / most[w]!)));
      beyond.set(last, Math.max(beyond.get(last) ?? 0, ratio));
    },
  );
  const end = START + days * DAY;
  const outcomes = injected.flatMap(({ agent: { name, habit }, done }) =>
    done
      .filter(({ kind, to }) => to + GRACE[kind] <= end)
      .map((one) => outcome(habit, one, told.get(name) ?? [], beyond.get(one) ?? 0)),
  );
  printOutcomes(outcomes, print);
  const large = outcomes.filter(
    ({ kind, factor, lasts, excess }) =>
      kind === 'surge' && factor >= LARGE.factor && lasts >= LARGE.lasts && excess >= LARGE.excess,
  );
  const recall = large.filter(({ delay }) => delay !== undefined).length / large.length;
  const seen = recall >= BUDGET.large;
  print(
    `\n  surges of ${LARGE.factor}x and more, of 5 min and more, with ${LARGE.excess} calls too many and more: ${cell(large)}   (budget ${percent(BUDGET.large, 1)}: ${seen ? 'met' : 'MISSED'})`,
  );
  for (const [habit, some] of Map.groupBy(large, (one) => one.habit)) print(`    ${habit.padEnd(26)}${cell(some)}`);
  print(
    '  the same, by how far they are beyond the most that the agent does within 10 s, 1 min or 10 min in the clean run:',
  );
  for (const [name, low, high] of BEYOND)
    print(`    ${name.padEnd(26)}${cell(large.filter((one) => one.beyond >= low && one.beyond < high))}`);
  print(`  simulated in ${duration(performance.now() - began)}`);
  return quiet && seen;
}

if (import.meta.main && !benchSynthetic(process.argv.includes('--full'))) process.exitCode = 1;
