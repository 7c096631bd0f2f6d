// Deeds that count by what they are: blinding, costly, of secrets. Each grave one is told; the lesser ones when they are many or unheard of.
import type { Detector, Severity } from '../../exchange/finding.ts';
import type { Gone } from '../gone.ts';
import { Levels } from '../levels.ts';
import { hasSucceeded, type Members } from '../members.ts';
import type { Observation } from '../observation.ts';
import { type Ear, scoreOf, severityOf, spanText, type Watcher } from '../signal.ts';
import { Habits } from './habits.ts';

export interface DeedOptions {
  readonly detector: Detector;
  readonly fact: 'blinding' | 'cost' | 'secrets';
  /** Deeds within the window that are too many, however light each is. */
  readonly window: number;
  readonly floor: number;
  readonly factor: number;
  readonly quiet: number;
  /** By weight. */
  readonly severities: readonly (Severity | undefined)[];
  /** What a light one does beside, so that it counts by itself: `silencing it`. */
  readonly raises?: (o: Observation) => string | undefined;
  /** What was done, in words: `things done that blind`. */
  readonly unit: string;
  readonly means: string;
}

export class Deeds implements Watcher {
  readonly skipsPlain = true;
  private readonly options: DeedOptions;
  private readonly levels: Levels;
  private readonly habits = new Habits();

  constructor(options: DeedOptions) {
    this.options = options;
    this.levels = new Levels(options);
  }

  observe(o: Observation, ear: Ear): void {
    if (o.facts.isPlain) return;
    const { detector, fact, quiet, severities, unit, means } = this.options;
    const { caller } = o;
    const beside = o.facts[fact] === 1 ? this.options.raises?.(o) : undefined;
    const weight = beside === undefined ? o.facts[fact] : 2;
    if (weight === 0 || !caller || !hasSucceeded(o)) return;
    const excess = this.levels.add(caller.key, o.time);
    // Peers have habits in common: another agent of a known kind does what its like do.
    const habitual = weight > 1 && this.habits.note(`${caller.peers} ${o.facts.operation}`, o.time);
    const alone = weight === 3 || (weight === 2 && !habitual);
    if (!alone && !excess) return;
    const members: Members = { caller, fact, succeeded: true };
    const observed = excess?.observed ?? 1;
    const ratio = excess ? excess.observed / excess.threshold : 1;
    const severity = excess && ratio >= 4 ? severityOf(ratio) : (severities[alone ? weight : 1] ?? 'low');
    const [thing] = o.resources;
    ear.signal({
      detector,
      key: caller.key,
      caller,
      subject: {
        ...(o.session !== undefined && { session: o.session }),
        ...(o.connection !== undefined && { connection: o.connection }),
      },
      members,
      since: excess?.since ?? o.time,
      time: o.time,
      size: observed,
      severity,
      score: Math.max(scoreOf(ratio), weight * 25),
      ...(excess && {
        measure: { observed, low: 0, high: Math.round(excess.usual), unit, window: excess.window },
      }),
      quiet,
      words: () => ({
        title: excess
          ? `${observed} ${unit} in ${spanText(excess.window)} by ${caller.name}; usual: at most ${Math.round(excess.usual)}`
          : `${o.facts.operation}${thing ? ` on a ${thing.kind}` : ''}${beside === undefined ? '' : `, ${beside},`} by ${caller.name}${o.connection === undefined ? '' : ` in ${o.connection}`}`,
        reason: alone && !excess && weight < 3 ? `${means} Neither it nor its like do this regularly.` : means,
      }),
    });
  }

  forget(gone: Gone): void {
    this.levels.forget(gone);
    this.habits.forget(gone);
  }

  save(): unknown {
    return [this.levels.save(), this.habits.save()];
  }

  load(state: unknown): void {
    const [levels, habits] = state as unknown[];
    this.levels.load(levels);
    this.habits.load(habits);
  }
}
