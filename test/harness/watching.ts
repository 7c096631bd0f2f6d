// An engine of the watch with made-up calls, for tests of its detectors.

import { operationByKey } from '../../src/datadog/catalogue.ts';
import type { Finding } from '../../src/exchange/finding.ts';
import { RISK_TAGS } from '../../src/exchange/operation.ts';
import { type FedIdentity, type FedRow, hashOf } from '../../src/index/row-feed.ts';
import { Engine, SWITCHES, type Switch } from '../../src/watch/engine.ts';
import type { Told } from '../../src/watch/episodes.ts';

export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;
/** Monday, 5 January 2026, 10:00 UTC. */
export const MONDAY = Date.UTC(2026, 0, 5, 10);

export const identity = (name: string, groups: readonly string[] = ['sre']): FedIdentity => ({
  issuer: 'https://issuer.test',
  subject: name,
  kind: 'agent',
  name,
  groups,
});

export interface Call extends Partial<Omit<FedRow, 'resources'>> {
  /** `monitor/1` */
  readonly on?: string;
}

let serial = 0;

/** A call as the feed tells it; action, risk and tags are those of the catalogue. */
export function call(time: number, operation: string, { on, ...rest }: Call = {}): FedRow {
  const entry = operationByKey(operation);
  const [kind = '', id = ''] = on?.split('/') ?? [];
  serial++;
  return {
    leaf: serial,
    id: `01900000-0000-7000-8000-${serial.toString(16).padStart(12, '0')}`,
    refusedToken: false,
    time,
    identity: AGENT,
    session: 'session-1',
    client: 'claude-code/2.1.0',
    source: '10.1.2.3',
    connection: 'prod',
    operation,
    action: entry?.action ?? 'read',
    risk: entry?.risk ?? 'low',
    tags: (entry?.tags ?? []).reduce((bits, tag) => bits | (1 << RISK_TAGS.indexOf(tag)), 0),
    denied: false,
    outcome: 'complete',
    error: undefined,
    failed: (rest.status ?? 200) >= 400,
    status: 200,
    requestBytes: 100,
    responseBytes: 1000,
    count: 1,
    target: on === undefined ? 1 : hashOf(on),
    resources: on === undefined ? [] : [{ kind, hash: hashOf(id, hashOf(kind)) }],
    metrics: [],
    ...rest,
  };
}

export const AGENT = identity('agent-7');

/** What an engine tells of calls; only one detector watches, unless all are wanted. */
export class Scenario {
  readonly engine: Engine;
  readonly told: Told[] = [];
  private ids = 0;

  constructor(only?: Switch) {
    const off = only === undefined ? [] : SWITCHES.filter((name) => name !== only);
    this.engine = new Engine({
      off,
      newId: () => `finding-${++this.ids}`,
      onDefect: (name, error) => {
        throw new Error(`${name} has a defect`, { cause: error });
      },
    });
  }

  see(...rows: readonly FedRow[]): this {
    for (const row of rows) {
      this.engine.pass(row.time);
      this.engine.observe(row);
    }
    this.told.push(...this.engine.drain());
    return this;
  }

  pass(until: number): this {
    this.engine.pass(until);
    this.told.push(...this.engine.drain());
    return this;
  }

  /** Findings that were opened, as they were told last. */
  get findings(): Finding[] {
    const last = new Map<string, Finding>();
    for (const { finding } of this.told) last.set(finding.id, finding);
    return [...last.values()];
  }

  events(): string[] {
    return this.told.map(({ event, finding }) => `${event} ${finding.detector}`);
  }
}
