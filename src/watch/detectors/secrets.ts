// Secrets: API and application keys listed, read or made, and many reads of settings that hold secrets.
import { Deeds } from './deeds.ts';

export const SECRETS = { window: 600_000, floor: 30, factor: 3, quiet: 900_000 } as const;

export const secrets = (): Deeds =>
  new Deeds({
    ...SECRETS,
    detector: 'secrets',
    fact: 'secrets',
    severities: [undefined, 'low', 'high', 'high'],
    unit: 'reads of what holds secrets',
    means:
      'Keys of the organisation were shown or made. Whoever holds one reaches Datadog without passing here: nothing is judged or recorded any more. Rotate what was shown, unless it was meant.',
  });
