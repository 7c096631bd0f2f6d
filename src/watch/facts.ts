// What detectors want to know of an operation: its family, and whether it searches data, shows secrets, blinds or costs.
import { operationByKey } from '../datadog/catalogue.ts';
import type { Action } from '../exchange/operation.ts';

/** 0: no. 1: when there are many of it. 2: each one counts. 3: each one is grave. */
export type Weight = 0 | 1 | 2 | 3;

export interface Facts {
  readonly operation: string;
  /** The API group of the catalogue, `mcp` or `unknown`. */
  readonly family: string;
  readonly action: Action | undefined;
  /** It reads logs, RUM events, spans, audit events: its answers are the organisation's data. */
  readonly searches: boolean;
  /** It shows or makes keys and other secrets. */
  readonly secrets: Weight;
  /** What follows is seen by fewer: muted, deleted, left out. */
  readonly blinding: Weight;
  /** It changes what Datadog will cost. */
  readonly cost: Weight;
  /** It is none of these deeds. */
  readonly isPlain: boolean;
}

/** Families whose settings decide what is kept for auditors, or who may come in: each change of them counts. */
const AUDITED =
  /^(Audit|Organizations|IPAllowlist|DomainAllowlist|LogsArchives|LogsRestrictionQueries|LogsCustomDestinations|SensitiveDataScanner|AuthNMappings)$/;
/** Families in which an update narrows what is seen, more often than not. */
const NARROWED = /^(LogsIndexes|LogsArchives|Downtimes|APMRetentionFilters|RumRetentionFilters|Hosts)$/;
/** These undo what blinds. */
const RESTORES = /(Cancel.*Downtime|Unmute|Delete(SLOCorrection|MaintenanceWindow|.*ExclusionFilter|.*Suppression))/;
const MUTES = /(Mute|Pause|Downtime|Exclusion|Suppression|Correction|MaintenanceWindow)/;
/** What monitors, keeps or routes: to delete one of it blinds. */
const SIGHT =
  /(Monitor|SLO|LogsIndex|Archive|Pipeline|RetentionFilter|LogsMetric|Rule|Test|Detection|Destination|PagerDuty|Webhook|Slack|Opsgenie)/;
/** Sending data is what agents of a service do all day. */
const SENDS =
  /^(SubmitLog|SubmitMetrics|SubmitDistributionPoints|CreateEvent|SubmitProductAnalyticsEvent|.*OnCallPage)$/;
/** Of synthetic tests an update says how often they run from now on, whatever it is about. */
const COSTLY =
  /(Synthetics(API|Browser|Mobile|Network)Test$|^Update(API|Browser|Mobile)Test$|^PatchTest$|Retention|TagConfiguration|BulkTagsMetrics|TagIndexingRule|HistoricalMetrics|LogsIndex|Quota|CreateChildOrg|UpgradeOrg)/;
const KEYS = /^(KeyManagement|ServiceAccounts)$/;
const MCP_SEARCH = /^mcp\..*(search|query|list|get|analy).*(log|rum|span|trace|event)/i;
/** Muting and silencing, downtimes, and monitors and what is like them taken away; not what undoes that. */
const MCP_BLINDS =
  /(^mcp\.|_)(mute|silence|snooze|(create|add|schedule|edit|update|set)_(\w*_)?downtime|(delete|remove|disable)_(\w*_)?(monitor|slo|pipeline|index|archive|rule|test))/i;

/** Remembered: clients of MCP may name any number of tools. */
const MOST = 5000;
/** By operation; of one that is called with several actions, each. */
const known = new Map<string, Facts[]>();

/** Facts of an operation as the catalogue tells them. */
export function factsOf(operation: string | undefined, action: Action | undefined): Facts {
  const key = operation ?? '';
  const found = known.get(key);
  if (found) for (const facts of found) if (facts.action === action) return facts;
  if (known.size >= MOST) known.clear();
  const facts = readFacts(key, action);
  if (found) found.push(facts);
  else known.set(key, [facts]);
  return facts;
}

function readFacts(operation: string, action: Action | undefined): Facts {
  const entry = operationByKey(operation);
  const none = { operation, action, secrets: 0, blinding: 0, cost: 0, isPlain: true } as const;
  if (operation.startsWith('mcp.')) {
    // Tools are known by their names alone.
    const blinding = action !== 'read' && MCP_BLINDS.test(operation) ? 2 : 0;
    return { ...none, family: 'mcp', searches: MCP_SEARCH.test(operation), blinding, isPlain: blinding === 0 };
  }
  if (!entry) return { ...none, family: 'unknown', searches: false };
  const { api: family, id, tags, risk } = entry;
  const reads = entry.action === 'read';
  const sensitive = tags.includes('sensitive-read');
  const keys = KEYS.test(family);
  const secrets = secretsOf();
  const blinding = blindingOf();
  const cost = costOf();
  return {
    operation,
    family,
    action,
    searches: reads && !keys && (sensitive || /^(Events|RUM|Logs|Spans)$/.test(family)),
    secrets,
    blinding,
    cost,
    isPlain: secrets + blinding + cost === 0,
  };

  function costOf(): Weight {
    return tags.includes('cost') && !SENDS.test(id) ? (COSTLY.test(id) && entry?.action !== 'delete' ? 2 : 1) : 0;
  }

  function secretsOf(): Weight {
    const grave = risk === 'high' || risk === 'critical';
    if (keys && reads) return grave && (sensitive || tags.includes('secrets')) ? 2 : 0;
    if (keys && entry?.action === 'create' && tags.includes('secrets')) return 3;
    return reads && tags.includes('secrets') ? 1 : 0;
  }

  function blindingOf(): Weight {
    if (reads || RESTORES.test(id)) return 0;
    const blinds = tags.includes('blindness');
    if (blinds && risk === 'critical' && SIGHT.test(id)) return 3;
    if (blinds && (risk === 'critical' || MUTES.test(id))) return 2;
    if (blinds && entry?.action === 'delete') return SIGHT.test(id) ? 2 : 1;
    if (AUDITED.test(family) && entry?.action !== 'create') return 2;
    if (blinds && NARROWED.test(family) && entry?.action === 'update') return 2;
    return blinds && entry?.action !== 'execute' ? 1 : 0;
  }
}
