// Findings against OCSF's definition of the class Detection Finding, version 1.8.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingOf } from '../../test/harness/findings.ts';
import { DETECTORS, FINDING_STATES, SEVERITIES } from '../exchange/finding.ts';
import type { FoundFinding } from '../index/findings.ts';
import { activityOf, findingToOcsf } from './ocsf-finding.ts';

/**
 * What the schema requires: of the class, its base event, and the objects that are written. A slash separates attributes of which one
 * must be there.
 */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  '': ['activity_id', 'category_uid', 'class_uid', 'finding_info', 'metadata', 'severity_id', 'time', 'type_uid'],
  metadata: ['product', 'version'],
  'metadata.product': ['name/uid'],
  'metadata.product.feature': ['name/uid'],
  finding_info: ['uid'],
  'finding_info.analytic': ['type_id', 'name/uid'],
  'finding_info.related_events': ['uid'],
  evidences: ['actor/api/data/resources/user'],
  'evidences.actor': ['process/user/invoked_by/session/app_name/app_uid'],
  'evidences.actor.user': ['account/name/uid'],
  'evidences.actor.idp': ['name/uid'],
  'evidences.actor.session': ['uid'],
  'evidences.api': ['operation'],
  'evidences.api.service': ['name/uid'],
  resources: ['name/uid'],
  anomaly_analyses: ['analysis_target', 'anomalies'],
  'anomaly_analyses.anomalies': ['observations', 'observed_attribute'],
  'anomaly_analyses.anomalies.observations': ['value'],
  'anomaly_analyses.baselines': ['observations', 'observed_attribute'],
  'anomaly_analyses.baselines.observations': ['value'],
};
type Json = Record<string, unknown>;

function objectsAt(value: unknown, path: readonly string[]): Json[] {
  if (Array.isArray(value)) return value.flatMap((item) => objectsAt(item, path));
  if (value === undefined) return [];
  const [first, ...rest] = path;
  return first === undefined ? [value as Json] : objectsAt((value as Json)[first], rest);
}

const found = (overrides: Partial<FoundFinding> = {}): FoundFinding => ({
  ...findingOf({ evidence: { exchanges: ['a', 'b'], count: 412, query: 'subject:agent-7' } }),
  state: 'open',
  decisions: [],
  leaf: 7,
  ...overrides,
});

test('a finding is an OCSF Detection Finding with every attribute that is required', () => {
  const { measure: _measure, ...uncounted } = found();
  const all = [
    ...DETECTORS.map((detector) => found({ detector })),
    ...SEVERITIES.map((severity) => found({ severity })),
    ...FINDING_STATES.map((state) => found({ state })),
    { ...uncounted, subject: {}, evidence: { exchanges: [], count: 0, query: '' } },
    found({ cause: 'c', ended: Date.now() }),
  ];
  for (const finding of all)
    for (const activity of ['create', 'update', 'close'] as const) {
      const event = JSON.parse(JSON.stringify(findingToOcsf(finding, activity, '1.0'))) as Json;
      for (const [path, names] of Object.entries(REQUIRED))
        for (const object of objectsAt(event, path === '' ? [] : path.split('.')))
          for (const name of names)
            assert.ok(
              name.split('/').some((one) => object[one] !== undefined),
              `${path}: ${name}`,
            );
      assert.deepEqual([event.category_uid, event.class_uid], [2, 2004]);
      assert.equal(event.type_uid, 200_400 + Number(event.activity_id));
      assert.ok([1, 2, 3].includes(Number(event.activity_id)));
      assert.ok([1, 2, 3, 4, 5].includes(Number(event.severity_id)));
      assert.ok([1, 2, 3, 4].includes(Number(event.status_id)));
      assert.equal(event.time, finding.noticed, 'when it was created, in milliseconds');
    }
});

test('severity, status and activity are those that the finding has', () => {
  const event = findingToOcsf(found({ severity: 'low', state: 'dismissed' }), 'close', '1.0') as Json;
  assert.deepEqual(
    [event.severity_id, event.severity, event.status_id, event.status, event.activity_id, event.is_alert],
    [2, 'Low', 3, 'Suppressed', 3, false],
  );
  assert.equal(activityOf(found()), 'create');
  assert.equal(activityOf(found({ state: 'resolved' })), 'close');
  assert.equal(activityOf(found({ state: 'open', decisions: [{ finding: 'x', state: 'open', time: 1 }] })), 'update');
  const [anomaly] = objectsAt(findingToOcsf(found(), 'create', '1'), ['anomaly_analyses', 'anomalies', 'observations']);
  assert.equal(anomaly?.value, '412');
});
