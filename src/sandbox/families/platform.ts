// The families of what the platform takes in and measures: metrics, logs, usage, integrations.
import type { Family } from '../family.ts';
import { apiCatalogFamily } from './api-catalog.ts';
import { awsFamily } from './aws-accounts.ts';
import { awsV1Family } from './aws-v1.ts';
import { cloudFamily } from './cloud-accounts.ts';
import { codeFamily } from './code.ts';
import { costFamily } from './cost.ts';
import { costRuleFamily } from './cost-rules.ts';
import { eventIntakeFamily } from './event-intake.ts';
import { eventSearchFamily } from './event-search.ts';
import { generatedMetricFamily } from './generated-metrics.ts';
import { hostTagFamily } from './host-tags.ts';
import { hostFamily } from './hosts.ts';
import { inventoryFamily } from './inventory.ts';
import { logAccessFamily } from './log-access.ts';
import { logPipelineFamily } from './log-pipelines.ts';
import { metricQueryFamily } from './metric-queries.ts';
import { metricFamily } from './metrics.ts';
import { monitorConfigFamily } from './monitor-config.ts';
import { pageFamily } from './pages.ts';
import { reportFamily } from './reports.ts';
import { saasFamily } from './saas-accounts.ts';
import { suiteFamily } from './synthetics-suites.ts';
import { tagIndexingFamily } from './tag-indexing.ts';
import { tracesRumFamily } from './traces-rum.ts';
import { usageFamily } from './usage.ts';
import { usageReportFamily } from './usage-reports.ts';

export const platformFamilies: readonly Family[] = [
  usageFamily,
  usageReportFamily,
  hostFamily,
  hostTagFamily,
  metricFamily,
  tagIndexingFamily,
  metricQueryFamily,
  awsFamily,
  awsV1Family,
  cloudFamily,
  monitorConfigFamily,
  saasFamily,
  logPipelineFamily,
  logAccessFamily,
  generatedMetricFamily,
  eventIntakeFamily,
  eventSearchFamily,
  apiCatalogFamily,
  codeFamily,
  costFamily,
  costRuleFamily,
  pageFamily,
  reportFamily,
  inventoryFamily,
  suiteFamily,
  tracesRumFamily,
];
