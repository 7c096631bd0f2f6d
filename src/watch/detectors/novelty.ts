// Novelty: the first use of an operation, a family, a connection, a network or a client by an identity whose like have never used it.

import type { Severity } from '../../exchange/finding.ts';
import { RISK_LEVELS } from '../../exchange/operation.ts';
import { hashOf } from '../../index/row-feed.ts';
import { BoundedMap } from '../bounded-map.ts';
import type { Caller } from '../caller.ts';
import type { Gone } from '../gone.ts';
import type { Observation } from '../observation.ts';
import type { Ear, Watcher } from '../signal.ts';
import type { Known } from './known.ts';

/**
 * An identity, or a kind of identities, is known once it was seen for so long and so often. Who is the first to do so many new things
 * a week does them for a living: they are no news.
 */
export const NOVELTY = {
  known: { time: 3 * 86_400_000, calls: 50 },
  news: 3,
  halfLife: 7 * 86_400_000,
  quiet: 900_000,
  callers: 30_000,
  peers: 2_000,
  values: 128,
  peerValues: 512,
} as const;

const DIMENSIONS = ['connection', 'network', 'client', 'family', 'operation'] as const;
type Dimension = (typeof DIMENSIONS)[number];

/** Several firsts that follow each other are one episode. */
interface Run {
  readonly firsts: string[];
  severity: Severity;
  last: number;
}

/** Calls that are like the one before are counted, so many, before they are looked at. */
const SKIPPED = 20;
const MOST_HASHES = 20_000;

export class Novelty implements Watcher {
  private readonly callers = new BoundedMap<Known>(NOVELTY.callers);
  private readonly peers = new BoundedMap<Known>(NOVELTY.peers);
  private readonly runs = new BoundedMap<Run>(1000);
  private readonly hashes = DIMENSIONS.map(() => new Map<string, number>());

  observe(o: Observation, ear: Ear): void {
    const { caller } = o;
    // What was refused was not used.
    if (!caller || o.outcome === 'refused') return;
    // Most calls are like one before in all respects: they are counted, and looked at together with the next that is not.
    if (o.route.likeness === caller.likeness && caller.alike < SKIPPED) {
      caller.alike++;
      return;
    }
    const own = knownOf(this.callers, caller.key, o.time, 8);
    const peer = knownOf(this.peers, caller.peers, o.time, 32);
    const isKnown = isEstablished(own, o.time) || isEstablished(peer, o.time);
    const calls = caller.own === own ? caller.alike + 1 : 1;
    own.calls += calls;
    peer.calls += calls;
    for (let at = 0; at < DIMENSIONS.length; at++) {
      const dimension = DIMENSIONS[at]!;
      const value = dimension === 'family' ? o.facts.family : o[dimension];
      if (value === undefined) continue;
      const hash = this.hash(at, value);
      if (has(own, hash)) continue;
      add(own, hash, NOVELTY.values);
      if (has(peer, hash)) continue;
      add(peer, hash, NOVELTY.peerValues);
      if (isKnown && tells(dimension, o)) this.news(dimension, value, caller, own, o, ear);
    }
    if (caller.own !== own) caller.likeness++;
    caller.own = own;
    caller.alike = 0;
    o.route.likeness = caller.likeness;
  }

  private news(dimension: Dimension, value: string, caller: Caller, own: Known, o: Observation, ear: Ear): void {
    const before = own.news * 0.5 ** ((o.time - own.newsAt) / NOVELTY.halfLife);
    own.news = before + 1;
    own.newsAt = o.time;
    if (before >= NOVELTY.news) return;
    const severity = severityOfFirst(dimension, o);
    const going = this.runs.get(caller.key);
    const run: Run = going && o.time - going.last < NOVELTY.quiet ? going : { firsts: [], severity, last: o.time };
    run.last = o.time;
    if (run.firsts.length < 6) run.firsts.push(`${dimension} ${value}`);
    this.runs.set(caller.key, run);
    const firsts = run.firsts.join(', ');
    ear.signal({
      detector: 'novelty',
      key: caller.key,
      caller,
      subject: {
        ...(o.session !== undefined && { session: o.session }),
        ...(o.connection !== undefined && { connection: o.connection }),
      },
      members: { listed: true },
      exchange: o,
      since: o.time,
      time: o.time,
      size: run.firsts.length,
      severity,
      score: Math.min(95, 35 + 10 * run.firsts.length + (severity === 'medium' ? 15 : 0)),
      quiet: NOVELTY.quiet,
      words: () => ({
        title: `First use by ${caller.name}: ${firsts}`,
        reason: `In ${Math.round((o.time - own.first) / 86_400_000)} days and ${own.calls} calls neither ${caller.name} nor any identity of its kind has used this. New work looks like this, and so does a stolen credential.`,
      }),
    });
  }

  private hash(dimension: number, value: string): number {
    const hashes = this.hashes[dimension]!;
    let hash = hashes.get(value);
    if (hash === undefined) {
      if (hashes.size >= MOST_HASHES) hashes.clear();
      // 0 stands for an empty place.
      hash = hashOf(value, hashOf(DIMENSIONS[dimension]!)) || 1;
      hashes.set(value, hash);
    }
    return hash;
  }

  forget(gone: Gone): void {
    this.callers.drop((key) => gone.caller(key));
    this.runs.drop((key) => gone.caller(key));
    this.peers.drop((key) => gone.peers(key));
  }

  save(): unknown {
    return [[...this.callers.entries()], [...this.peers.entries()]];
  }

  load(state: unknown): void {
    const [callers, peers] = state as [string, Known][][];
    for (const [key, known] of callers ?? []) this.callers.set(key, known);
    for (const [key, known] of peers ?? []) this.peers.set(key, known);
  }
}

/** One more way to read what the identity reads anyway is no news. */
function tells(dimension: Dimension, { action, risk, tags, facts }: Observation): boolean {
  if (dimension === 'family') return facts.family !== 'unknown';
  if (dimension !== 'operation') return true;
  return action !== 'read' || (risk !== undefined && RISK_LEVELS.indexOf(risk) >= 1) || tags !== 0;
}

function severityOfFirst(dimension: Dimension, { risk }: Observation): Severity {
  if (dimension === 'connection' || dimension === 'network') return 'medium';
  if (dimension === 'operation' && (risk === 'high' || risk === 'critical')) return 'medium';
  return 'low';
}

function knownOf(map: BoundedMap<Known>, key: string, time: number, room: number): Known {
  let known = map.get(key);
  if (!known) {
    known = { values: new Uint32Array(room), count: 0, calls: 0, first: time, news: 0, newsAt: time };
    map.set(key, known);
  }
  return known;
}

const isEstablished = ({ first, calls }: Known, now: number): boolean =>
  calls >= NOVELTY.known.calls && now - first >= NOVELTY.known.time;

const has = ({ values }: Known, hash: number): boolean => values.includes(hash);

/** Remembers a value; who has very many is not surprised by one more, so those beyond the bound are forgotten. */
function add(known: Known, hash: number, most: number): void {
  if (known.count >= most) {
    known.values[hash % most] = hash;
    return;
  }
  if (known.count === known.values.length) {
    const larger = new Uint32Array(Math.min(most, known.values.length * 2));
    larger.set(known.values);
    known.values = larger;
  }
  known.values[known.count++] = hash;
}
