import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Judgement, SeriesDetector } from './series-detector.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 5);

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

/** About 1, log-normally. */
const noise = (random: () => number, sigma: number): number =>
  Math.exp(sigma * (random() + random() + random() + random() - 2) * 1.73);

function poisson(random: () => number, mean: number): number {
  let count = 0;
  for (let left = random(); left > Math.exp(-mean); left *= random()) count++;
  return count;
}

function judge(values: readonly number[], width = HOUR): Judgement[] {
  const detector = new SeriesDetector({ width });
  return values.map((value, at) => detector.update(START + at * width, value));
}

const alarmsOf = (values: readonly number[]): number[] => judge(values).flatMap(({ alarm }, at) => (alarm ? [at] : []));

const steady = (level: number, length = 400, seed = 1): number[] => {
  const random = seeded(seed);
  return Array.from({ length }, () => level * noise(random, 0.2));
};

describe('a series of rates', () => {
  it('without anything unusual has next to no alarms', () => {
    for (const level of [0.001, 57, 1_800_000]) assert.ok(alarmsOf(steady(level, 1000)).length <= 2, String(level));
  });

  it('is judged alike at every scale', () => {
    const values = steady(50).map((value, at) => (at === 200 || at === 300 ? value * 9 : value) + 0.001);
    const scaled = values.map((value) => value * 2 ** -20);
    assert.deepEqual(alarmsOf(scaled), alarmsOf(values));
    assert.ok(alarmsOf(values).includes(200) && alarmsOf(values).includes(300));
  });

  it('tells a spike early in its life', () => {
    const values = steady(50);
    values[24] = 400;
    assert.ok(alarmsOf(values).includes(24));
  });

  it('tells a drop to nothing, with the band of what was usual', () => {
    const values = steady(50);
    values[150] = 0;
    const { alarm, low, high } = judge(values)[150]!;
    assert.ok(alarm);
    assert.ok(low > 5 && low < 45 && high > 55 && high < 500, `${low} to ${high}`);
  });

  it('that goes to another level is told once, and the level is then usual', () => {
    const values = steady(50).map((value, at) => (at >= 200 ? value * 6 : value));
    const alarms = alarmsOf(values).filter((at) => at >= 200);
    assert.equal(alarms[0], 200);
    assert.ok(
      alarms.every((at) => at < 220),
      alarms.join(),
    );
  });

  it('of a handful of calls does not alarm at three', () => {
    const random = seeded(3);
    const values = Array.from({ length: 600 }, () => Math.min(3, poisson(random, 0.6)));
    assert.deepEqual(alarmsOf(values), []);
    values[500] = 30;
    assert.deepEqual(alarmsOf(values), [500]);
  });

  it('that is bursty by nature needs more than one that is not', () => {
    const random = seeded(4);
    const bursty = Array.from({ length: 600 }, () => 10 * noise(random, 0.2) * (random() < 0.06 ? 4 : 1));
    bursty[550] = 45;
    assert.ok(!alarmsOf(bursty).includes(550));
    const calm = steady(10, 600);
    calm[550] = 45;
    assert.ok(alarmsOf(calm).includes(550));
  });

  it('with an hour that is always busy learns it', () => {
    const random = seeded(5);
    const values = Array.from({ length: 24 * 30 }, (_, at) => 10 * noise(random, 0.1) * (at % 24 === 9 ? 8 : 1));
    assert.deepEqual(
      alarmsOf(values).filter((at) => at > 24 * 15),
      [],
    );
    values[24 * 28 + 3] = 80;
    assert.ok(alarmsOf(values).includes(24 * 28 + 3));
  });

  it('of any finite and other numbers, at any times, is judged by finite numbers, from the past alone', () => {
    const value = fc.oneof(fc.integer({ min: -5, max: 500 }), fc.double(), fc.constant(0));
    const point = fc.tuple(fc.integer({ min: START - 1e9, max: START + 1e11 }), value);
    fc.assert(
      fc.property(
        fc.array(point, { maxLength: 80 }),
        fc.constantFrom(60_000, 300_000, HOUR, 86_400_000),
        (points, width) => {
          const [one, other] = [new SeriesDetector({ width }), new SeriesDetector({ width })];
          const all = points.map(([time, given]) => one.update(time, given));
          for (const { score, low, high } of all) {
            assert.ok(Number.isFinite(score) && score >= 0);
            assert.ok(Number.isFinite(low) && Number.isFinite(high) && low <= high, `${low} to ${high}`);
          }
          const half = points.slice(0, points.length >> 1).map(([time, given]) => other.update(time, given));
          assert.deepEqual(half, all.slice(0, half.length));
        },
      ),
      { numRuns: 60 },
    );
  });
});
