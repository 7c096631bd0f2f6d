// Which exchanges belong to an episode: as a predicate over what is observed, and as a query of the search language that finds the same.
import type { Action } from '../exchange/operation.ts';
import type { Observation } from './observation.ts';

/** Everything that is given must hold. Plain data, which outlives restarts. */
export interface Members {
  readonly caller?: { readonly issuer: string; readonly subject: string };
  readonly connection?: string;
  readonly source?: string;
  /** Of a family, or of operations of which such a fact holds: the query names the operations seen. */
  readonly family?: string;
  readonly fact?: 'searches' | 'secrets' | 'blinding' | 'cost';
  readonly operation?: string;
  readonly resourceKind?: string;
  readonly actions?: readonly Action[];
  /** Statuses, `5xx` for all of 500 to 599. */
  readonly statuses?: readonly (number | '5xx')[];
  /** Only calls that were sent to Datadog, and those of them that Datadog answered without an error. */
  readonly sent?: true;
  readonly succeeded?: true;
  readonly refusedTokens?: true;
  /** Only those that a detector names one by one. */
  readonly listed?: true;
}

/** What is looked at to see whether it belongs. */
export interface Candidate
  extends Pick<
    Observation,
    'refusedToken' | 'caller' | 'connection' | 'source' | 'facts' | 'operation' | 'action' | 'outcome' | 'status'
  > {
  readonly resources: readonly { readonly kind: string }[];
}

/** Operations that a query names at most, and ids. */
export const MOST_OPERATIONS = 60;
export const MOST_LISTED = 50;

/** Does it belong? Of `listed` nothing does by itself. */
export function isMember(members: Members, o: Candidate): boolean {
  if (members.listed) return false;
  if (o.refusedToken !== (members.refusedTokens ?? false)) return false;
  const { caller } = members;
  if (caller && (o.caller?.subject !== caller.subject || o.caller.issuer !== caller.issuer)) return false;
  if (members.connection !== undefined && o.connection !== members.connection) return false;
  if (members.source !== undefined && o.source !== members.source) return false;
  if (members.family !== undefined && o.facts.family !== members.family) return false;
  if (members.fact !== undefined && !o.facts[members.fact]) return false;
  if (members.operation !== undefined && o.operation !== members.operation) return false;
  if (members.actions && (o.action === undefined || !members.actions.includes(o.action))) return false;
  if (members.sent && o.outcome === 'refused') return false;
  if (members.succeeded && !hasSucceeded(o)) return false;
  if (members.statuses && !hasStatus(members.statuses, o.status)) return false;
  const { resourceKind } = members;
  if (resourceKind !== undefined && !o.resources.some(({ kind }) => kind === resourceKind)) return false;
  return true;
}

export const hasStatus = (statuses: readonly (number | '5xx')[], status: number): boolean =>
  statuses.some((each) => (each === '5xx' ? status >= 500 && status < 600 : each === status));

export const hasSucceeded = ({ outcome, status }: Pick<Observation, 'outcome' | 'status'>): boolean =>
  outcome === 'complete' && status > 0 && status < 400;

/** Must the operations that were seen stand in the query? */
export const namesOperations = ({ family, fact }: Members): boolean => family !== undefined || fact !== undefined;

export interface QueryFacts {
  /** Milliseconds since the epoch, both included. */
  readonly from: number;
  readonly to: number;
  readonly operations: readonly string[];
  /** Of `listed`. */
  readonly exchanges: readonly string[];
}

/** The query that finds them (docs/search.md). */
export function queryOf(members: Members, { from, to, operations, exchanges }: QueryFacts): string {
  if (members.listed) return `id:${oneOf(exchanges.slice(0, MOST_LISTED))}`;
  const terms: string[] = [];
  if (members.refusedTokens) terms.push('kind:identity.refused');
  const { caller, connection, source, operation, resourceKind, actions, statuses } = members;
  if (caller) terms.push(`issuer:${quoted(caller.issuer)}`, `subject:${quoted(caller.subject)}`);
  if (connection !== undefined) terms.push(`connection:${quoted(connection)}`);
  if (source !== undefined) terms.push(`source:${quoted(source)}`);
  if (operation !== undefined) terms.push(`op:${quoted(operation)}`);
  else if (namesOperations(members)) terms.push(`op:${oneOf(operations.map(quoted))}`);
  if (resourceKind !== undefined) terms.push(`resource:${quoted(resourceKind)}`);
  if (actions) terms.push(`action:${oneOf(actions)}`);
  if (statuses) terms.push(`status:${oneOf(statuses.map(String))}`);
  if (members.sent) terms.push('-outcome:refused');
  if (members.succeeded) terms.push('outcome:complete', 'status:<400');
  terms.push(`time:["${new Date(from).toISOString()}" TO "${new Date(to).toISOString()}"]`);
  return terms.join(' ');
}

const oneOf = (values: readonly string[]): string =>
  values.length === 1 ? (values[0] ?? '') : `(${values.join(' OR ')})`;

/** A value as the language reads it; of one that is longer than it takes, the beginning. */
const quoted = (text: string): string =>
  text.length <= LONGEST
    ? `"${text.replace(/["\\]/g, '\\$&')}"`
    : `${text.slice(0, LONGEST).replace(/[^\w./-]/g, '\\$&')}*`;

const LONGEST = 400;
