// The words of findings: detectors and what was counted, as every page says them.
import type { Finding } from '../api/types.ts';
import { bytes, count, duration } from '../design/format.ts';

export type Detector = Finding['detector'];
export type FindingState = Finding['state'];
export type Measure = NonNullable<Finding['measure']>;

export const SEVERITIES = [
  'critical',
  'high',
  'medium',
  'low',
  'info',
] as const satisfies readonly Finding['severity'][];

const DETECTORS: Readonly<Record<Detector, readonly [string, string]>> = {
  surge: ['surge', 'Many more calls than usual, within seconds'],
  ramp: ['ramp', 'A rate that climbs over hours'],
  shift: ['lasting shift', 'A rate that stays at another level than before'],
  silence: ['silence', 'Calls that always come do not'],
  novelty: ['something new', 'First use of a connection, network, client, family or operation'],
  enumeration: ['enumeration', 'Many different things read, or not found, in a short time'],
  errors: ['errors', 'Refusals, rate limits or failures far above the usual'],
  volume: ['volume read', 'Far more data read than usual'],
  'bulk-change': ['bulk change', 'Many resources changed, created or deleted in a short time'],
  blinding: ['blinding', 'What watches was deleted, muted or narrowed'],
  cost: ['cost', 'A change of what Datadog will cost'],
  secrets: ['secrets', 'Keys shown or made, or much read of what holds secrets'],
  'unusual-hours': ['unusual hours', 'Activity outside of the hours that an identity keeps'],
  probing: ['probing', 'Refused, then tried in other ways'],
};
export const DETECTOR_NAMES = Object.keys(DETECTORS) as Detector[];
export const detectorInWords = (detector: Detector): string => DETECTORS[detector][0];

/** What it notices. */
export const detectorMeans = (detector: Detector): string => DETECTORS[detector][1];

/** An amount of what was counted: `412`, `6.7 MiB`. */
export const amountText = (value: number, unit: string): string =>
  unit.startsWith('bytes') ? bytes(value) : Number.isInteger(value) ? count(value) : value.toFixed(1);

/** `3 to 9`, `at most 9`. */
export function rangeText({ low, high, unit }: Pick<Measure, 'low' | 'high' | 'unit'>): string {
  if (low === high) return high === 0 ? 'none' : amountText(high, unit);
  return low <= 0 ? `at most ${amountText(high, unit)}` : `${amountText(low, unit)} to ${amountText(high, unit)}`;
}

/** `412 metric queries in 1 min; usual: 3 to 9`. */
export const measureText = (measure: Measure): string =>
  `${amountText(measure.observed, measure.unit)}${measure.unit.startsWith('bytes') ? measure.unit.slice(5) : ` ${measure.unit}`} in ${duration(measure.window)}; usual: ${rangeText(measure)}`;

/** The words of a filter for one identity: its name is enough for a person, `issuer#subject` is exact. */
export const identityKey = (identity: NonNullable<Finding['subject']['identity']>): string =>
  `${identity.issuer}#${identity.subject}`;
