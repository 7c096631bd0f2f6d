// What a Datadog query says, as a tree: metric queries, formulas, and the queries of monitors.

/** A part that could not be read, and the column (0-based) at which it stands. */
export interface Unread {
  readonly at: number;
  readonly text: string;
}

/** `.rollup(avg, 60)`, or an argument list's call. */
export interface Call {
  readonly name: string;
  readonly args: readonly Argument[];
}
export interface Argument {
  /** `direction` of `direction='above'`. */
  readonly name?: string;
  readonly value: QueryNode;
}

/** `avg:system.cpu.user{env:prod} by {host}` */
export interface MetricNode {
  readonly type: 'metric';
  readonly aggregator?: string;
  readonly name: string;
  readonly filter: FilterNode;
  readonly groupBy: readonly string[];
}

export type QueryNode =
  | MetricNode
  | { readonly type: 'number'; readonly value: number }
  /** A text in quotes. */
  | { readonly type: 'text'; readonly value: string }
  /** A bare word: `last_5m`, `query1`, `10d`. */
  | { readonly type: 'word'; readonly name: string }
  /** `anomalies(…)`, `logs("…")`. */
  | ({ readonly type: 'call' } & Call)
  /** Something with methods behind it: `….rollup(avg, 60).fill(zero)`. */
  | { readonly type: 'applied'; readonly of: QueryNode; readonly methods: readonly Call[] }
  /** A monitor's evaluation window before what is evaluated, `avg(last_5m):…`; or how a distribution is counted, `count(v: v<=2):…`. */
  | { readonly type: 'window'; readonly window: Call; readonly of: QueryNode }
  /** Operands with operators between them, of one precedence. */
  | {
      readonly type: 'chain';
      readonly first: QueryNode;
      readonly rest: readonly { readonly operator: Operator; readonly operand: QueryNode }[];
    }
  | { readonly type: 'negation'; readonly operator: '-' | '!'; readonly of: QueryNode }
  | ({ readonly type: 'unread' } & Unread);

export type Operator = '+' | '-' | '*' | '/' | '>' | '>=' | '<' | '<=' | '==' | '!=' | '&&' | '||';

/** What a scope in braces says. */
export type FilterNode =
  /** `*`, or nothing: everything. */
  | { readonly type: 'all' }
  /** `env:prod`, `host:web-*`, `$scope`. */
  | { readonly type: 'tag'; readonly text: string }
  /** `service IN (a, b)` */
  | { readonly type: 'in'; readonly key: string; readonly values: readonly string[] }
  | { readonly type: 'not'; readonly of: FilterNode }
  /** A comma means AND. */
  | { readonly type: 'and' | 'or'; readonly of: readonly FilterNode[] };

export interface ParsedQuery {
  /** The queries, which commas separate; pieces between what could not be read are parts of their own. */
  readonly parts: readonly QueryNode[];
  readonly unread: readonly Unread[];
}
