// Findings as OCSF 1.8 events of the class Detection Finding (https://schema.ocsf.io/1.8.0/classes/detection_finding).
import type { Detector, FindingState, Severity } from '../exchange/finding.ts';
import type { FoundFinding } from '../index/findings.ts';

const CATEGORY = 2;
const CLASS = 2004;
/** API Activity: what exchanges are exported as (ocsf.ts). */
const API_ACTIVITY = 6003;

/** What the event tells of: a finding that was opened, that changed, or that is over. */
export type FindingActivity = 'create' | 'update' | 'close';
const ACTIVITIES: Readonly<Record<FindingActivity, readonly [id: number, name: string]>> = {
  create: [1, 'Create'],
  update: [2, 'Update'],
  close: [3, 'Close'],
};
const SEVERITIES: Readonly<Record<Severity, readonly [id: number, name: string]>> = {
  info: [1, 'Informational'],
  low: [2, 'Low'],
  medium: [3, 'Medium'],
  high: [4, 'High'],
  critical: [5, 'Critical'],
};
const STATES: Readonly<Record<FindingState, readonly [id: number, name: string]>> = {
  open: [1, 'New'],
  acknowledged: [2, 'In Progress'],
  dismissed: [3, 'Suppressed'],
  resolved: [4, 'Resolved'],
};
/** Detectors that compare with what is usual count as statistical, those that look for a pattern as behavioral. */
const STATISTICAL: readonly Detector[] = ['surge', 'ramp', 'shift', 'silence', 'errors', 'volume'];

/** `close` for what is over, else `create` while nobody has decided and nothing has been added, else `update`. */
export const activityOf = ({ state, decisions }: Pick<FoundFinding, 'state' | 'decisions'>): FindingActivity =>
  state === 'dismissed' || state === 'resolved' ? 'close' : decisions.length > 0 ? 'update' : 'create';

/** The event of a finding. What OCSF has no attribute for is in `unmapped`. @param version of Dogwatch */
export function findingToOcsf(finding: FoundFinding, activity: FindingActivity, version: string): object {
  const [activityId, activityName] = ACTIVITIES[activity];
  const [severityId, severity] = SEVERITIES[finding.severity];
  const [statusId, status] = STATES[finding.state];
  const { subject, evidence, decisions, measure } = finding;
  const latest = decisions.at(-1);
  return {
    activity_id: activityId,
    activity_name: activityName,
    category_uid: CATEGORY,
    category_name: 'Findings',
    class_uid: CLASS,
    class_name: 'Detection Finding',
    type_uid: CLASS * 100 + activityId,
    type_name: `Detection Finding: ${activityName}`,
    severity_id: severityId,
    severity,
    status_id: statusId,
    status,
    ...(latest?.reason !== undefined && { comment: latest.reason }),
    time: finding.noticed,
    start_time: finding.started,
    end_time: finding.ended ?? finding.latest,
    message: finding.title,
    is_alert: activity !== 'close',
    confidence_id: finding.score >= 80 ? 3 : finding.score >= 50 ? 2 : 1,
    confidence: finding.score >= 80 ? 'High' : finding.score >= 50 ? 'Medium' : 'Low',
    confidence_score: Math.round(finding.score),
    finding_info: {
      uid: finding.id,
      title: finding.title,
      desc: finding.reason,
      types: [finding.detector],
      created_time: finding.noticed,
      modified_time: Math.max(finding.noticed, finding.ended ?? finding.latest, latest?.time ?? 0),
      first_seen_time: finding.started,
      last_seen_time: finding.latest,
      analytic: {
        uid: finding.detector,
        name: finding.detector,
        ...(STATISTICAL.includes(finding.detector)
          ? { type_id: 3, type: 'Statistical' }
          : { type_id: 2, type: 'Behavioral' }),
      },
      related_events: [
        ...evidence.exchanges.map((uid) => ({ uid, type: 'API Activity: Unknown', type_uid: API_ACTIVITY * 100 })),
        ...(finding.cause === undefined
          ? []
          : [{ uid: finding.cause, type: 'Detection Finding: Create', type_uid: CLASS * 100 + 1 }]),
      ],
      related_events_count: evidence.count,
    },
    evidences: [evidenceOf(finding)],
    ...(measure && {
      anomaly_analyses: [
        {
          analysis_target: subject.identity?.name ?? subject.connection ?? 'organisation',
          analysis_target_type: subject.identity ? 'identity' : 'connection',
          anomalies: [
            {
              observation_type: 'Frequency Analysis',
              observed_attribute: measure.unit,
              observations: [{ value: String(measure.observed), timespan: { duration: Math.round(measure.window) } }],
            },
          ],
          baselines: [
            {
              observation_type: 'Frequency Analysis',
              observed_attribute: measure.unit,
              observations: [
                { value: `${measure.low} to ${measure.high}`, timespan: { duration: Math.round(measure.window) } },
              ],
            },
          ],
        },
      ],
    }),
    ...(subject.connection !== undefined && {
      resources: [{ type: 'Datadog organisation', uid: subject.connection, name: subject.connection }],
    }),
    metadata: {
      version: '1.8.0',
      product: { name: 'Dogwatch', vendor_name: 'Dogwatch', version, feature: { name: 'watch' } },
      uid: finding.id,
      log_name: 'dogwatch journal',
      sequence: finding.leaf,
      correlation_uid: finding.cause ?? finding.id,
    },
    unmapped: {
      detector: finding.detector,
      score: finding.score,
      session: subject.session,
      family: subject.family,
      query: evidence.query,
      decisions,
    },
  };
}

/** What was done, and by whom, as far as the finding tells it apart. */
function evidenceOf({ subject, evidence }: FoundFinding): object {
  const { identity, session, operation, family } = subject;
  return {
    uid: evidence.exchanges[0],
    actor: {
      ...(identity
        ? {
            user: { name: identity.name, uid: identity.subject, domain: identity.issuer },
            idp: { name: identity.issuer, uid: identity.issuer },
          }
        : { app_name: 'several' }),
      ...(session !== undefined && { session: { uid: session } }),
    },
    api: { operation: operation ?? family ?? 'several', service: { name: 'Datadog' } },
    data: { query: evidence.query, count: evidence.count },
  };
}
