// What a call asked for, in full: metrics, tag filters, groups, searches and time range. For reading and indexing, after the
// call; what is judged on the data path is the short form in the classification.
import type { Resource } from '../exchange/operation.ts';
import { askedPieces } from './asked-in-bodies.ts';
import { operationByKey } from './catalogue.ts';
import { parseBody, queryValues, readyPlace, valuesAt } from './places.ts';
import { queryFacts } from './query/facts.ts';

export interface AskedSearch {
  /** What is searched: `logs`, `spans`, `rum`, `events`, `audit`, `service-check` …; by the name that the call gives. */
  readonly kind: string;
  readonly query: string;
  /** As written: milliseconds or seconds since the epoch, ISO 8601, or relative, `now-15m`. */
  readonly from?: string;
  readonly to?: string;
}

export interface AskedFor {
  readonly metrics: readonly string[];
  /** Tags of metric queries, `env:prod`; excluded ones with an exclamation mark, `!host:a`. */
  readonly filters: readonly string[];
  readonly groupBys: readonly string[];
  readonly searches: readonly AskedSearch[];
  /** The range of the whole call, as written. */
  readonly from?: string;
  readonly to?: string;
  /** Monitors and SLOs that queries refer to: those of a composite monitor, of an SLO alert. */
  readonly refersTo: readonly Resource[];
  /** Pieces of queries that could not be read, with the column in their query. */
  readonly unread: readonly { readonly at: number; readonly text: string }[];
}

const MAX_EACH = 1000;
const MAX_TEXT = 4096;
const MAX_UNREAD = 100;

/** What the kinds of the catalogue are called as a source of data. */
const SOURCES: Readonly<Record<string, string>> = {
  log: 'logs',
  span: 'spans',
  'rum-event': 'rum',
  event: 'events',
  'audit-event': 'audit',
  'ci-pipeline-event': 'ci_pipelines',
  'ci-test-event': 'ci_tests',
  'security-signal': 'security_signals',
  'security-finding': 'security_findings',
};
/** Where a call says from when to when, the first that is there. */
const FROM = ['query:from', 'query:from_ts', 'query:filter[from]', 'query:start', 'query:filter[timestamp][from]'];
const TO = ['query:to', 'query:to_ts', 'query:filter[to]', 'query:end', 'query:filter[timestamp][to]'];
const BODY_HOLDERS = ['filter', 'time', 'data.attributes.filter', 'data.attributes', 'data.attributes.search', ''];
/** Parameters of which the value is a metric's name, in path and query. */
const METRIC_PARAMETERS = new Set(['metric_name', 'metric']);

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const at = (value: unknown, path: string): unknown =>
  path.split('.').reduce((here, name) => (name === '' ? here : isObject(here) ? here[name] : undefined), value);
const scalar = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 64) : undefined;

class Gathered {
  readonly metrics = new Set<string>();
  readonly filters = new Set<string>();
  readonly groupBys = new Set<string>();
  readonly searches = new Map<string, AskedSearch>();
  readonly refersTo = new Map<string, Resource>();
  readonly unread: { at: number; text: string }[] = [];
  from: string | undefined;
  to: string | undefined;

  query(text: string): void {
    const facts = queryFacts(text);
    for (const metric of facts.metrics) this.metric(metric);
    addAll(this.filters, facts.filters);
    addAll(this.groupBys, facts.groupBys);
    for (const { source, query } of facts.searches) this.search(source, query);
    for (const id of facts.monitors) this.#refer('monitor', id);
    for (const id of facts.slos) this.#refer('slo', id);
    this.unread.push(...facts.unread.slice(0, MAX_UNREAD - this.unread.length));
  }

  metric(name: string): void {
    addAll(this.metrics, [name]);
  }

  search(kind: string, text: string, from = this.from, to = this.to): void {
    if (this.searches.size >= MAX_EACH || text.trim() === '') return;
    const query = text.slice(0, MAX_TEXT);
    const range = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
    const key = `${kind}\n${query}`;
    if (!this.searches.has(key)) this.searches.set(key, { kind, query, ...range });
  }

  #refer(kind: string, id: string): void {
    if (this.refersTo.size < MAX_EACH) this.refersTo.set(`${kind}/${id}`, { kind, id });
  }

  result(): AskedFor {
    return {
      metrics: [...this.metrics],
      filters: [...this.filters],
      groupBys: [...this.groupBys],
      searches: [...this.searches.values()],
      ...(this.from !== undefined && { from: this.from }),
      ...(this.to !== undefined && { to: this.to }),
      refersTo: [...this.refersTo.values()],
      unread: this.unread,
    };
  }
}

function addAll(set: Set<string>, values: readonly string[]): void {
  for (const value of values) if (set.size < MAX_EACH) set.add(value.slice(0, MAX_TEXT));
}

/**
 * What a call asks for: of reads what they look at, of writes what the monitor, dashboard, SLO or notebook being written will
 * look at. Never throws; bounded: of each list at most 1,000, of a text 4,096 characters.
 *
 * @param operationKey `v1.QueryMetrics`, `mcp.search_datadog_logs`
 * @param target path and query as recorded
 * @param body of the request as recorded, without content-encoding
 */
export function askedFor(operationKey: string, target: string, body?: Uint8Array): AskedFor {
  const found = new Gathered();
  const json = parseBody(body, false);
  if (operationKey.startsWith('mcp.')) askedOfMcp(json, found);
  else askedOfRest(operationKey, target, json, found);
  return found.result();
}

function askedOfRest(operationKey: string, target: string, json: unknown, found: Gathered): void {
  const mark = target.indexOf('?');
  const query = mark < 0 ? '' : target.slice(mark + 1);
  const inQuery = (name: string): string[] => attempt(() => queryValues(query, name, false)) ?? [];
  const inBody = (name: string): string | undefined => {
    for (const holder of BODY_HOLDERS) {
      const value = scalar(at(json, holder === '' ? name : `${holder}.${name}`));
      if (value !== undefined) return value;
    }
    return undefined;
  };
  found.from = firstOf(FROM, inQuery) ?? inBody('from');
  found.to = firstOf(TO, inQuery) ?? inBody('to');

  const operation = operationByKey(operationKey);
  const kind = operation === undefined ? 'search' : (SOURCES[operation.resource.kind] ?? operation.resource.kind);
  const read = (place: string): string[] => {
    const { from, name, steps } = readyPlace(place);
    return from === 'query' ? inQuery(name) : from === 'body' ? valuesAt(json, steps).map(({ value }) => value) : [];
  };
  for (const place of operation?.asked?.metrics ?? []) {
    // The queries of a body are told apart by their data source below.
    if (!place.startsWith('body:')) for (const text of read(place)) found.query(text);
  }
  for (const piece of askedPieces(json)) {
    if (piece.type === 'query') found.query(piece.text);
    else found.search(piece.kind, piece.text);
  }
  for (const place of operation?.asked?.queries ?? []) {
    if (place.includes('queries[]')) continue;
    for (const text of read(place)) found.search(place === 'query:event_query' ? 'events' : kind, text);
  }
  for (const text of inQuery('graph_def')) {
    for (const piece of askedPieces(parseBody(Buffer.from(text), false))) {
      if (piece.type === 'query') found.query(piece.text);
      else found.search(piece.kind, piece.text);
    }
  }
  if (operation?.resource.kind === 'metric')
    metricNamesOf(operation.path, mark < 0 ? target : target.slice(0, mark), found);
  for (const name of METRIC_PARAMETERS) {
    if (operation?.resource.kind === 'metric') for (const value of inQuery(name)) found.metric(value);
  }
}

function firstOf(places: readonly string[], inQuery: (name: string) => string[]): string | undefined {
  for (const place of places) {
    const value = inQuery(place.slice('query:'.length))[0];
    if (value !== undefined) return value.slice(0, 64);
  }
  return undefined;
}

/** The metric that a path names: `/api/v2/metrics/{metric_name}/tags`. */
function metricNamesOf(template: string, path: string, found: Gathered): void {
  const segments = path.split('/');
  for (const [index, part] of template.split('/').entries()) {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    const segment = segments[index];
    if (name === undefined || segment === undefined || !METRIC_PARAMETERS.has(name)) continue;
    const metric = attempt(() => decodeURIComponent(segment)) ?? segment;
    if (metric !== '') found.metric(metric);
  }
}

/** Of what a tool searches, by its name: the first that fits. */
const TOOL_SOURCES: readonly (readonly [RegExp, string])[] = [
  [/rum/, 'rum'],
  [/log/, 'logs'],
  [/span|trace/, 'spans'],
  [/audit/, 'audit'],
  [/signal/, 'security_signals'],
  [/event/, 'events'],
  [/monitor/, 'monitors'],
  [/dashboard/, 'dashboards'],
  [/incident/, 'incidents'],
  [/host/, 'hosts'],
  [/service/, 'services'],
  [/notebook/, 'notebooks'],
  [/metric/, 'metrics'],
];
const TOOL_FROM = ['from', 'start', 'start_time', 'from_timestamp'];
const TOOL_TO = ['to', 'end', 'end_time', 'to_timestamp'];
const MAX_MESSAGES = 100;

/** Calls of tools, JSON-RPC `tools/call`, one or a batch (MCP specification 2025-06-18). */
function askedOfMcp(json: unknown, found: Gathered): void {
  for (const message of (Array.isArray(json) ? json : [json]).slice(0, MAX_MESSAGES)) {
    if (at(message, 'method') !== 'tools/call') continue;
    const tool = at(message, 'params.name');
    const given = at(message, 'params.arguments');
    if (typeof tool === 'string' && isObject(given)) askedOfTool(tool, given, found);
  }
}

function askedOfTool(tool: string, given: Json, found: Gathered): void {
  const first = (names: readonly string[]): string | undefined =>
    names.map((name) => scalar(given[name])).find((value) => value !== undefined);
  const [from, to] = [first(TOOL_FROM), first(TOOL_TO)];
  found.from ??= from;
  found.to ??= to;
  const texts = (...names: string[]): string[] =>
    names.flatMap((name) => given[name]).filter((text): text is string => typeof text === 'string');
  const source = TOOL_SOURCES.find(([pattern]) => pattern.test(tool))?.[1] ?? tool.replace(/[^\w-]/g, '_').slice(0, 64);
  if (source === 'metrics') for (const text of texts('metric_name', 'metric')) found.metric(text);
  for (const text of texts('query', 'queries')) {
    if (source === 'metrics' && text.includes('{')) found.query(text);
    else if (source === 'metrics' && /^[A-Za-z][\w.]*$/.test(text)) found.metric(text);
    else found.search(source, text, from, to);
  }
  for (const text of texts('sql', 'sql_query', 'filter', 'storage_filter')) found.search(source, text, from, to);
  for (const piece of askedPieces(given)) {
    if (piece.type === 'query') found.query(piece.text);
    else found.search(piece.kind, piece.text, from, to);
  }
}

/** What is asked too much for judging is not told here either; it was refused. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
