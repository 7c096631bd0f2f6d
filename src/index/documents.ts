// What of an entry is searchable as text: its bodies, and what the summary says in words.
import type { AuditEvent, LifecycleEvent, RefusedToken } from '../exchange/entry.ts';
import type { BodyInfo, ChunkSummary, ExchangeIntent, ExchangeOutcome, Header } from '../exchange/exchange.ts';
import type { Finding } from '../exchange/finding.ts';
import { type BodyText, bodyText, SEARCHABLE_BYTES } from './body-text.ts';
import { enriched } from './enrich.ts';
import { type StoredParts, summaryOf } from './row.ts';

/** Where entries come from: the journal's reader. */
export interface EntrySource {
  /** Durable leaves known of. */
  readonly size: number;
  refresh(size?: number): Promise<void>;
  read(leaf: number): Promise<StoredParts>;
  /** Entries in order, some at a time, from `from` (inclusive) to `to` (exclusive, at most the size). */
  batches(from: number, to?: number): AsyncIterable<readonly StoredParts[]>;
}

/** The searchable text of one row, as of one entry. */
export interface TextDocument {
  /** What the summary says in words: path, names, ids, operation, errors. */
  readonly words: string;
  readonly titles: readonly string[];
  readonly queries: readonly string[];
  readonly bodies: readonly BodyText[];
}

/** An entry with its summary read; `intent` is that of an outcome's exchange, when it can be had. */
export interface ReadEntry {
  readonly entry: StoredParts;
  readonly summary: unknown;
  readonly intent?: ReadEntry;
}

/** The text of an exchange, an intent, an outcome with its intent, or any other entry but chunks. */
export async function documentOf(read: ReadEntry, source: EntrySource): Promise<TextDocument | undefined> {
  try {
    return await textDocument(read, source);
  } catch (error) {
    // What the journal cannot give now may be had later; a summary of an unknown shape has no text.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

async function textDocument(
  { entry, summary, intent }: ReadEntry,
  source: EntrySource,
): Promise<TextDocument | undefined> {
  switch (entry.kind) {
    case 'exchange.chunk':
      return undefined;
    case 'exchange':
      if (summary === undefined) return undefined;
      return exchangeText(summary as ExchangeIntent, summary as ExchangeOutcome, entry, entry, source);
    case 'exchange.intent':
      if (summary === undefined) return undefined;
      return exchangeText(summary as ExchangeIntent, undefined, entry, undefined, source);
    case 'exchange.outcome':
      if (summary === undefined || intent?.summary === undefined) return undefined;
      return exchangeText(intent.summary as ExchangeIntent, summary as ExchangeOutcome, intent.entry, entry, source);
    default:
      return summary === undefined ? undefined : { words: eventWords(summary), titles: [], queries: [], bodies: [] };
  }
}

async function exchangeText(
  intent: ExchangeIntent,
  outcome: ExchangeOutcome | undefined,
  request: StoredParts,
  response: StoredParts | undefined,
  source: EntrySource,
): Promise<TextDocument> {
  const { classification, identity, client } = intent;
  const told = { resources: [...classification.resources, ...(outcome?.resources ?? [])], asked: classification.asked };
  const { resources, asked } = enriched(told, { intent, first: request, outcome, last: response });
  const words: string[] = [unescapePercent(intent.request.target), classification.operation, ...(asked.metrics ?? [])];
  if (identity) words.push(identity.name, identity.subject, identity.email ?? '');
  for (const resource of resources) words.push(`${resource.kind}/${resource.id}`, resource.title ?? '');
  for (const said of [client.agent, client.userAgent, outcome?.error?.message])
    if (said !== undefined) words.push(said);
  const bodies: BodyText[] = [];
  const body = async (part: Uint8Array | undefined, headers: readonly Header[], info: BodyInfo): Promise<void> => {
    const bytes = info.chunks ? await joined(info.chunks, intent.exchange, source) : part;
    const text = bytes && bytes.length > 0 ? await bodyText(bytes, headers, info) : undefined;
    if (text) bodies.push(text);
  };
  await body(request.parts.request, intent.request.headers, intent.request.body);
  if (outcome?.response) await body(response?.parts.response, outcome.response.headers, outcome.response.body);
  return {
    // What stands on different lines is never one phrase.
    words: words.join('\n'),
    titles: resources.flatMap((resource) => resource.title ?? []),
    queries: classification.asked.queries ?? [],
    bodies,
  };
}

/** The beginning of a body that was recorded in chunks. */
async function joined(leaves: readonly number[], exchange: string, source: EntrySource): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (const leaf of leaves) {
    if (size >= SEARCHABLE_BYTES || leaf >= source.size) break;
    const entry = await source.read(leaf);
    if ((summaryOf(entry) as ChunkSummary | undefined)?.exchange !== exchange) break;
    const bytes = entry.parts.request ?? entry.parts.response;
    if (!bytes) continue; // The head of an event stream, without a body.
    chunks.push(bytes);
    size += bytes.length;
  }
  return Buffer.concat(chunks);
}

function eventWords(summary: unknown): string {
  const event = summary as Partial<AuditEvent & LifecycleEvent & RefusedToken & Finding>;
  const words: unknown[] = [
    event.what,
    event.code,
    event.reason,
    event.userAgent,
    event.claimed?.issuer,
    event.claimed?.subject,
  ];
  const { identity, family } = event.subject ?? {};
  words.push(event.id, event.title, event.detector, event.severity, identity?.name, identity?.subject, family);
  words.push(event.who?.name, event.who?.id, event.exchange, ...Object.values(event.details ?? {}).flat());
  return words.filter((word) => word !== undefined && word !== '').join('\n');
}

/** Percent-encoding undone where it is UTF-8 (RFC 3986 section 2.1); a plus in a query is a space. */
function unescapePercent(target: string): string {
  if (!/[%+]/.test(target)) return target;
  try {
    return decodeURIComponent(target.replaceAll('+', ' '));
  } catch {
    return target;
  }
}
