// The rate detector: surges at once, on a fresh gateway too; what is as usual is no news; it goes on after a restart.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serialize } from 'node:v8';
import fc from 'fast-check';
import { isEnd, type RateAlarm, type RateEnd } from './rate.ts';
import { placeOf, RateWatch } from './rate-watch.ts';

/** Monday, 5 January 2026, 10:00 UTC. */
const MONDAY = Date.UTC(2026, 0, 5, 10);
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;

type Call = readonly [key: string, time: number];
type Told = RateAlarm | RateEnd;

/** Lets a watch see calls in order, and time pass by `step` between them. */
class Play {
  watch: RateWatch;
  readonly told: Told[] = [];
  now: number;
  private readonly step: number;

  constructor(start = MONDAY, step = 1000, watch = new RateWatch()) {
    this.watch = watch;
    this.now = start;
    this.step = step;
  }

  see(calls: Iterable<Call>): this {
    for (const [key, time] of calls) {
      this.pass(time);
      const alarm = this.watch.observe(key, 'peer', time);
      if (alarm) this.told.push(alarm);
    }
    return this;
  }

  pass(until: number): this {
    for (; this.now + this.step <= until; this.now += this.step)
      this.told.push(...this.watch.tick(this.now + this.step));
    return this;
  }

  get alarms(): RateAlarm[] {
    return this.told.filter((each): each is RateAlarm => !isEnd(each));
  }

  /** Kinds of episodes, those that are told again only once. */
  get kinds(): string[] {
    return [...new Set(this.alarms.map(({ kind, key, started }) => `${kind} ${key} ${started}`))].map(
      (each) => each.split(' ')[0]!,
    );
  }
}

/** A generator of numbers in [0, 1) that is the same in each run: mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const evenly = (key: string, from: number, count: number, span: number): Call[] =>
  Array.from({ length: count }, (_, n) => [key, Math.floor(from + (n * span) / count)]);

/** Calls that come by themselves, so many an hour. */
function* poisson(key: string, from: number, to: number, hourly: (time: number) => number, random: () => number) {
  for (let time = from; ; ) {
    time += (-Math.log(1 - random()) * HOUR) / Math.max(hourly(time), 0.01);
    if (time >= to) return;
    yield [key, Math.floor(time)] as Call;
  }
}

test('a loop on a gateway that knows nothing is one surge, that ends when the loop does', () => {
  for (const [count, span] of [
    [400, MINUTE],
    [2000, 15_000],
    [300, 3000],
  ] as const) {
    const play = new Play().see(evenly('loop', MONDAY + 1000, count, span)).pass(MONDAY + 30 * MINUTE);
    assert.deepEqual(play.kinds, ['surge'], `${count} calls in ${span} ms`);
    const [first, ...more] = play.alarms;
    assert.ok(first && first.observed > 2 * first.high && first.score > 30 && first.low === 0, JSON.stringify(first));
    assert.ok(first.started >= MONDAY && first.started <= first.latest && first.latest <= MONDAY + 1000 + span);
    let { observed } = first;
    for (const each of more) {
      assert.ok(each.observed >= 1.5 * observed && each.started === first.started);
      observed = each.observed;
    }
    assert.deepEqual(
      play.told.filter(isEnd).map(({ kind }) => kind),
      ['surge'],
    );
  }
});

test('a loop is called out within a second when it is fast, and before it has made 200 calls when it is slow', () => {
  const fast = new Play().see(evenly('loop', MONDAY, 400, 2000)).alarms[0];
  assert.ok(fast && fast.latest - MONDAY <= 1000, JSON.stringify(fast));
  const slow = new Play().see(evenly('loop', MONDAY, 600, 40_000)).alarms[0];
  assert.ok(slow && slow.latest - MONDAY <= 13_400, JSON.stringify(slow));
});

test('newcomers at work are no news: a fan-out, a busy minute, a handful of calls', () => {
  const play = new Play();
  for (let n = 0; n < 30; n++) {
    play.see(evenly(`agent-${n}`, MONDAY + n * HOUR, 40, 800));
    play.see(evenly(`agent-${n}`, MONDAY + n * HOUR + 10 * MINUTE, 90, MINUTE));
  }
  assert.deepEqual(play.told, []);
});

test('a handful of calls an hour does not alarm at three times that; nor do regular busy hours', () => {
  const random = seeded(1);
  const rare = new Play(MONDAY, 30_000).see(poisson('rare', MONDAY, MONDAY + 5 * DAY, () => 4, random));
  rare.see(evenly('rare', MONDAY + 5 * DAY, 12, HOUR)).see(evenly('rare', MONDAY + 5 * DAY + HOUR, 15, 1000));
  assert.deepEqual(rare.told, []);
  const cron = new Play(MONDAY, 30_000);
  for (let hour = 0; hour < 100; hour++) cron.see(evenly('cron', MONDAY + hour * HOUR, 50, 5000));
  assert.deepEqual(cron.told, []);
});

test('five times the usual is a surge, with what is usual at this hour', () => {
  const random = seeded(2);
  const play = new Play(MONDAY, 30_000).see(poisson('steady', MONDAY, MONDAY + DAY, () => 1200, random));
  assert.deepEqual(play.told, []);
  play.see(poisson('steady', MONDAY + DAY, MONDAY + DAY + 5 * MINUTE, () => 6000, random));
  assert.deepEqual(play.kinds, ['surge']);
  const { high = 0, latest = 0, window = 0 } = play.alarms[0] ?? {};
  assert.ok(latest - MONDAY - DAY < 90_000, `after ${latest - MONDAY - DAY} ms`);
  assert.ok(high / (window / HOUR) > 1200 && high / (window / HOUR) < 3600, `${high} within ${window} ms`);
});

/** Office hours, Monday to Friday; a little at other times. */
const office = (time: number, hourly: number): number => {
  const [day, hour] = [new Date(time).getUTCDay(), new Date(time).getUTCHours()];
  return day >= 1 && day <= 5 && hour >= 8 && hour < 18 ? hourly : hourly / 50;
};

test('hours and days are learned: nights and weekends are no silence, a morning without calls is one', () => {
  const random = seeded(4);
  const until = MONDAY + 21 * DAY;
  const play = new Play(MONDAY, 60_000).see(poisson('job', MONDAY, until, (time) => office(time, 120), random));
  assert.deepEqual(play.told, []);
  play.pass(until + 5 * HOUR);
  const [silence, ...more] = play.alarms;
  assert.deepEqual([silence?.kind, silence?.observed, more.length], ['silence', 0, 0]);
  assert.ok(silence && silence.latest - until <= 1.5 * HOUR, `after ${(silence?.latest ?? 0) - until} ms`);
  assert.ok(silence.low >= 10 && silence.low <= silence.high && silence.window === silence.latest - silence.started);
  play.see(poisson('job', until + 5 * HOUR, until + 7 * HOUR, (time) => office(time, 120), random));
  assert.deepEqual(
    play.told.filter(isEnd).map(({ kind }) => kind),
    ['silence'],
  );
});

test('who calls around the clock is known after three days: a silence, a drop and a new level are told then', () => {
  const known = MONDAY + 4 * DAY;
  const steady = (seed: number): Play =>
    new Play(MONDAY, 60_000).see(poisson('job', MONDAY, known, () => 120, seeded(seed)));
  const silent = steady(6);
  assert.deepEqual(silent.told, []);
  silent.pass(known + 3 * HOUR);
  assert.deepEqual(silent.kinds, ['silence']);

  const dropped = steady(6).see(poisson('job', known, known + 12 * HOUR, () => 18, seeded(7)));
  const [drop] = dropped.alarms;
  assert.ok(drop && drop.kind === 'shift' && drop.down && drop.observed < drop.low, JSON.stringify(dropped.told));
  assert.ok(drop.latest - known <= 10 * HOUR, `after ${drop.latest - known} ms`);
  assert.deepEqual(dropped.kinds, ['shift']);
  dropped.see(poisson('job', known + 12 * HOUR, known + 16 * HOUR, () => 120, seeded(8)));
  assert.deepEqual(
    dropped.told.filter(isEnd).map(({ kind, down }) => [kind, down]),
    [['shift', true]],
  );

  const risen = steady(6).see(poisson('job', known, known + 12 * HOUR, () => 420, seeded(9)));
  assert.ok(
    risen.alarms.some(({ kind, down }) => (kind === 'shift' || kind === 'ramp') && !down),
    JSON.stringify(risen.kinds),
  );
});

test('time in which the gateway was down is no silence, and is not learned', () => {
  const random = seeded(5);
  const until = MONDAY + 16 * DAY;
  const play = new Play(MONDAY, 60_000).see(poisson('job', MONDAY, until, () => 60, random));
  play.now = until + 8 * HOUR;
  play.see(poisson('job', until + 8 * HOUR, until + 12 * HOUR, () => 60, random));
  assert.deepEqual(play.told, []);
});

test('a rate that climbs for hours is a ramp, one that stays at another level is told once and is then usual', () => {
  const until = MONDAY + 15 * DAY;
  const rise = (time: number): number => 60 * (1 + Math.max(0, time - until) / (4 * HOUR));
  const ramp = new Play(MONDAY, 60_000).see(poisson('job', MONDAY, until + 12 * HOUR, rise, seeded(6)));
  assert.equal(ramp.kinds[0], 'ramp', JSON.stringify(ramp.told));
  assert.ok(ramp.alarms[0]!.latest - until <= 8 * HOUR);
  const step = (time: number): number => (time < until ? 60 : 132);
  const shift = new Play(MONDAY, 60_000).see(poisson('job', MONDAY, until + 5 * DAY, step, seeded(7)));
  const levels = shift.alarms.filter(({ kind }) => kind === 'shift');
  assert.equal(levels.length, 1, JSON.stringify(shift.told));
  assert.ok(levels[0]!.latest - until <= 8 * HOUR);
  assert.equal(shift.told.filter((each) => isEnd(each) && each.kind === 'shift').length, 1);
});

test('a surge that goes on for an hour is the new level', () => {
  const until = MONDAY + 2 * DAY;
  const step = (time: number): number => (time < until ? 100 : 2000);
  const play = new Play(MONDAY, 30_000).see(poisson('job', MONDAY, until + 6 * HOUR, step, seeded(8)));
  assert.equal(new Set(play.alarms.map(({ started }) => started)).size, 1, JSON.stringify(play.told));
  assert.deepEqual(
    play.told.filter(isEnd).map(({ kind }) => kind),
    ['shift'],
  );
});

test('a newcomer is judged by its peers, and is no alarm by being busier than they are', () => {
  const random = seeded(3);
  const play = new Play(MONDAY, 30_000);
  const calls: Call[] = [];
  for (let n = 0; n < 10; n++) calls.push(...poisson(`peer-${n}`, MONDAY, MONDAY + DAY, () => 60, random));
  play.see(calls.sort(([, one], [, other]) => one - other));
  play.see(evenly('new', MONDAY + DAY, 60, 30 * MINUTE));
  assert.deepEqual(play.told, []);
  play.see(evenly('new', MONDAY + DAY + 30 * MINUTE, 130, MINUTE));
  assert.deepEqual(play.kinds, ['surge']);
});

test('torn state and that of another version is refused; what is restored has memory of its own', () => {
  const play = new Play().see(evenly('a', MONDAY, 20, MINUTE));
  const state = play.watch.snapshot();
  const before = structuredClone(state);
  const other = RateWatch.restore(state);
  assert.equal(other.size, 1);
  other.observe('a', 'peer', MONDAY + HOUR, 500);
  assert.deepEqual(play.watch.snapshot(), before);
  for (const [bad, why] of [
    [{ ...state, version: 2 }, /another version/],
    [{}, /another version/],
    [{ ...state, pages: state.pages.map((page) => page.subarray(1)) }, /torn/],
  ] as const)
    assert.throws(() => RateWatch.restore(bad as Partial<typeof state>), why);
});

test('the keys that are kept are bounded; one in an episode stays', () => {
  const play = new Play(MONDAY, 1000, new RateWatch({ maxKeys: 50 }));
  play.see(evenly('loop', MONDAY, 400, 20_000));
  for (let n = 0; n < 500; n++) play.see([[`other-${n}`, MONDAY + 20_000 + n * 10]]);
  assert.equal(play.watch.size, 50);
  assert.ok(play.watch.band('loop', MONDAY, MONDAY + MINUTE));
  assert.equal(play.watch.band('other-0', MONDAY, MONDAY + MINUTE), undefined);
  assert.deepEqual(play.kinds, ['surge']);
});

test('the band shows what was counted around an episode', () => {
  const play = new Play().see(evenly('loop', MONDAY, 60, 5 * MINUTE));
  play.see(evenly('loop', MONDAY + 5 * MINUTE, 1200, MINUTE)).pass(MONDAY + 6 * MINUTE);
  const band = play.watch.band('loop', MONDAY + 3 * MINUTE, MONDAY + 6 * MINUTE);
  assert.equal(band?.width, 10_000);
  const total = (from: number, to: number) =>
    band?.points.filter(({ time }) => time >= from && time < to).reduce((sum, { observed }) => sum + observed, 0) ?? 0;
  assert.equal(total(MONDAY + 4 * MINUTE, MONDAY + 5 * MINUTE), 12);
  assert.ok(Math.abs(total(MONDAY + 5 * MINUTE, MONDAY + 6 * MINUTE) - 1200) < 40);
  for (const { low, high } of band?.points ?? []) assert.ok(low <= high);
  play.pass(MONDAY + 5 * HOUR);
  const later = play.watch.band('loop', MONDAY - HOUR, MONDAY + 5 * HOUR);
  assert.equal(later?.width, 600_000);
  assert.ok((later?.points.length ?? 0) <= 240);
  assert.equal(play.watch.band('loop', MONDAY, MONDAY + 40 * DAY)?.points.length, later?.points.length);
});

test('with a restart anywhere everything goes on as without one', () => {
  const calls = fc.array(
    fc.record({
      key: fc.integer({ min: 0, max: 4 }),
      wait: fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 3 * HOUR })),
      count: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 500 })),
    }),
    { minLength: 10, maxLength: 120 },
  );
  fc.assert(
    fc.property(calls, fc.nat(), (list, where) => {
      const [one, two] = [new RateWatch({ maxKeys: 4 }), new RateWatch({ maxKeys: 4 })];
      let other = two;
      let time = MONDAY;
      list.forEach(({ key, wait, count }, n) => {
        if (n === where % list.length) other = RateWatch.restore(other.snapshot(), { maxKeys: 4 });
        for (let step = 0; step < Math.min(wait / 30_000, 40); step++) {
          time += 30_000;
          assert.deepEqual(other.tick(time), one.tick(time));
        }
        time += wait % 30_000;
        assert.deepEqual(
          other.observe(`key-${key}`, `peer-${key % 2}`, time, count),
          one.observe(`key-${key}`, `peer-${key % 2}`, time, count),
        );
      });
      assert.deepEqual(other.snapshot(), one.snapshot());
    }),
    { numRuns: 15 },
  );
});

test('calls at a place are those of its key, also when the key had made room for another', () => {
  const [byKey, byPlace] = [new RateWatch({ maxKeys: 3 }), new RateWatch({ maxKeys: 3 })];
  const places = Array.from({ length: 7 }, (_, n) => placeOf(`key ${n}`, 'peer'));
  for (let n = 0; n < 5000; n++) {
    const place = places[(n * n + (n >> 4)) % places.length]!;
    const time = MONDAY + n * 40;
    assert.deepEqual(byPlace.observeAt(place, time), byKey.observe(place.rateKey, place.ratePeer, time));
    if (n % 25 === 0) assert.deepEqual(byPlace.tick(time), byKey.tick(time));
  }
  assert.deepEqual(byPlace.snapshot(), byKey.snapshot());
});

test('what is forgotten is gone: its count, its episode, its name in what is kept; who comes again is new', () => {
  const play = new Play(MONDAY, 1000, new RateWatch({ maxKeys: 3 }));
  play.see(evenly('alice', MONDAY, 400, 20_000)).see(evenly('bob', MONDAY + 20_000, 20, MINUTE));
  assert.deepEqual(play.kinds, ['surge']);
  const place = placeOf('alice', 'peer');
  play.watch.observeAt(place, play.now);
  play.watch.forget((key) => key === 'alice');
  assert.equal(play.watch.size, 1);
  assert.equal(play.watch.band('alice', MONDAY, MONDAY + MINUTE), undefined);
  assert.equal(serialize(play.watch.snapshot()).includes('alice'), false);
  const told = play.told.length;
  play.pass(MONDAY + 3 * HOUR);
  assert.equal(play.told.length, told);
  // Its place was good for what is gone.
  play.watch = RateWatch.restore(play.watch.snapshot(), { maxKeys: 3 });
  play.watch.observeAt(place, play.now);
  play.see(evenly('carol', play.now, 3, MINUTE)).see(evenly('dave', play.now, 3, MINUTE));
  assert.equal(play.watch.size, 3);
  const { points } = play.watch.band('alice', play.now - HOUR, play.now + MINUTE) ?? { points: [] };
  assert.ok(points.reduce((sum, { observed }) => sum + observed, 0) <= 1);
});
