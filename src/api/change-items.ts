// One change as the answers to questions tell it: who, when, which resource, what is different, and how much attention it deserves.
import type { Change, PatchOperation } from '../change/diff.ts';
import { fieldPathOf } from '../change/path.ts';
import type { Effect } from '../datadog/restore.ts';
import type { Action, Resource, RiskLevel, RiskTag } from '../exchange/operation.ts';
import { RISK_LEVELS } from '../exchange/operation.ts';
import type { Row, RowIdentity } from '../index/search-index.ts';
import { type EntryReader, readExchange } from './read-exchange.ts';
import {
  changesOf,
  compare,
  type ExchangeChanges,
  type Made,
  type ResourceChange,
  type ResourceState,
} from './resource-changes.ts';

/** A state without its value. */
export type ToldState = { readonly state: 'there' | 'absent' } | { readonly state: 'unknown'; readonly why: string };

export interface ChangeItem {
  readonly type: 'change';
  readonly exchange: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly identity?: RowIdentity;
  readonly client: Row['client'];
  readonly session?: string;
  readonly connection?: string;
  readonly operation: string;
  readonly action: Action;
  readonly risk: RiskLevel;
  readonly tags: readonly RiskTag[];
  readonly outcome: string;
  readonly status?: number;
  readonly error?: string;
  readonly made: Made;
  readonly resource: Resource;
  readonly effect: Effect;
  readonly before: ToldState;
  readonly after: ToldState;
  /** What is different, without what Datadog makes itself; absent unless both states are known and there. */
  readonly changes?: readonly Change[];
  /** All of it, as RFC 6902. */
  readonly patch?: readonly PatchOperation[];
  readonly serverMade?: number;
  /** What it reaches besides: the monitor that a downtime silences. */
  readonly reaches: readonly Resource[];
  /** How much attention it deserves, and why; the highest first. */
  readonly score: number;
  readonly reasons: readonly string[];
}

/** A row with what it changed, read from the journal. */
export interface ReadChange {
  readonly row: Row;
  readonly read: ExchangeChanges;
  readonly items: readonly ChangeItem[];
}

/** Reads what a row changed; undefined when it was erased. */
export async function readChange(reader: EntryReader, row: Row): Promise<ReadChange | undefined> {
  try {
    const found = await readExchange(reader, row);
    const read = await changesOf(found);
    return { row, read, items: read.changes.map((change) => itemOf(row, read, change)) };
  } catch (error) {
    if ((error as { code?: unknown }).code === 'erased') return undefined;
    throw error;
  }
}

export const told = (state: ResourceState): ToldState => (state.state === 'unknown' ? state : { state: state.state });

function itemOf(row: Row, { made, resources }: ExchangeChanges, change: ResourceChange): ChangeItem {
  const { resource, effect, before, after } = change;
  const compared = compare(resource.kind, before, after);
  const { score, reasons } = attention(row, effect, compared?.changes ?? []);
  return {
    type: 'change',
    exchange: row.id,
    time: row.time,
    ...(row.identity && { identity: row.identity }),
    client: row.client,
    ...(row.session !== undefined && { session: row.session }),
    ...(row.connection !== undefined && { connection: row.connection }),
    operation: row.operation ?? '',
    action: row.action ?? 'execute',
    risk: row.risk ?? 'low',
    tags: row.tags,
    outcome: row.outcome ?? 'pending',
    ...(row.status !== undefined && { status: row.status }),
    ...(row.error !== undefined && { error: row.error }),
    made,
    resource,
    effect,
    before: told(before),
    after: told(after),
    ...(compared && before.state === 'there' && after.state === 'there' && compared),
    reaches: resources.filter(({ kind, id }) => kind !== resource.kind || id !== resource.id),
    score,
    reasons,
  };
}

/** Fields of which a change decides whether somebody is told, what is kept, or who may do what. */
const TELLING: readonly (readonly [RegExp, string])[] = [
  [/threshold/, 'a threshold'],
  [/(?:^|\.)(?:query|queries|filter|exclusion_filters?|scope|search)\b/, 'what it looks at'],
  [/mute|silence|enabled|disabled|paused|is_active|status$/, 'whether it works'],
  [/notif|message|recipients|handles|escalation/, 'who is told'],
  [/retention|daily_limit|sample|sampling|rehydration/, 'what is kept'],
  [/role|permission|restrict|allowlist|grant/, 'who may'],
];
const BY_RISK = 10;
const BY_TAG: Readonly<Record<RiskTag, number>> = { blindness: 15, secrets: 12, cost: 8, 'sensitive-read': 4 };

/** Riskiest first: by the operation's class, what it touches, and which fields were altered. */
function attention(
  { risk = 'low', tags }: Row,
  effect: Effect,
  changes: readonly Change[],
): { score: number; reasons: string[] } {
  let score = RISK_LEVELS.indexOf(risk) * BY_RISK;
  const reasons: string[] = risk === 'low' ? [] : [`${risk} risk`];
  for (const tag of tags) {
    score += BY_TAG[tag];
    reasons.push(tag);
  }
  if (effect === 'delete') {
    score += 10;
    reasons.push('a deletion');
  }
  for (const [pattern, what] of TELLING) {
    if (!changes.some(({ path }) => pattern.test(fieldPathOf(path)))) continue;
    score += 6;
    reasons.push(`changes ${what}`);
  }
  return { score, reasons };
}
