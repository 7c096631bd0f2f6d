// What a detector noticed, what people decided about it, and what was done: findings, suppressions, containments, as plain data.

/** What notices. The first four watch rates; the others watch what is done, and in which order. */
export const DETECTORS = [
  'surge',
  'ramp',
  'shift',
  'silence',
  'novelty',
  'enumeration',
  'errors',
  'volume',
  'bulk-change',
  'blinding',
  'cost',
  'secrets',
  'unusual-hours',
  'probing',
] as const;
export type Detector = (typeof DETECTORS)[number];

/** Most urgent last. */
export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** `open` and `acknowledged` may still grow; `dismissed` and `resolved` are over. */
export const FINDING_STATES = ['open', 'acknowledged', 'dismissed', 'resolved'] as const;
export type FindingState = (typeof FINDING_STATES)[number];

/** What a finding is about; what is absent was not told apart. */
export interface FindingSubject {
  readonly identity?: { readonly issuer: string; readonly subject: string; readonly name: string };
  readonly connection?: string;
  readonly session?: string;
  /** Operation family: the API group of the catalogue, `Metrics`, `Monitors`, or `unknown`. */
  readonly family?: string;
  readonly operation?: string;
}

/** What was counted, beside what is usual. */
export interface FindingMeasure {
  readonly observed: number;
  /** The usual range, both ends included. */
  readonly low: number;
  readonly high: number;
  /** What is counted, in words: `metric queries`, `bytes read`, `refusals`. */
  readonly unit: string;
  /** Milliseconds over which it was counted. */
  readonly window: number;
}

/** One point of the rate around an episode: what was counted in the bin that begins at `time`, and what was expected. */
export interface RatePoint {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly observed: number;
  readonly low: number;
  readonly high: number;
}

/** One episode that a detector noticed. Grows while it lasts. */
export interface Finding {
  /** UUIDv7. */
  readonly id: string;
  readonly detector: Detector;
  readonly severity: Severity;
  /** 0 to 100: how unusual it is. */
  readonly score: number;
  /** One line with numbers: `412 metric queries in 60 s by ci/agent-7; usual for this hour: 3 to 9`. */
  readonly title: string;
  /** One to three sentences: what was seen, why that is unusual, what it may mean. */
  readonly reason: string;
  readonly subject: FindingSubject;
  /** Milliseconds since the epoch: the first exchange that was too much, the latest one, and the end once it is over. */
  readonly started: number;
  readonly latest: number;
  readonly ended?: number;
  /** When the detector noticed. */
  readonly noticed: number;
  readonly measure?: FindingMeasure;
  /** Around the episode, oldest first, at most 240 points of equal width. */
  readonly rate?: { readonly width: number; readonly points: readonly RatePoint[] };
  readonly evidence: {
    /** Exchange ids, the first and the latest ones, at most 50. */
    readonly exchanges: readonly string[];
    /** How many exchanges belong to it in all. */
    readonly count: number;
    /** A query of the search language that finds them. */
    readonly query: string;
  };
  /** The id of the finding that this one shares its cause with: the first one noticed. */
  readonly cause?: string;
}

/** What people, or time, did to a finding. */
export interface FindingDecision {
  readonly finding: string;
  readonly state: FindingState;
  readonly reason?: string;
  /** Undefined: it ended by itself. */
  readonly who?: { readonly id: string; readonly name: string };
  readonly time: number;
}

/** What is not told any more after a dismissal: findings that match all of what is given. */
export interface Suppression {
  readonly id: string;
  readonly detector?: Detector;
  /** `issuer#subject` */
  readonly identity?: string;
  readonly connection?: string;
  readonly family?: string;
  readonly operation?: string;
  readonly reason: string;
  /** The finding whose dismissal taught it. */
  readonly finding?: string;
  readonly by: { readonly id: string; readonly name: string };
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly expires: number;
}

/** What an identity or a session may still do, the mildest first. */
export const CONTAINMENT_LEVELS = ['throttle', 'read-only', 'approval', 'quarantine'] as const;
export type ContainmentLevel = (typeof CONTAINMENT_LEVELS)[number];

/** A bound put upon an identity or a session, by hand or by a rule; in effect with its next request. */
export interface Containment {
  readonly id: string;
  readonly level: ContainmentLevel;
  /** One of both: `issuer#subject`, or a session id. */
  readonly identity?: string;
  readonly session?: string;
  /** Calls per minute, of `throttle`. */
  readonly rate?: number;
  readonly reason: string;
  readonly finding?: string;
  /** Who did it: a person, or the rule of the configuration. */
  readonly by: { readonly id: string; readonly name: string } | { readonly rule: string };
  /** Milliseconds since the epoch. Absent: until it is released; those of rules always end. */
  readonly created: number;
  readonly expires?: number;
}
