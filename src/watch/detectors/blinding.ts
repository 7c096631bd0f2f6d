// Blinding: monitors deleted, downtimes made, hosts muted, log indexes, archives and filters narrowed, settings that auditors rely on changed.
import { Deeds } from './deeds.ts';

export const BLINDING = { window: 600_000, floor: 10, factor: 3, quiet: 900_000 } as const;

export const blinding = (): Deeds =>
  new Deeds({
    ...BLINDING,
    detector: 'blinding',
    fact: 'blinding',
    severities: [undefined, 'low', 'medium', 'high'],
    // Muting by a monitor's own options: an update like any other, but for what it says.
    raises: ({ resources }) => (resources.some(({ kind }) => kind === 'monitor-mute') ? 'silencing it' : undefined),
    unit: 'changes to what watches',
    means:
      'After this, less is seen, kept or told than before: something that would raise an alarm, or show up in a search, may not. It can be maintenance; it is also the first thing that somebody does who does not want to be noticed.',
  });
