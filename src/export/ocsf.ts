// Rows as OCSF 1.8 events of the class API Activity (https://schema.ocsf.io/1.8.0/classes/api_activity), for security data lakes.
import type { Action, RiskLevel } from '../exchange/operation.ts';
import type { Row, RowIdentity } from '../index/search-index.ts';

const CATEGORY = 6;
const CLASS = 6003;
const ACTIVITIES: Readonly<Record<Action, readonly [id: number, name: string]>> = {
  create: [1, 'Create'],
  read: [2, 'Read'],
  update: [3, 'Update'],
  delete: [4, 'Delete'],
  execute: [99, 'Execute'],
};
/** Of an event's severity; nothing that is only recorded is more than informational because it is of low risk. */
const SEVERITIES: Readonly<Record<RiskLevel, readonly [id: number, name: string]>> = {
  low: [1, 'Informational'],
  medium: [3, 'Medium'],
  high: [4, 'High'],
  critical: [5, 'Critical'],
};

/** The event of an exchange. What OCSF has no attribute for is in `unmapped`. @param version of Dogwatch */
export function toOcsf(row: Row, version: string): object {
  const [activity, activityName] = row.action === undefined ? ([0, 'Unknown'] as const) : ACTIVITIES[row.action];
  const [severity, severityName] = row.risk === undefined ? ([0, 'Unknown'] as const) : SEVERITIES[row.risk];
  const failed = row.outcome === 'refused' || row.outcome === 'upstream-failed' || (row.status ?? 0) >= 400;
  const known = row.outcome === 'complete' || failed;
  const { host = 'unknown', path = '/', method } = row;
  return {
    activity_id: activity,
    activity_name: activityName,
    category_uid: CATEGORY,
    category_name: 'Application Activity',
    class_uid: CLASS,
    class_name: 'API Activity',
    type_uid: CLASS * 100 + activity,
    type_name: `API Activity: ${activity === 99 ? 'Other' : activityName}`,
    severity_id: severity,
    severity: severityName,
    time: row.time,
    ...(row.latency !== undefined && { duration: Math.round(row.latency) }),
    status_id: !known ? 0 : failed ? 2 : 1,
    status: !known ? 'Unknown' : failed ? 'Failure' : 'Success',
    ...(row.status !== undefined && { status_code: String(row.status) }),
    ...(row.error !== undefined && { status_detail: row.error }),
    message: `${row.identity?.name ?? 'nobody identified'}: ${row.operation ?? 'unknown operation'}`,
    metadata: {
      version: '1.8.0',
      product: { name: 'Dogwatch', vendor_name: 'Dogwatch', version },
      uid: row.id,
      log_name: 'dogwatch journal',
      sequence: row.leaf,
      ...(row.session !== undefined && { correlation_uid: row.session }),
    },
    actor: actorOf(row),
    api: {
      operation: row.operation ?? 'unknown',
      service: { name: 'Datadog' },
      request: { uid: row.id },
      ...(row.status !== undefined && {
        response: { code: row.status, ...(row.error !== undefined && { error: row.error }) },
      }),
    },
    src_endpoint: row.source === undefined ? { name: 'unknown' } : { ip: row.source },
    dst_endpoint: { hostname: host },
    http_request: {
      ...(method !== undefined && { http_method: method }),
      ...(row.client.userAgent !== undefined && { user_agent: row.client.userAgent }),
      url: { scheme: 'https', hostname: host, path, url_string: `https://${host}${path}` },
      ...(row.requestBytes !== undefined && { length: row.requestBytes }),
    },
    ...(row.status !== undefined && {
      http_response: {
        code: row.status,
        ...(row.responseBytes !== undefined && { length: row.responseBytes }),
        ...(row.latency !== undefined && { latency: Math.round(row.latency) }),
      },
    }),
    ...(row.resources.length > 0 && {
      resources: row.resources.map(({ kind, id, title }) => ({
        type: kind,
        uid: id,
        ...(title !== undefined && { name: title }),
      })),
    }),
    unmapped: {
      connection: row.connection,
      verdict: row.verdict,
      outcome: row.outcome,
      tags: row.tags,
      metrics: row.asked.metrics,
      queries: row.asked.queries,
      identity_kind: row.identity?.kind,
      claimed_agent: row.client.agent,
      on_behalf_of: row.identity?.onBehalfOf,
      claims: row.identity?.claims,
    },
  };
}

function actorOf(row: Row): object {
  const { identity } = row;
  return {
    ...(identity ? { user: userOf(identity) } : { app_name: row.client.agent ?? row.client.userAgent ?? 'unknown' }),
    ...(row.session !== undefined && { session: { uid: row.session } }),
    ...(identity && { idp: { name: identity.issuer || 'unknown', uid: identity.issuer || 'unknown' } }),
  };
}

function userOf({ issuer, subject, name, email, kind, groups }: RowIdentity): object {
  return {
    name,
    uid: subject,
    ...(email !== undefined && { email_addr: email }),
    ...(issuer !== '' && { domain: issuer }),
    ...(kind !== undefined && (kind === 'person' ? { type: 'User', type_id: 1 } : { type: 'Service', type_id: 4 })),
    ...(groups.length > 0 && { groups: groups.map((group) => ({ name: group })) }),
  };
}
