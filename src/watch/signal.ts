// What detectors say to the episodes: something is too much, is still too much, or is over.
import type { Detector, FindingMeasure, FindingSubject, Severity } from '../exchange/finding.ts';
import type { NamedCaller } from './caller.ts';
import type { Gone } from './gone.ts';
import type { Members } from './members.ts';
import type { Observation } from './observation.ts';

/** Something is too much now. The same again while it lasts; the first one opens the episode. */
export interface Signal {
  readonly detector: Detector;
  /** What makes two signals one episode, within the group: the detector's name unless given. */
  readonly key: string;
  readonly group?: string;
  readonly caller?: NamedCaller;
  /** Beside the identity. */
  readonly subject?: Omit<FindingSubject, 'identity'>;
  readonly members: Members;
  /** Milliseconds since the epoch: from where on exchanges belong to it, and now. */
  readonly since: number;
  readonly time: number;
  /** The exchange that showed it. */
  readonly exchange?: Observation;
  /** How much it is, to see whether it has grown. */
  readonly size: number;
  readonly severity: Severity;
  /** 0 to 100. */
  readonly score: number;
  readonly measure?: FindingMeasure;
  /** Title and reason; asked for only when they are going to be told. */
  readonly words: () => { readonly title: string; readonly reason: string };
  /** Milliseconds without a signal after which the episode is over; absent when the detector says so itself. */
  readonly quiet?: number;
  /** The key of the rate that belongs to it. */
  readonly rate?: string;
}

/** Where detectors tell what they notice. */
export interface Ear {
  signal(signal: Signal): void;
  /** The episode with that key is over. */
  end(group: string, key: string, time: number): void;
}

/** One detector: what it learns from each observation, and what it says. */
export interface Watcher {
  /** It looks for nothing among plain reads (observation.ts), and is not shown them. */
  readonly skipsPlain?: true;
  observe(o: Observation, ear: Ear): void;
  /** Time passes, about once a second. */
  tick?(now: number, ear: Ear): void;
  /** Forgets all that it knows of these. */
  forget(gone: Gone): void;
  /** What it knows, as structured clone takes it. */
  save(): unknown;
  load(state: unknown): void;
}

/** `0.5` of all there is: severities by how many times the usual something is. */
export function severityOf(ratio: number, mild: Severity = 'low'): Severity {
  if (ratio >= 10) return 'high';
  return ratio >= 4 ? 'medium' : mild;
}

/** 0 to 100 of a ratio to what is still usual: 1 is 30, ten times is 80, hundred times is 100. */
export const scoreOf = (ratio: number): number =>
  Math.max(0, Math.min(100, Math.round(30 + 50 * Math.log10(Math.max(ratio, 1)))));

/** `412`, `1.2 million`, `3.4 GB`; for people. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `60 s`, `10 min`, `2 h`. */
export function spanText(milliseconds: number): string {
  if (milliseconds < 120_000) return `${Math.max(1, Math.round(milliseconds / 1000))} s`;
  if (milliseconds < 7_200_000) return `${Math.round(milliseconds / 60_000)} min`;
  return `${Math.round(milliseconds / 3_600_000)} h`;
}
