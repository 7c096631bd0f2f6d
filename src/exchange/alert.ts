// Alerts as plain data: the routes that tell people of findings, and what became of each message.
import type { Detector, Severity } from './finding.ts';

/** Where a route leads. */
export const ALERT_TARGETS = [
  'webhook',
  'slack',
  'teams',
  'pagerduty',
  'email',
  'datadog',
  'syslog',
  'command',
] as const;
export type AlertTarget = (typeof ALERT_TARGETS)[number];

/** Why a message goes out: a finding opened, became more severe, led to a containment, ended; or somebody tries the route. */
export const ALERT_EVENTS = ['opened', 'raised', 'contained', 'ended', 'test'] as const;
export type AlertEvent = (typeof ALERT_EVENTS)[number];

/** A route of the configuration, without secrets. */
export interface AlertRoute {
  readonly name: string;
  readonly to: AlertTarget;
  /** The host, connection or program behind it. */
  readonly where: string;
  readonly match: {
    /** At least. */
    readonly severity: Severity;
    readonly detectors?: readonly Detector[];
    readonly identities?: readonly string[];
    readonly connections?: readonly string[];
  };
  /** What is told beside the opening of a finding. */
  readonly events: readonly AlertEvent[];
}

/** `pending`: it will be tried (again) at `next`. `dead`: it was given up, is kept, and can be sent again. */
export const DELIVERY_STATES = ['pending', 'delivered', 'dead'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One message on its way by one route. At least once: a receiver knows a repetition by the id. */
export interface Delivery {
  /** UUIDv7. */
  readonly id: string;
  readonly route: string;
  readonly event: AlertEvent;
  readonly state: DeliveryState;
  /** The finding it tells of; absent for a test. */
  readonly finding?: string;
  readonly severity: Severity;
  readonly title: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly attempts: number;
  /** Milliseconds since the epoch: of the next attempt, when it is pending. */
  readonly next?: number;
  /** Milliseconds since the epoch: when it was delivered or given up. */
  readonly ended?: number;
  /** Why the last attempt failed. */
  readonly problem?: string;
}
