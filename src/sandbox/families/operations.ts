// The families of incident response and software delivery.
import type { Family } from '../family.ts';
import { caseConfigFamily } from './case-config.ts';
import { caseFamily } from './cases.ts';
import { deploymentGateFamily } from './deployment-gates.ts';
import { incidentConfigFamily } from './incident-config.ts';
import { incidentRecordFamily } from './incident-records.ts';
import { incidentFamily } from './incidents.ts';
import { onCallFamily } from './on-call.ts';
import { onCallTeamFamily } from './on-call-teams.ts';
import { statusPageEventFamily } from './statuspage-events.ts';
import { statusPageFamily } from './statuspages.ts';

export const operationFamilies: readonly Family[] = [
  caseConfigFamily,
  caseFamily,
  deploymentGateFamily,
  incidentConfigFamily,
  incidentFamily,
  incidentRecordFamily,
  onCallFamily,
  onCallTeamFamily,
  statusPageEventFamily,
  statusPageFamily,
];
