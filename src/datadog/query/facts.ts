// What a query asks for: metrics, tag filters, groups, searches, and what it refers to.
import { parseQuery } from './parse.ts';
import type { Call, FilterNode, QueryNode, Unread } from './tree.ts';

/** A search within a query: `logs("status:error").index("main")`. */
export interface QuerySearch {
  /** Where is searched, as the query names it: `logs`, `rum`, `error-tracking-rum`; `service-check` for a check's name. */
  readonly source: string;
  readonly query: string;
}

export interface QueryFacts {
  readonly metrics: readonly string[];
  /** Tags as they are written, `env:prod`; with an exclamation mark when they are excluded, `!host:a`. */
  readonly filters: readonly string[];
  readonly groupBys: readonly string[];
  readonly searches: readonly QuerySearch[];
  /** Monitors of a composite monitor, and SLOs of an SLO alert. */
  readonly monitors: readonly string[];
  readonly slos: readonly string[];
  readonly unread: readonly Unread[];
}

/** Functions whose first argument is an SLO's id. */
const SLO_FUNCTIONS = new Set(['error_budget', 'burn_rate']);
/** Methods of a search whose arguments are tags to group by. */
const GROUPING = new Set(['by']);
/** Methods of a check whose arguments are tags. */
const CHECK_FILTERS: Readonly<Record<string, string>> = { over: '', exclude: '!' };

class Gatherer {
  readonly metrics = new Set<string>();
  readonly filters = new Set<string>();
  readonly groupBys = new Set<string>();
  readonly searches = new Map<string, QuerySearch>();
  readonly monitors = new Set<string>();
  readonly slos = new Set<string>();

  node(node: QueryNode): void {
    switch (node.type) {
      case 'metric':
        this.metrics.add(node.name);
        this.filter(node.filter, false);
        for (const group of node.groupBy) this.groupBys.add(group);
        return;
      case 'call':
        this.call(node);
        return;
      case 'applied':
        if (node.of.type === 'text') this.search('service-check', node.of.value);
        this.node(node.of);
        for (const method of node.methods) this.method(method);
        return;
      case 'window':
        for (const { value } of node.window.args) this.node(value);
        this.node(node.of);
        return;
      case 'chain':
        this.node(node.first);
        if (node.rest.every(({ operator }) => operator === '&&' || operator === '||')) {
          for (const each of [node.first, ...node.rest.map(({ operand }) => operand)]) this.#monitor(each);
        }
        for (const { operand } of node.rest) this.node(operand);
        return;
      case 'negation':
        if (node.operator === '!') this.#monitor(node.of);
        this.node(node.of);
        return;
    }
  }

  call({ name, args }: Call): void {
    const first = args[0]?.value;
    if (first?.type === 'text') {
      if (SLO_FUNCTIONS.has(name)) this.slos.add(first.value);
      // The text of a formula is a query itself, over the names of others.
      else if (name !== 'formula') this.search(name, first.value);
    }
    for (const { value } of args) this.node(value);
  }

  /** What stands behind a search or a check says what it goes over and by; behind a metric it only transforms. */
  method({ name, args }: Call): void {
    const texts = args.flatMap(({ value }) =>
      value.type === 'text' ? value.value.split(',') : value.type === 'word' ? [value.name] : [],
    );
    const tags = texts.map((text) => text.trim()).filter((text) => text !== '' && text !== '*');
    if (GROUPING.has(name)) for (const tag of tags) this.groupBys.add(tag);
    const sign = CHECK_FILTERS[name];
    if (sign !== undefined && Object.hasOwn(CHECK_FILTERS, name)) for (const tag of tags) this.filters.add(sign + tag);
  }

  filter(node: FilterNode, excluded: boolean): void {
    switch (node.type) {
      case 'tag':
        this.filters.add(excluded ? `!${node.text}` : node.text);
        return;
      case 'in':
        for (const value of node.values) this.filters.add(`${excluded ? '!' : ''}${node.key}:${value}`);
        return;
      case 'not':
        this.filter(node.of, !excluded);
        return;
      case 'and':
      case 'or':
        for (const each of node.of) this.filter(each, excluded);
    }
  }

  search(source: string, query: string): void {
    this.searches.set(`${source}\n${query}`, { source, query });
  }

  #monitor(node: QueryNode): void {
    if (node.type === 'number' && Number.isSafeInteger(node.value)) this.monitors.add(String(node.value));
  }
}

/** What a metric query, a formula or a monitor's query asks for. Never throws; linear in the query's length. */
export function queryFacts(query: string): QueryFacts {
  const { parts, unread } = parseQuery(query);
  const found = new Gatherer();
  for (const part of parts) found.node(part);
  return {
    metrics: [...found.metrics],
    filters: [...found.filters],
    groupBys: [...found.groupBys],
    searches: [...found.searches.values()],
    monitors: [...found.monitors],
    slos: [...found.slos],
    unread,
  };
}
