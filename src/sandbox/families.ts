// The families that deviate from the generic engine.
import { dashboardFamily } from './families/dashboards.ts';
import { monitorFamily } from './families/monitors.ts';
import type { Family } from './family.ts';

export const families: readonly Family[] = [dashboardFamily, monitorFamily];
