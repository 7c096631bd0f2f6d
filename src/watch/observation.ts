// What detectors see of one exchange that has ended, or of a credential that was refused.
import type { FedRow } from '../index/row-feed.ts';
import { type Caller, type CallerBook, noRoutes, type Route } from './caller.ts';
import type { Facts } from './facts.ts';
import { Lanes, routeOf } from './route.ts';

export interface Observation extends Omit<FedRow, 'identity' | 'call' | 'client'> {
  /** Absent when the caller could not be identified. */
  readonly caller: Caller | undefined;
  readonly facts: Facts;
  readonly route: Route;
  /** Name of the client without its version. */
  readonly client: string | undefined;
  /** `10.1.2`, `2001:db8:1:2`: where the call came from, but for the last part of the address. */
  readonly network: string | undefined;
}

/** A read that worked and is of no further interest: no tag, low risk, nothing that blinds, costs or shows secrets. */
export const isPlainRead = (o: Observation): boolean =>
  o.caller !== undefined &&
  o.action === 'read' &&
  o.tags === 0 &&
  o.risk === 'low' &&
  o.status < 400 &&
  !o.failed &&
  o.facts.isPlain;

type Placed = Pick<Observation, 'client' | 'network'>;

const MOST = 20_000;

/** Makes observations of fed rows. */
export class Observer {
  private readonly book: CallerBook;
  private readonly clients = new Map<string, string>();
  private readonly networks = new Map<string, string>();
  /** Of calls nobody knows whose they are. */
  private readonly nobody = noRoutes();
  readonly lanes = new Lanes();
  private readonly o = blank();

  constructor(book: CallerBook) {
    this.book = book;
  }

  /** Good until the next one: there is one object for all, for one made for each call costs more than most detectors. */
  see(row: FedRow): Observation {
    const { o } = this;
    const { identity, call } = row;
    const known = call?.route as Route | undefined;
    const caller = known ? known.caller : identity && !row.refusedToken ? this.book.of(identity) : undefined;
    const { client, network } = caller ? this.noted(caller, row) : this.placed(row);
    o.leaf = row.leaf;
    o.id = row.id;
    o.refusedToken = row.refusedToken;
    o.time = row.time;
    o.caller = caller;
    o.session = row.session;
    o.client = client;
    o.source = row.source;
    o.network = network;
    o.connection = row.connection;
    o.operation = row.operation;
    const route = known ?? routeOf(caller ?? this.nobody, caller, this.lanes.of(row));
    o.route = route;
    o.facts = route.lane.facts;
    o.action = row.action;
    o.risk = row.risk;
    o.tags = row.tags;
    o.denied = row.denied;
    o.outcome = row.outcome;
    o.error = row.error;
    o.failed = row.failed;
    o.status = row.status;
    o.requestBytes = row.requestBytes;
    o.responseBytes = row.responseBytes;
    o.count = row.count;
    o.target = row.target;
    o.resources = row.resources;
    o.metrics = row.metrics;
    return o;
  }

  private noted(caller: Caller, row: FedRow): Placed {
    if (caller.clientText !== row.client || caller.source !== row.source) {
      const { client, network } = this.placed(row);
      if (client !== caller.client || network !== caller.network) caller.likeness++;
      caller.clientText = row.client;
      caller.source = row.source;
      caller.client = client;
      caller.network = network;
    }
    return caller;
  }

  private placed({ client, source }: FedRow): Placed {
    return {
      client: client === undefined ? undefined : remembered(this.clients, client, clientName),
      network: source === undefined ? undefined : remembered(this.networks, source, networkOf),
    };
  }
}

function blank(): { -readonly [K in keyof Observation]: Observation[K] } {
  const lane = new Lanes().of({ operation: undefined, action: undefined, connection: undefined });
  const route = routeOf(noRoutes(), undefined, lane);
  return {
    leaf: 0,
    id: '',
    refusedToken: false,
    time: 0,
    caller: undefined,
    session: undefined,
    client: undefined,
    source: undefined,
    network: undefined,
    connection: undefined,
    operation: undefined,
    facts: lane.facts,
    route,
    action: undefined,
    risk: undefined,
    tags: 0,
    denied: false,
    outcome: undefined,
    error: undefined,
    failed: false,
    status: 0,
    requestBytes: 0,
    responseBytes: 0,
    count: 1,
    target: 0,
    resources: [],
    metrics: [],
  };
}

function remembered(map: Map<string, string>, key: string, make: (key: string) => string): string {
  let value = map.get(key);
  if (value === undefined) {
    if (map.size >= MOST) map.clear();
    value = make(key);
    map.set(key, value);
  }
  return value;
}

/** `curl` of `curl/8.5.0`, `datadog-api-client-typescript` of the same with version and platform: an update is no new client. */
export function clientName(text: string): string {
  const first = /^[^\s/(;]+/.exec(text)?.[0] ?? text;
  return first.slice(0, 64).replace(/[-@_]?v?\d+(\.\d+)+.*$/, '') || first.slice(0, 64);
}

export function networkOf(source: string): string {
  if (source.includes(':')) {
    const mapped = /^::ffff:(\d+\.\d+\.\d+)\.\d+$/i.exec(source)?.[1];
    return mapped ?? source.toLowerCase().split(':').slice(0, 4).join(':');
  }
  return source.split('.').slice(0, 3).join('.');
}
