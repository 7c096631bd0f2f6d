// Exchanges and other entries made up for the tests of this folder, and a journal of them in memory.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AuditEvent, RefusedToken } from '../exchange/entry.ts';
import type { ExchangeIntent, ExchangeOutcome } from '../exchange/exchange.ts';
import { ACTIONS, RISK_LEVELS, RISK_TAGS } from '../exchange/operation.ts';
import type { EntrySource } from './documents.ts';
import { rowOf, type StoredParts, summaryOf } from './row.ts';

/** What one exchange or event is made of. */
export interface Made {
  readonly intent: ExchangeIntent;
  readonly outcome: ExchangeOutcome;
  readonly request: string;
  readonly response: string;
  /** As one entry, as intent and outcome (after so many other entries), or as an intent alone. */
  readonly recorded: 'whole' | 'two' | 'intent';
  readonly later: number;
  /** Instead of an exchange. */
  readonly event?: AuditEvent | RefusedToken;
}

export const BASE = Date.UTC(2026, 10, 22, 9);
export const id = (n: number): string => `0192ab00-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

const words = fc.constantFrom('latency', 'Checkout', 'error_count', 'café', 'db-7', '0.5', 'payments', 'naïve', '東京');
const sentence = fc.array(words, { maxLength: 6 }).map((all) => all.join(' '));
const body = fc.record({ title: sentence, note: sentence, n: fc.nat(20) }).map((value) => JSON.stringify(value));
const identity = fc.record({
  issuer: fc.constantFrom('https://login.example.com', 'https://ci.example.com'),
  subject: fc.constantFrom('agent-1', 'agent-2', 'repo:acme/shop'),
  kind: fc.constantFrom('agent' as const, 'workload' as const),
  name: fc.constantFrom('Claude-Code', 'ci', 'codex'),
  groups: fc.subarray(['sre', 'dev', 'SRE-leads']),
  onBehalfOf: fc.subarray([{ issuer: 'https://login.example.com', subject: 'alice' }]),
  claims: fc.constantFrom<Record<string, string>>({}, { repository: 'acme/shop' }),
});
const resources = fc.subarray([
  { kind: 'monitor', id: '123', title: 'Checkout latency' },
  { kind: 'monitor', id: '124' },
  { kind: 'dashboard', id: 'abc-def-ghi', title: 'café payments' },
]);

export const made: fc.Arbitrary<Made> = fc
  .record({
    time: fc.nat(3_600_000),
    session: fc.constantFrom('nightly-1', 'nightly-2', 'Adhoc'),
    identity: fc.option(identity, { nil: undefined }),
    agent: fc.option(fc.constantFrom('claude-code/2.0', 'Codex'), { nil: undefined }),
    operation: fc.constantFrom('v1.UpdateMonitor', 'v1.GetMonitor', 'v2.ListLogs', 'unknown.POST'),
    action: fc.constantFrom(...ACTIONS),
    risk: fc.constantFrom(...RISK_LEVELS),
    tags: fc.subarray([...RISK_TAGS]),
    resources,
    metrics: fc.subarray(['auth.logins', 'auth.failures', 'system.cpu']),
    queries: fc.subarray(['service:payments status:error', 'naïve café']),
    outcome: fc.constantFrom('complete' as const, 'complete' as const, 'refused' as const, 'upstream-failed' as const),
    status: fc.constantFrom(200, 200, 202, 404, 500),
    latency: fc.nat(2000),
    size: fc.nat(5000),
    request: body,
    response: body,
    recorded: fc.constantFrom('whole' as const, 'two' as const, 'intent' as const),
    later: fc.nat(5),
    event: fc.option(
      fc.constantFrom<AuditEvent | RefusedToken>(
        {
          who: { id: 'https://login.example.com#bob', name: 'Bob', groups: ['auditors'] },
          what: 'searched latency',
          details: { query: 'café' },
        },
        { exchange: id(1), code: 'token_expired', reason: 'expired an hour ago', source: '10.0.0.9:80' },
      ),
      { nil: undefined, freq: 8 },
    ),
  })
  .map(({ event, ...m }) => {
    const exchange = '';
    const json = [['Content-Type', 'application/json']] as const;
    return {
      request: m.request,
      response: m.response,
      recorded: m.recorded,
      later: m.later,
      ...(event ? { event } : {}),
      intent: {
        exchange,
        receivedAt: BASE + m.time,
        session: m.session,
        ...(m.identity ? { identity: m.identity } : {}),
        client: m.agent === undefined ? {} : { agent: m.agent, userAgent: 'datadog-api-client/1.64' },
        source: `10.0.0.${m.size % 5}:5123`,
        connection: 'prod',
        classification: {
          operation: m.operation,
          action: m.action,
          risk: m.risk,
          tags: m.tags,
          resources: m.resources,
          asked: { metrics: m.metrics, queries: m.queries },
        },
        verdict: { decision: m.outcome === 'refused' ? ('deny' as const) : ('allow' as const), rule: 'Default' },
        request: {
          method: 'POST',
          target: `/api/v1/monitor/${m.size % 7}?q=caf%C3%A9+bar`,
          host: 'api.datadoghq.com',
          httpVersion: '1.1',
          headers: json,
          body: { size: m.request.length, recorded: m.request.length },
        },
      },
      outcome: {
        exchange,
        outcome: m.outcome,
        ...(m.outcome === 'refused' ? { error: { code: 'denied', message: 'a rule refuses this' } } : {}),
        ...(m.outcome === 'upstream-failed'
          ? {}
          : { response: { status: m.status, headers: json, body: { size: m.size, recorded: m.response.length } } }),
        ...(m.status === 202 ? { resources: [{ kind: 'dashboard', id: 'new-id', title: 'made latency' }] } : {}),
        timing: { completed: m.latency },
      },
    };
  });

const bytes = (value: unknown): Uint8Array => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

/** The entries of what was made, in the order of a journal. */
export function entriesOf(all: readonly Made[], firstLeaf = 0): StoredParts[] {
  const entries: StoredParts[] = [];
  const due = new Map<number, StoredParts[]>();
  const append = (entry: Omit<StoredParts, 'leaf'>): void => {
    entries.push({ ...entry, leaf: firstLeaf + entries.length });
  };
  for (const [n, item] of all.entries()) {
    const exchange = id(firstLeaf + n + 1);
    const time = item.intent.receivedAt;
    const intent = { ...item.intent, exchange };
    const outcome = { ...item.outcome, exchange };
    const request = bytes(item.request);
    const response = bytes(item.response);
    if (item.event)
      append({
        id: exchange,
        time,
        kind: 'code' in item.event ? 'identity.refused' : 'audit.search',
        parts: { summary: bytes(item.event) },
      });
    else if (item.recorded === 'whole')
      append({
        id: exchange,
        time,
        kind: 'exchange',
        parts: { summary: bytes({ ...intent, ...outcome }), request, response },
      });
    else {
      append({ id: exchange, time, kind: 'exchange.intent', parts: { summary: bytes(intent), request } });
      if (item.recorded === 'two') {
        const at = n + item.later;
        const entry = {
          leaf: 0,
          id: id(firstLeaf + n + 1e6),
          time: time + 10,
          kind: 'exchange.outcome',
          parts: { summary: bytes(outcome), response },
        };
        due.set(at, [...(due.get(at) ?? []), entry]);
      }
    }
    for (const entry of due.get(n) ?? []) append(entry);
    due.delete(n);
  }
  for (const late of due.values()) for (const entry of late) append(entry);
  return entries;
}

/** A journal in memory. */
export function sourceOf(entries: readonly StoredParts[]): EntrySource & { reads: number } {
  return {
    reads: 0,
    size: entries.length,
    async refresh() {},
    async read(leaf) {
      this.reads++;
      const entry = entries[leaf];
      assert.ok(entry, `there is no leaf ${leaf}`);
      return entry;
    },
    async *batches(from, to = entries.length) {
      for (let at = from; at < Math.min(to, entries.length); at += 7)
        yield entries.slice(at, Math.min(at + 7, to, entries.length));
    },
  };
}

test('what is made up reads as rows', () => {
  for (const entry of entriesOf(fc.sample(made, 50)))
    assert.equal(rowOf(entry, summaryOf(entry)) === undefined, entry.kind === 'exchange.outcome');
});
