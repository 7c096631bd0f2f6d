// The engine: every observation passes all detectors, what they say becomes episodes. Deterministic but for ids; time is that of the events.
import { DETECTORS, type Detector, type FindingDecision, type Suppression } from '../exchange/finding.ts';
import type { FedRow } from '../index/row-feed.ts';
import type { Ahead } from '../index/row-unpacker.ts';
import { CallerBook } from './caller.ts';
import { blinding } from './detectors/blinding.ts';
import { BulkChange } from './detectors/bulk-change.ts';
import { cost } from './detectors/cost.ts';
import { Enumeration } from './detectors/enumeration.ts';
import { Errors } from './detectors/errors.ts';
import { Novelty } from './detectors/novelty.ts';
import { Probing } from './detectors/probing.ts';
import { Rates } from './detectors/rates.ts';
import { secrets } from './detectors/secrets.ts';
import { UnusualHours } from './detectors/unusual-hours.ts';
import { Volume } from './detectors/volume.ts';
import { Episodes, type Told } from './episodes.ts';
import type { Gone } from './gone.ts';
import { isPlainRead, Observer } from './observation.ts';
import { isRateKind, type RateKind } from './rate/rate.ts';
import { Recent } from './recent.ts';
import type { Ear, Signal, Watcher } from './signal.ts';
import { Top } from './top.ts';
import type { TopOptions, TopRates } from './watch.ts';

/** What can be switched off: `rates` are surge, ramp, shift and silence. */
export type Switch = 'rates' | Exclude<Detector, RateKind>;
export const SWITCHES: readonly Switch[] = [
  'rates',
  ...DETECTORS.filter((detector): detector is Exclude<Detector, RateKind> => !isRateKind(detector)),
];

export interface EngineOptions {
  /** Detectors that do not watch. */
  readonly off?: readonly Switch[];
  readonly newId: () => string;
  /** Hears of a defect of a detector, which is switched off then. */
  readonly onDefect?: (detector: Switch, error: unknown) => void;
}

/** Callers, `issuer#subject`, and ids of findings. */
export interface Remembered {
  readonly callers: readonly string[];
  readonly findings: readonly string[];
}

/** A detector that fails so often is left alone. */
const DEFECTS = 10;
/** Time that passes without calls is given to the detectors in steps of a second; of a longer pause, only this much. */
const STEPS = 120;

interface Watching {
  readonly name: Switch;
  readonly watcher: Watcher;
  /** A function of its own: to call one of many kinds of objects costs more than most of them do. */
  readonly observe: Watcher['observe'];
  readonly ear: Ear;
  defects: number;
}

export class Engine {
  private readonly book = new CallerBook();
  private readonly observer = new Observer(this.book);
  private readonly recent = new Recent();
  private readonly top = new Top();
  private readonly rates = new Rates(this.book);
  private readonly episodes: Episodes;
  private watchers: Watching[];
  /** Those of them that look at plain reads. */
  private keen: Watching[];
  private readonly onDefect: NonNullable<EngineOptions['onDefect']>;
  /** The latest moment that detectors were told of. */
  private ticked = 0;

  constructor({ off = [], newId, onDefect = () => {} }: EngineOptions) {
    this.onDefect = onDefect;
    this.episodes = new Episodes({
      recent: this.recent,
      newId,
      rate: (key, from, to) => this.rates.band(key, from, to),
      disturb: (caller) => this.book.disturb(caller),
    });
    const all: Record<Switch, Watcher> = {
      rates: this.rates,
      novelty: new Novelty(),
      enumeration: new Enumeration(),
      errors: new Errors(),
      volume: new Volume(),
      'bulk-change': new BulkChange(),
      blinding: blinding(),
      cost: cost(),
      secrets: secrets(),
      'unusual-hours': new UnusualHours(),
      probing: new Probing(),
    };
    const ear: Ear = {
      signal: (signal: Signal) => this.episodes.signal(signal),
      end: (group, key, time) => this.episodes.end(group, key, time),
    };
    this.watchers = SWITCHES.filter((name) => !off.includes(name)).map((name) => ({
      name,
      watcher: all[name],
      observe: all[name].observe.bind(all[name]),
      defects: 0,
      ear,
    }));
    this.keen = keenOf(this.watchers);
  }

  get status(): { identities: number; keys: number; open: number } {
    return { identities: this.book.size, keys: this.rates.size, open: this.episodes.size };
  }

  /** How rows are announced (FeedUnpacker): what they need is at hand then when they come. */
  readonly ahead: Ahead = {
    know: (identity) => this.book.of(identity),
    expect: (calls, count) => this.rates.lookAhead(calls, count, this.observer.lanes),
  };

  observe(row: FedRow): void {
    const o = this.observer.see(row);
    this.recent.add(o);
    this.top.count(o);
    this.episodes.observe(o);
    for (const each of isPlainRead(o) ? this.keen : this.watchers) {
      try {
        each.observe(o, each.ear);
      } catch (error) {
        this.defect(each, error);
      }
    }
  }

  private tick(now: number): void {
    for (const each of this.watchers) {
      try {
        each.watcher.tick?.(now, each.ear);
      } catch (error) {
        this.defect(each, error);
      }
    }
    this.episodes.tick(now);
  }

  /** Lets the time up to that moment pass, second by second; of a long pause, its end. */
  pass(until: number): void {
    if (this.ticked === 0) this.ticked = until;
    const steps = Math.floor((until - this.ticked) / 1000);
    if (steps <= 0) return;
    const from = this.ticked;
    this.ticked += steps * 1000;
    for (let step = Math.max(1, steps - STEPS); step <= steps; step++) this.tick(from + step * 1000);
  }

  drain(): Told[] {
    return this.episodes.drain();
  }

  rates1m(now: number, options?: TopOptions): TopRates {
    return this.top.rates(now, options);
  }

  suppress(list: readonly Suppression[]): void {
    this.episodes.suppress(list);
  }

  decided(decision: FindingDecision): void {
    this.episodes.decided(decision);
  }

  /** The findings of the journal that are of this state's past (findings.ts). */
  get lasting(): Episodes {
    return this.episodes;
  }

  /** Whom and what it remembers: callers, and findings that were told and are not over. */
  known(): Remembered {
    const callers = new Set<string>();
    this.forgetting({
      caller(key) {
        callers.add(key);
        return false;
      },
      peers: () => false,
    });
    return { callers: [...callers], findings: this.episodes.told() };
  }

  /** Forgets these callers, with what their kinds have in common when nobody else is of them, and these findings. */
  forget({ callers, findings }: Remembered): void {
    const named = new Set(callers);
    const caller = (key: string): boolean => named.has(key);
    this.book.forget({ caller, peers: () => false });
    const kinds = this.book.kinds();
    this.forgetting({ caller, peers: (peers) => !kinds.has(peers) }, new Set(findings));
  }

  private forgetting(gone: Gone, findings: ReadonlySet<string> = new Set()): void {
    this.book.forget(gone);
    this.episodes.drop(gone, findings);
    for (const { watcher } of this.watchers) watcher.forget(gone);
  }

  /** Everything it knows, as structured clone takes it; partly its own memory, so it is to be serialized before the engine hears more. */
  save(): unknown {
    return {
      ticked: this.ticked,
      callers: this.book.save(),
      episodes: this.episodes.save(),
      watchers: Object.fromEntries(this.watchers.map(({ name, watcher }) => [name, watcher.save()])),
    };
  }

  load(state: unknown): void {
    const { ticked, callers, episodes, watchers } = state as {
      ticked: number;
      callers: Parameters<CallerBook['load']>[0];
      episodes: Parameters<Episodes['load']>[0];
      watchers: Record<string, unknown>;
    };
    this.ticked = ticked;
    this.book.load(callers);
    this.episodes.load(episodes);
    for (const { name, watcher } of this.watchers) if (name in watchers) watcher.load(watchers[name]);
  }

  private defect(each: Watching, error: unknown): void {
    each.defects++;
    if (each.defects === DEFECTS) {
      this.watchers = this.watchers.filter((other) => other !== each);
      this.keen = keenOf(this.watchers);
    }
    if (each.defects === 1 || each.defects === DEFECTS) this.onDefect(each.name, error);
  }
}

const keenOf = (watchers: readonly Watching[]): Watching[] => watchers.filter(({ watcher }) => !watcher.skipsPlain);
