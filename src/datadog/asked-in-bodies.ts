// Finds what is asked for anywhere in a JSON body: queries of data, of dashboards' widgets, monitors, SLOs and notebooks.

/** A piece of a body that asks for something. */
export type AskedPiece =
  /** A metric query, a formula, or a monitor's query. */
  | { readonly type: 'query'; readonly text: string }
  | { readonly type: 'search'; readonly kind: string; readonly text: string };

type Json = Readonly<Record<string, unknown>>;

const MAX_DEPTH = 64;
const MAX_VALUES = 200_000;
const MAX_PIECES = 1000;

/** Data sources whose `query` is a metric query. */
const METRIC_SOURCES = new Set(['metrics', 'cloud_cost', 'slo_metrics']);
/** Data sources without a search string of their own, and widgets that look for Datadog's own things. */
const NO_SEARCH = new Set(['slo', 'container', 'process', 'apm_dependency_stats', 'apm_resource_stats']);
/** Fields that hold a metric query wherever they stand: widgets of old, SLOs, snapshots, and MCP tools. */
const METRIC_FIELDS = ['q', 'numerator', 'denominator', 'metric_query'];
/** Fields that hold a search in `search.query`: the widgets' requests before data sources had names. */
const SEARCH_FIELDS: Readonly<Record<string, string>> = {
  log_query: 'logs',
  apm_query: 'spans',
  rum_query: 'rum',
  event_query: 'events',
  network_query: 'network',
  security_query: 'security_signals',
  audit_query: 'audit',
  profile_metrics_query: 'profiles',
  process_query: 'process',
};
/** Widgets and templates whose own `query` is a search. */
const SEARCHING_WIDGETS: Readonly<Record<string, string>> = {
  log_stream: 'logs',
  event_stream: 'events',
  event_timeline: 'events',
  manage_status: 'monitors',
};
/** A monitor's `type`; its `query` is in the language of monitors. */
const MONITOR = / (?:alert|check)$|^(?:metric|service) |^composite$/;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** What a body asks for, in order, at most 1,000 pieces; depth and number of values looked at are bounded. */
export function askedPieces(body: unknown): AskedPiece[] {
  const pieces: AskedPiece[] = [];
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value: body, depth: 0 }];
  let seen = 0;
  for (let next = open.pop(); next !== undefined && pieces.length < MAX_PIECES; next = open.pop()) {
    const { value, depth } = next;
    if (++seen > MAX_VALUES) break;
    if (typeof value !== 'object' || value === null) continue;
    if (isObject(value)) piecesOf(value, pieces);
    if (depth >= MAX_DEPTH) continue;
    const inner: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
    // Last in, first out: pushed backwards they are looked at in the order in which they stand.
    for (let i = Math.min(inner.length, MAX_VALUES) - 1; i >= 0; i--) {
      if (typeof inner[i] === 'object') open.push({ value: inner[i], depth: depth + 1 });
    }
  }
  return pieces.slice(0, MAX_PIECES);
}

function piecesOf(value: Json, pieces: AskedPiece[]): void {
  const query = (text: string | undefined): void => void (text !== undefined && pieces.push({ type: 'query', text }));
  const search = (kind: string, text: string | undefined): void =>
    void (text !== undefined && pieces.push({ type: 'search', kind, text }));
  const { data_source: source, type } = value;
  if (typeof source === 'string') {
    if (METRIC_SOURCES.has(source)) query(textOf(value.query) ?? nestedQuery(value.query));
    else if (!NO_SEARCH.has(source)) {
      const inner = isObject(value.search)
        ? value.search.query
        : isObject(value.query)
          ? nestedSearch(value.query)
          : value.query;
      search(source.replace(/_stream$/, ''), textOf(inner) ?? textOf(value.query_string));
    }
  } else if (typeof type === 'string' && typeof value.query === 'string') {
    if (Object.hasOwn(SEARCHING_WIDGETS, type)) search(SEARCHING_WIDGETS[type]!, textOf(value.query));
    else if (MONITOR.test(type)) query(textOf(value.query));
  }
  for (const field of METRIC_FIELDS) query(textOf(value[field]));
  for (const [field, kind] of Object.entries(SEARCH_FIELDS)) {
    const inner = value[field];
    if (isObject(inner)) search(kind, isObject(inner.search) ? textOf(inner.search.query) : textOf(inner.search));
  }
}

/** SLO queries hold theirs one deeper: `{data_source: 'metrics', query: {query: '…'}}`. */
const nestedQuery = (value: unknown): string | undefined => (isObject(value) ? textOf(value.query) : undefined);
const nestedSearch = (value: Json): unknown => (isObject(value.search) ? value.search.query : value.query);
