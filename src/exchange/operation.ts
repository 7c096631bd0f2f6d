// What was called: operation, action, resources, risk, and what was asked for.

/** What an operation does to a resource. Not the HTTP method: many POSTs read. */
export type Action = 'create' | 'read' | 'update' | 'delete' | 'execute';
export const ACTIONS: readonly Action[] = ['create', 'read', 'update', 'delete', 'execute'];

export type RiskLevel = 'low' | 'medium' | 'high' | 'critical';
export const RISK_LEVELS: readonly RiskLevel[] = ['low', 'medium', 'high', 'critical'];

/** Why an operation deserves attention beyond its level. */
export type RiskTag = 'cost' | 'blindness' | 'secrets' | 'sensitive-read';
export const RISK_TAGS: readonly RiskTag[] = ['cost', 'blindness', 'secrets', 'sensitive-read'];

/** What an operation touches, shown as `kind/id`: `monitor/123`, `dashboard/abc-def-ghi`. */
export interface Resource {
  readonly kind: string;
  readonly id: string;
  readonly title?: string;
}

/** What a read asked for. */
export interface Asked {
  /** Metric names, in order of appearance, without duplicates. */
  readonly metrics?: readonly string[];
  /** Search strings of logs, spans, RUM, events. */
  readonly queries?: readonly string[];
}

/** What Dogwatch understands of a request before judging it. */
export interface Classification {
  /** `v1.UpdateMonitor`, `v2.ListUsers`, `mcp.search_datadog_logs`; `unknown.<METHOD>` when nothing matches. */
  readonly operation: string;
  readonly action: Action;
  readonly risk: RiskLevel;
  readonly tags: readonly RiskTag[];
  readonly resources: readonly Resource[];
  readonly asked: Asked;
}
