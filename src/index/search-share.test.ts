import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, SearchShare, threadClock } from './search-share.ts';

/** A machine of two processors whose time passes when somebody works or waits. */
class Machine implements Clock {
  readonly processors = 2;
  waited = 0;
  private time = 0;
  private used = 0;
  private readonly others: number;

  /** @param others processors that the rest of the process keeps busy */
  constructor(others: number) {
    this.others = others;
  }
  now = (): number => this.time;
  own = (): number => this.used;
  all = (): number => this.used + this.time * this.others;
  async wait(milliseconds: number): Promise<void> {
    this.waited += milliseconds;
    this.time += milliseconds;
  }
  work(milliseconds: number): void {
    this.used += milliseconds;
    this.time += milliseconds;
  }
  pass(milliseconds: number): void {
    this.time += milliseconds;
  }
}

test('beside a busy gateway those who search without a pause get a twentieth of a processor', async () => {
  const machine = new Machine(1);
  const share = new SearchShare(machine);
  while (machine.now() < 60_000) {
    await share.turn();
    machine.work(9);
  }
  const taken = machine.own() / machine.now();
  assert.ok(taken > 0.045 && taken < 0.055, String(taken));
});

test('a person who looks at a page now and then does not wait, nor does anybody beside a gateway at rest', async () => {
  const beside = async (machine: Machine, searches: number, pause: number): Promise<number> => {
    const share = new SearchShare(machine);
    for (let n = 0; n < searches; n++) {
      await share.turn();
      machine.work(10);
      if (n % 6 === 5) machine.pass(pause);
    }
    return machine.waited;
  };
  assert.equal(await beside(new Machine(1), 120, 1_500), 0);
  assert.equal(await beside(new Machine(0.2), 1_000, 0), 0);
  assert.ok((await beside(new Machine(1), 120, 100)) > 0);
});

test('a search that took long delays the next one by a second at most, and none after it', async () => {
  const machine = new Machine(1);
  const share = new SearchShare(machine);
  machine.work(20_000);
  await share.turn();
  assert.equal(machine.waited, 1_000);
  machine.pass(100);
  await share.turn();
  assert.equal(machine.waited, 1_000);
});

test("a thread's own CPU is part of the process's", () => {
  for (const until = performance.now() + 20; performance.now() < until; );
  assert.ok(threadClock.own() > 0 && threadClock.own() <= threadClock.all());
});
