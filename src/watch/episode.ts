// One episode: what is known of it while it lasts, and what it takes in of the exchanges that belong to it.
import type { Finding, Severity } from '../exchange/finding.ts';
import { type Members, MOST_OPERATIONS, namesOperations } from './members.ts';
import type { Noted } from './recent.ts';

/** One episode while it lasts. Plain data: it is a part of the state that outlives restarts. */
export interface Episode {
  /** Id of its finding. */
  id: string;
  readonly detector: Finding['detector'];
  /** Group and key of its signals. */
  readonly key: string;
  /** `issuer#subject` */
  readonly caller: string | undefined;
  readonly subject: Finding['subject'];
  readonly members: Members;
  readonly noticed: number;
  started: number;
  latest: number;
  /** When it is over unless a signal comes; undefined: when the detector says so. */
  until: number | undefined;
  readonly rate: string | undefined;
  size: number;
  severity: Severity;
  score: number;
  title: string;
  reason: string;
  measure: Finding['measure'];
  count: number;
  operations: string[];
  first: string[];
  last: string[];
  cause: string | undefined;
  /** Nothing is told of it: suppressed, dismissed, or one of a flood. */
  muted: boolean;
  /** What was told last, and when. */
  told: { time: number; severity: Severity; count: number } | undefined;
}

/** Exchange ids that are kept of the beginning, and of the end. */
const KEPT = 25;
/** Takes an exchange into the evidence. One whose operation the query could not name any more is left out. */
export function note(episode: Episode, o: Noted): void {
  const { operation } = o;
  if (namesOperations(episode.members) && operation !== undefined && !episode.operations.includes(operation)) {
    if (episode.operations.length >= MOST_OPERATIONS) return;
    episode.operations.push(operation);
  }
  episode.count++;
  if (o.time > episode.latest) episode.latest = o.time;
  if (episode.first.length < KEPT) episode.first.push(o.id);
  else {
    episode.last.push(o.id);
    if (episode.last.length > KEPT) episode.last.shift();
  }
}

/** Without what else a detector's caller has. */
export function plain({ caller, ...members }: Members): Members {
  return caller ? { ...members, caller: { issuer: caller.issuer, subject: caller.subject } } : members;
}
