// Agents that do not exist, as a seeded generator: how often they call, minute by minute, as steady, bursty, office and scheduled callers do.

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
/** A Monday, 00:00 UTC. */
export const START = Date.UTC(2026, 0, 5);

export type Habit = 'steady' | 'office' | 'bursty' | 'office-bursty' | 'scheduled';
const HABITS: readonly Habit[] = ['steady', 'office', 'bursty', 'office-bursty', 'scheduled'];

export interface Agent {
  readonly name: string;
  readonly habit: Habit;
  /** The operation family it calls, whose other callers are its peers. */
  readonly family: string;
  /** Calls between two times, sorted; asked for without gaps, from START on. */
  readonly calls: (from: number, to: number) => readonly number[];
}

const FAMILIES = ['metrics', 'logs', 'monitors', 'dashboards', 'incidents', 'rum'];

type Random = () => number;
const exponential = (random: Random, mean: number): number => -Math.log(1 - random()) * mean;
const between = (random: Random, low: number, high: number): number => low + (high - low) * random();
/** As likely within each decade. */
const scaled = (random: Random, low: number, high: number): number => low * (high / low) ** random();

/** How busy an office is, from 0 to 1: working days, with a slow morning, lunch, and a few who stay late. */
function office(time: number, zone: number): number {
  const local = time + zone * HOUR;
  const day = Math.floor((local - START) / DAY) % 7;
  const hour = (local % DAY) / HOUR;
  const weight = day < 5 && day >= 0 ? 1 : 0.02;
  if (hour < 7 || hour >= 20) return 0.01 * weight;
  if (hour < 9) return weight * (0.05 + 0.45 * (hour - 7));
  if (hour < 17) return weight * (hour >= 12 && hour < 13 ? 0.6 : 1);
  return weight * Math.max(0.05, 1 - (hour - 17) / 2.5);
}

/** Points of a Poisson process whose rate (per millisecond) varies, by thinning. */
function poisson(random: Random, most: number, share: (time: number) => number): (to: number) => number[] {
  let next = START + exponential(random, 1 / most);
  return (to) => {
    const found: number[] = [];
    for (; next < to; next += exponential(random, 1 / most)) if (random() < share(next)) found.push(next);
    return found;
  };
}

/** Tasks begin, and each is a number of calls, some seconds apart. */
function tasks(
  random: Random,
  begins: (to: number) => number[],
  size: number,
  apart: number,
): (to: number) => number[] {
  let waiting: number[] = [];
  return (to) => {
    for (const begin of begins(to)) {
      const calls = Math.max(1, Math.round(size * Math.exp(0.8 * (random() + random() + random() - 1.5))));
      for (let [call, at] = [0, begin]; call < calls; call++, at += exponential(random, apart)) waiting.push(at);
    }
    const due = waiting.filter((at) => at < to).sort((a, b) => a - b);
    waiting = waiting.filter((at) => at >= to);
    return due;
  };
}

function habitOf(habit: Habit, random: Random): (to: number) => number[] {
  const zone = Math.floor(between(random, -8, 9));
  const always = () => 1;
  const working = (time: number) => office(time, zone);
  if (habit === 'steady') return poisson(random, scaled(random, 0.5, 600) / HOUR, always);
  if (habit === 'office') return poisson(random, scaled(random, 2, 600) / HOUR, working);
  const [size, apart] = [scaled(random, 5, 60), scaled(random, 2000, 20_000)];
  if (habit === 'bursty') return tasks(random, poisson(random, scaled(random, 0.1, 4) / HOUR, always), size, apart);
  if (habit === 'office-bursty')
    return tasks(random, poisson(random, scaled(random, 0.3, 6) / HOUR, working), size, apart);
  const every = [5 * MINUTE, 15 * MINUTE, HOUR, DAY][Math.floor(random() * 4)]!;
  let next = START + Math.floor((random() * every) / MINUTE) * MINUTE;
  const times = (to: number): number[] => {
    const found: number[] = [];
    for (; next < to; next += every) found.push(next + exponential(random, 2000));
    return found;
  };
  return tasks(random, times, scaled(random, 1, 40), scaled(random, 200, 3000));
}

/** @param randomOf a generator of numbers in [0, 1) from a seed */
export function agent(n: number, seed: number, randomOf: (seed: number) => Random): Agent {
  const random = randomOf(seed * 1_000_003 + n);
  const habit = HABITS[n % HABITS.length]!;
  const upTo = habitOf(habit, random);
  return {
    name: `${habit}-${n}`,
    habit,
    family: FAMILIES[Math.floor(n / HABITS.length) % FAMILIES.length]!,
    calls: (_from, to) => upTo(to),
  };
}
