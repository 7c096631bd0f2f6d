// The families of incident response and software delivery.
import type { Family } from '../family.ts';
import { actionFamily } from './actions.ts';
import { appFamily } from './apps.ts';
import { caseCommentFamily } from './case-comments.ts';
import { caseConfigFamily } from './case-config.ts';
import { caseFamily } from './cases.ts';
import { datastoreFamily } from './datastores.ts';
import { deliveryFamily } from './deliveries.ts';
import { deploymentGateFamily } from './deployment-gates.ts';
import { errorTrackingFamily } from './error-tracking.ts';
import { featureFlagFamily } from './feature-flags.ts';
import { formFamily } from './forms.ts';
import { incidentConfigFamily } from './incident-config.ts';
import { incidentRecordFamily } from './incident-records.ts';
import { incidentFamily } from './incidents.ts';
import { llmPromptFamily } from './llm-prompts.ts';
import { networkDeviceFamily } from './network-devices.ts';
import { obsPipelineFamily } from './obs-pipelines.ts';
import { onCallFamily } from './on-call.ts';
import { onCallTeamFamily } from './on-call-teams.ts';
import { scorecardFamily } from './scorecards.ts';
import { serviceCatalogFamily } from './service-catalog.ts';
import { serviceDefinitionFamily } from './service-definitions.ts';
import { statusPageEventFamily } from './statuspage-events.ts';
import { statusPageFamily } from './statuspages.ts';
import { workflowFamily } from './workflows.ts';

export const operationFamilies: readonly Family[] = [
  networkDeviceFamily,
  serviceDefinitionFamily,
  errorTrackingFamily,
  deliveryFamily,
  serviceCatalogFamily,
  featureFlagFamily,
  scorecardFamily,
  obsPipelineFamily,
  actionFamily,
  appFamily,
  caseCommentFamily,
  caseConfigFamily,
  caseFamily,
  datastoreFamily,
  deploymentGateFamily,
  formFamily,
  incidentConfigFamily,
  incidentFamily,
  incidentRecordFamily,
  llmPromptFamily,
  onCallFamily,
  onCallTeamFamily,
  statusPageEventFamily,
  statusPageFamily,
  workflowFamily,
];
