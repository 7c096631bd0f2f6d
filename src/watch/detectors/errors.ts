// Errors: refusals (401, 403), rate limits (429), Datadog's own failures (5xx), and refused credentials, far above what is usual.

import type { Gone } from '../gone.ts';
import { Levels } from '../levels.ts';
import type { Observation } from '../observation.ts';
import { type Ear, scoreOf, severityOf, spanText, type Watcher } from '../signal.ts';

/** Errors of one sort within the window; of refused credentials, from one address. */
export const ERRORS = {
  window: 120_000,
  refused: 10,
  limited: 20,
  failed: 20,
  credentials: 10,
  factor: 4,
  quiet: 300_000,
} as const;

const SORTS = {
  refused: {
    statuses: [401, 403],
    unit: 'refusals',
    means:
      'It asks for what it may not have: a wrong configuration, an agent that does not understand a no, or somebody who tries how far a credential reaches.',
  },
  limited: {
    statuses: [429],
    unit: 'rate-limited calls',
    means:
      "It uses up a rate limit that all callers of this organisation share: others' calls, and alerts that people wait for, may fail.",
  },
  failed: {
    statuses: ['5xx'],
    unit: 'failed calls',
    means: 'Datadog, or the way to it, fails, or these calls make it fail.',
  },
} as const;

export class Errors implements Watcher {
  readonly skipsPlain = true;
  private readonly levels = {
    refused: levelsOf(ERRORS.refused),
    limited: levelsOf(ERRORS.limited),
    failed: levelsOf(ERRORS.failed),
  };
  private readonly credentials = levelsOf(ERRORS.credentials);

  observe(o: Observation, ear: Ear): void {
    if (o.refusedToken) this.credential(o, ear);
    const { caller, status } = o;
    if (!caller || status < 401) return;
    const sort =
      status === 401 || status === 403 ? 'refused' : status === 429 ? 'limited' : status >= 500 ? 'failed' : undefined;
    if (!sort) return;
    const excess = this.levels[sort].add(caller.key, o.time);
    if (!excess) return;
    const { observed, threshold, usual, window, since } = excess;
    const { statuses, unit, means } = SORTS[sort];
    ear.signal({
      detector: 'errors',
      key: `${caller.key} ${sort}`,
      caller,
      ...(o.session !== undefined && { subject: { session: o.session } }),
      members: { caller, statuses },
      since,
      time: o.time,
      size: observed,
      severity: severityOf(observed / threshold, sort === 'refused' ? 'medium' : 'low'),
      score: scoreOf(observed / threshold),
      measure: { observed, low: 0, high: Math.round(usual), unit, window },
      quiet: ERRORS.quiet,
      words: () => ({
        title: `${observed} ${unit} (${statuses.join(', ')}) in ${spanText(window)} by ${caller.name}; usual: at most ${Math.round(usual)}`,
        reason: means,
      }),
    });
  }

  private credential(o: Observation, ear: Ear): void {
    const { source } = o;
    if (source === undefined) return;
    const excess = this.credentials.add(source, o.time, o.count);
    if (!excess) return;
    const { observed, threshold, usual, window, since } = excess;
    ear.signal({
      detector: 'errors',
      key: `credentials ${source}`,
      members: { source, refusedTokens: true },
      since,
      time: o.time,
      size: observed,
      severity: severityOf(observed / threshold, 'medium'),
      score: scoreOf(observed / threshold),
      measure: { observed, low: 0, high: Math.round(usual), unit: 'refused credentials', window },
      quiet: ERRORS.quiet,
      words: () => ({
        title: `${observed} refused credentials in ${spanText(window)} from ${source}; usual: at most ${Math.round(usual)}`,
        reason: `Tokens from ${source} are refused, the latest with ${o.error ?? 'no code'}: one has expired and its agent goes on, or somebody tries tokens.`,
      }),
    });
  }

  forget(gone: Gone): void {
    for (const levels of Object.values(this.levels)) levels.forget(gone);
  }

  save(): unknown {
    const { refused, limited, failed } = this.levels;
    return [refused.save(), limited.save(), failed.save(), this.credentials.save()];
  }

  load(state: unknown): void {
    const [refused, limited, failed, credentials] = state as unknown[];
    this.levels.refused.load(refused);
    this.levels.limited.load(limited);
    this.levels.failed.load(failed);
    this.credentials.load(credentials);
  }
}

const levelsOf = (floor: number): Levels => new Levels({ window: ERRORS.window, floor, factor: ERRORS.factor });
