// The `watch` section: whether what happens is watched, and by which detectors.
import { z } from 'zod';

const detector = z.boolean().default(true);

export const watchSchema = z.strictObject({
  enabled: z.boolean().default(true).describe('Watch what happens, and tell findings (docs/detection.md).'),
  detectors: z
    .strictObject({
      rates: detector.describe('Surges, ramps, lasting shifts and silences of how often is called.'),
      novelty: detector.describe('First use of a connection, network, client, family or operation.'),
      enumeration: detector.describe('Many different things read, or not found, in a short time.'),
      errors: detector.describe('Refusals, rate limits, failures and refused credentials far above the usual.'),
      volume: detector.describe('Far more bytes of logs, events and traces read than usual.'),
      'bulk-change': detector.describe('Many resources changed, created or deleted in a short time.'),
      blinding: detector.describe('Monitors, indexes, archives and the like deleted, muted or narrowed.'),
      cost: detector.describe('Changes to retention, indexes, metric tags and synthetic tests.'),
      secrets: detector.describe('Keys shown or made, and many reads of what holds secrets.'),
      'unusual-hours': detector.describe('Activity outside of the hours that an identity keeps.'),
      probing: detector.describe('Refused, then tried in other ways.'),
    })
    .prefault({})
    .describe('Detectors can be switched off one by one.'),
});

export type WatchConfig = z.output<typeof watchSchema>;
