// The families that deviate from the generic engine.
import type { Family } from './family.ts';

export const families: readonly Family[] = [];
