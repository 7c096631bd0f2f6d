// Cost: retention, indexes, metric tag configurations, synthetic tests changed: what the next bill is made of.
import { Deeds } from './deeds.ts';

export const COST = { window: 600_000, floor: 15, factor: 3, quiet: 900_000 } as const;

export const cost = (): Deeds =>
  new Deeds({
    ...COST,
    detector: 'cost',
    fact: 'cost',
    severities: [undefined, 'low', 'medium', 'high'],
    unit: 'changes to what is paid for',
    means: 'This changes what Datadog keeps, indexes or runs, and so what it will cost. The bill tells it weeks later.',
  });
