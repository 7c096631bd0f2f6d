// The families that deviate from the generic engine.

import { dashboardFamily } from './families/dashboards.ts';
import { downtimeFamily } from './families/downtimes.ts';
import { identityFamilies } from './families/identity.ts';
import { monitorFamily } from './families/monitors.ts';
import { operationFamilies } from './families/operations.ts';
import { platformFamilies } from './families/platform.ts';
import { securityFamilies } from './families/security.ts';
import { sloCorrectionFamily } from './families/slo-corrections.ts';
import { sloHistoryFamily } from './families/slo-history.ts';
import { sloFamily } from './families/slos.ts';
import { syntheticsFamily } from './families/synthetics.ts';
import { syntheticsLocationFamily } from './families/synthetics-locations.ts';
import { syntheticsVariableFamily } from './families/synthetics-variables.ts';
import type { Family } from './family.ts';

export const families: readonly Family[] = [
  dashboardFamily,
  downtimeFamily,
  ...identityFamilies,
  monitorFamily,
  ...operationFamilies,
  ...securityFamilies,
  sloFamily,
  sloCorrectionFamily,
  sloHistoryFamily,
  syntheticsFamily,
  syntheticsLocationFamily,
  syntheticsVariableFamily,
  ...platformFamilies,
];
