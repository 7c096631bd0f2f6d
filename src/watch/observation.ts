// What detectors see of one exchange that has ended, or of a credential that was refused.
import type { FedRow } from '../index/row-feed.ts';
import type { Caller, CallerBook, CallerNotes } from './caller.ts';
import { type Facts, factsOf } from './facts.ts';
import { type Route, Routes } from './route.ts';

export interface Observation extends Omit<FedRow, 'identity' | 'client'> {
  /** Absent when the caller could not be identified. */
  readonly caller: Caller | undefined;
  readonly facts: Facts;
  readonly route: Route;
  /** Name of the client without its version. */
  readonly client: string | undefined;
  /** `10.1.2`, `2001:db8:1:2`: where the call came from, but for the last part of the address. */
  readonly network: string | undefined;
}

const MOST = 20_000;

/** Makes observations of fed rows. */
export class Observer {
  private readonly book: CallerBook;
  private readonly clients = new Map<string, string>();
  private readonly networks = new Map<string, string>();
  /** Of calls nobody knows whose they are. */
  private readonly routes = new Routes();

  constructor(book: CallerBook) {
    this.book = book;
  }

  see(row: FedRow): Observation {
    const { identity, source } = row;
    const caller = identity && !row.refusedToken ? this.book.of(identity) : undefined;
    const facts = factsOf(row.operation, row.action);
    const { client, network } = caller ? this.noted(caller.notes, row) : this.placed(row);
    return {
      leaf: row.leaf,
      id: row.id,
      refusedToken: row.refusedToken,
      time: row.time,
      caller,
      session: row.session,
      client,
      source,
      network,
      connection: row.connection,
      operation: row.operation,
      facts,
      route: (caller?.notes.routes ?? this.routes).of(facts, row.connection),
      action: row.action,
      risk: row.risk,
      tags: row.tags,
      denied: row.denied,
      outcome: row.outcome,
      error: row.error,
      failed: row.failed,
      status: row.status,
      requestBytes: row.requestBytes,
      responseBytes: row.responseBytes,
      count: row.count,
      target: row.target,
      resources: row.resources,
      metrics: row.metrics,
    };
  }

  private noted(notes: CallerNotes, row: FedRow): Pick<CallerNotes, 'client' | 'network'> {
    if (notes.clientText !== row.client || notes.source !== row.source) {
      const { client, network } = this.placed(row);
      notes.clientText = row.client;
      notes.source = row.source;
      notes.client = client;
      notes.network = network;
    }
    return notes;
  }

  private placed({ client, source }: FedRow): Pick<CallerNotes, 'client' | 'network'> {
    return {
      client: client === undefined ? undefined : remembered(this.clients, client, clientName),
      network: source === undefined ? undefined : remembered(this.networks, source, networkOf),
    };
  }
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
