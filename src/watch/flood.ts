// What is noticed and not told by itself: one of too many at once, and what somebody wants to hear no more of.
import type { Suppression } from '../exchange/finding.ts';
import type { Episode } from './episode.ts';
import type { Gone } from './gone.ts';
import type { Signal } from './signal.ts';

/** New findings of one identity, and of all, within a minute; what is more is told by one that sums up. */
export const FLOOD = { caller: 6, all: 60, window: 60_000 } as const;

const KEY = 'flood ';
/** Times that are kept of one flood. */
const KEPT = 1000;

/** Counts new findings by identity, and all of them. */
export class Flood {
  private readonly times = new Map<string, number[]>();

  /** Of one that is too many, the signal that stands for those too many. */
  sumUp(signal: Signal, { started, title }: Pick<Episode, 'started' | 'title'>): Signal | undefined {
    if (signal.key.startsWith(KEY)) return undefined;
    const { caller, detector, time, severity, score } = signal;
    const own = caller !== undefined && this.tooMany(caller.key, FLOOD.caller, time);
    const all = !own && this.tooMany('', FLOOD.all, time);
    if (!own && !all) return undefined;
    const whose = own ? caller : undefined;
    const count = this.times.get(whose?.key ?? '')?.length ?? 0;
    return {
      detector,
      key: `${KEY}${whose?.key ?? ''}`,
      ...(whose && { caller: whose }),
      members: whose ? { caller: { issuer: whose.issuer, subject: whose.subject } } : {},
      since: started,
      time,
      size: count,
      severity,
      score,
      quiet: 5 * FLOOD.window,
      words: () => ({
        title: `${count} findings within a minute${whose ? ` about ${whose.name}` : ''}: the further ones are told together`,
        reason: `More is noticed at once than can be told one by one; the latest was ${whose ? `this: ${title}` : `of the detector ${detector}`}. Look at ${whose ? 'all that this identity does' : 'all traffic'} in that time.`,
      }),
    };
  }

  forget(now: number): void {
    for (const [caller, times] of this.times) if ((times.at(-1) ?? 0) < now - FLOOD.window) this.times.delete(caller);
  }

  drop(gone: Gone): void {
    for (const caller of this.times.keys()) if (caller !== '' && gone.caller(caller)) this.times.delete(caller);
  }

  private tooMany(key: string, most: number, time: number): boolean {
    const times = (this.times.get(key) ?? []).filter((each) => each > time - FLOOD.window);
    times.push(time);
    if (times.length > KEPT) times.shift();
    this.times.set(key, times);
    return times.length > most;
  }
}

/** Is it not to be told? */
export function isSuppressed(
  suppressions: readonly Suppression[],
  { detector, caller, subject }: Pick<Episode, 'detector' | 'caller' | 'subject'>,
): boolean {
  return suppressions.some(
    (each) =>
      (each.detector === undefined || each.detector === detector) &&
      (each.identity === undefined || each.identity === caller) &&
      (each.connection === undefined || each.connection === subject.connection) &&
      (each.family === undefined || each.family === subject.family) &&
      (each.operation === undefined || each.operation === subject.operation),
  );
}
