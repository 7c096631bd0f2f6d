// Volume: far more bytes read from logs, RUM, traces and the like than an identity usually reads.

import type { Gone } from '../gone.ts';
import { Levels } from '../levels.ts';
import type { Observation } from '../observation.ts';
import { bytesText, type Ear, scoreOf, severityOf, spanText, type Watcher } from '../signal.ts';

/** Bytes of answers to searches of data within the window. */
export const VOLUME = { window: 600_000, floor: 50_000_000, factor: 4, quiet: 900_000 } as const;

export class Volume implements Watcher {
  private readonly levels = new Levels(VOLUME);

  observe(o: Observation, ear: Ear): void {
    const { caller } = o;
    if (!caller || !o.facts.searches || o.responseBytes === 0) return;
    if (caller.volume && !caller.volume.gone) caller.volume.used = true;
    else caller.volume = this.levels.slot(caller.key, o.time);
    const excess = this.levels.addAt(caller.volume, o.time, o.responseBytes);
    if (!excess) return;
    const { observed, threshold, usual, window, since } = excess;
    ear.signal({
      detector: 'volume',
      key: caller.key,
      caller,
      ...(o.session !== undefined && { subject: { session: o.session } }),
      members: { caller, fact: 'searches' },
      since,
      time: o.time,
      size: observed,
      severity: severityOf(observed / threshold, 'medium'),
      score: scoreOf(observed / threshold),
      measure: { observed, low: 0, high: Math.round(usual), unit: 'bytes read', window },
      quiet: VOLUME.quiet,
      words: () => ({
        title: `${bytesText(observed)} of logs, events or traces read in ${spanText(window)} by ${caller.name}; usual: at most ${bytesText(usual)}`,
        reason: `${caller.name} reads far more of the organisation's data than it usually does. An agent that pages through everything looks like this, and so does data being carried off.`,
      }),
    });
  }

  forget(gone: Gone): void {
    this.levels.forget(gone);
  }

  save(): unknown {
    return this.levels.save();
  }

  load(state: unknown): void {
    this.levels.load(state);
  }
}
