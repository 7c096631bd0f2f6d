// Findings as detectors tell them, for tests.
import { newId } from '../../src/exchange/canonical.ts';
import type { Finding, FindingState } from '../../src/exchange/finding.ts';

/** A surge of metric queries by ci/agent-7. */
export function findingOf(overrides: Partial<Finding> = {}): Finding {
  const started = overrides.started ?? Date.parse('2026-11-22T10:00:00Z');
  return {
    id: newId(),
    detector: 'surge',
    severity: 'high',
    score: 91,
    title: '412 metric queries in 60 s by ci/agent-7; usual for this hour: 3 to 9',
    reason: 'It asks far more often than at this hour of other days. A loop does that.',
    subject: {
      identity: { issuer: 'https://idp', subject: 'agent-7', name: 'ci/agent-7' },
      connection: 'main',
      session: 'nightly~7',
      family: 'Metrics',
    },
    started,
    latest: started + 60_000,
    noticed: started + 1_000,
    measure: { observed: 412, low: 3, high: 9, unit: 'metric queries', window: 60_000 },
    rate: {
      width: 10_000,
      points: Array.from({ length: 12 }, (_, at) => ({
        time: started - 60_000 + at * 10_000,
        observed: at < 6 ? at % 3 : 60 + at,
        low: 0,
        high: 2,
      })),
    },
    evidence: { exchanges: [], count: 412, query: 'subject:agent-7 op:v1.QueryMetrics' },
    ...overrides,
  };
}

/** What an entry `finding.decided` says. */
export const decidedOf = (finding: string, state: FindingState, reason?: string) => ({
  who: { id: 'https://idp#ada', name: 'Ada', groups: [] },
  what: `${state} ${finding}`,
  details: { finding, state },
  decision: {
    finding,
    state,
    ...(reason !== undefined && { reason }),
    who: { id: 'https://idp#ada', name: 'Ada' },
    time: 1,
  },
});
