// The families of what the platform takes in and measures: metrics, logs, usage, integrations.
import type { Family } from '../family.ts';
import { usageFamily } from './usage.ts';

export const platformFamilies: readonly Family[] = [usageFamily];
