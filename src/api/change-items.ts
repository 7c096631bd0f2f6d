// One change as the answers to questions tell it: who, when, which resource, what is different, and how much attention it deserves.
import type { Change } from '../change/diff.ts';
import { fieldPathOf } from '../change/path.ts';
import type { Effect } from '../datadog/restore.ts';
import type { Action, Resource, RiskLevel, RiskTag } from '../exchange/operation.ts';
import { RISK_LEVELS } from '../exchange/operation.ts';
import type { Row, RowIdentity } from '../index/search-index.ts';
import { type EntryReader, readExchange } from './read-exchange.ts';
import { changesOf, type ExchangeChanges, type ResourceChange } from './resource-changes.ts';
import { type ToldChange, toldChange } from './told-changes.ts';

export interface ChangeItem extends ToldChange {
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

function itemOf(row: Row, { made, resources }: ExchangeChanges, change: ResourceChange): ChangeItem {
  const { resource, effect, difference } = change;
  const { score, reasons } = attention(row, effect, difference?.changes ?? []);
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
    ...toldChange(change, made),
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
