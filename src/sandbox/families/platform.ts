// The families of what the platform takes in and measures: metrics, logs, usage, integrations.
import type { Family } from '../family.ts';
import { awsFamily } from './aws-accounts.ts';
import { cloudFamily } from './cloud-accounts.ts';
import { costFamily } from './cost.ts';
import { costRuleFamily } from './cost-rules.ts';
import { eventSearchFamily } from './event-search.ts';
import { generatedMetricFamily } from './generated-metrics.ts';
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
import { tracesRumFamily } from './traces-rum.ts';
import { usageFamily } from './usage.ts';

export const platformFamilies: readonly Family[] = [
  usageFamily,
  hostFamily,
  metricFamily,
  metricQueryFamily,
  awsFamily,
  cloudFamily,
  monitorConfigFamily,
  saasFamily,
  logPipelineFamily,
  logAccessFamily,
  generatedMetricFamily,
  eventSearchFamily,
  costFamily,
  costRuleFamily,
  pageFamily,
  reportFamily,
  inventoryFamily,
  suiteFamily,
  tracesRumFamily,
];
