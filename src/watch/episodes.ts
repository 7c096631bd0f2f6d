// Episodes: many signals become one finding, which opens, grows and ends; how many there may be is bounded.
import {
  type Finding,
  type FindingDecision,
  SEVERITIES,
  type Severity,
  type Suppression,
} from '../exchange/finding.ts';
import { type Episode, note, plain } from './episode.ts';
import { Flood, isSuppressed } from './flood.ts';
import type { Gone } from './gone.ts';
import { isMember, MOST_LISTED, queryOf } from './members.ts';
import type { Observation } from './observation.ts';
import type { Noted, Recent } from './recent.ts';
import type { Signal } from './signal.ts';
import type { FindingEvent } from './watch.ts';

export interface Told {
  readonly event: FindingEvent;
  readonly finding: Finding;
}

/** While it grows a finding is told again at most so often. */
const TELL_AGAIN = 30_000;
/** Episodes that last at the same time: of one identity, and of all. */
const MOST = { caller: 50, all: 2_000 } as const;
/** How long after its end a finding may still be the cause of another. */
const CAUSE = 60_000;
/** It has grown when it is larger by this factor. */
const GROWN = 1.25;

export interface EpisodesState {
  readonly open: readonly Episode[];
}

export interface EpisodesOptions {
  readonly recent: Recent;
  /** A new UUIDv7. */
  readonly newId: () => string;
  /** The rate around an episode. */
  readonly rate: (key: string, from: number, to: number) => Finding['rate'];
  /** Has that caller looked up again when it calls; false when nobody knows it, or several do. */
  readonly disturb: (caller: string) => boolean;
}

export class Episodes {
  private readonly options: EpisodesOptions;
  private readonly open = new Map<string, Episode>();
  private readonly byCaller = new Map<string, Episode[]>();
  private readonly others = new Set<Episode>();
  /** How often the above changed in a way that all callers have to be looked up again; else they are disturbed one by one. */
  private changes = 0;
  /** Whose findings ended just now: by caller, the finding that others may share their cause with. */
  private readonly lately = new Map<string, { id: string; until: number }>();
  private readonly flood = new Flood();
  private suppressed: readonly Suppression[] = [];
  private events: Told[] = [];

  constructor(options: EpisodesOptions) {
    this.options = options;
  }

  /** Findings that are not over. */
  get size(): number {
    let count = 0;
    for (const { muted } of this.open.values()) if (!muted) count++;
    return count;
  }

  /** What is to be told since the last call. */
  drain(): Told[] {
    const { events } = this;
    if (events.length > 0) this.events = [];
    return events;
  }

  /** Counts an exchange to the episodes it belongs to. */
  observe(o: Observation): void {
    if (this.open.size === 0) return;
    const { caller } = o;
    if (caller && caller.calm !== this.changes) {
      const own = this.byCaller.get(caller.key);
      if (own) for (const episode of own) this.take(episode, o);
      else caller.calm = this.changes;
    }
    for (const episode of this.others) this.take(episode, o);
  }

  private take(episode: Episode, o: Observation): void {
    if (o.time < episode.started || !isMember(episode.members, o)) return;
    note(episode, o);
  }

  signal(signal: Signal): void {
    const key = keyOf(signal);
    const episode = this.open.get(key);
    if (!episode) {
      this.begin(key, signal);
      return;
    }
    if (signal.quiet !== undefined) episode.until = signal.time + signal.quiet;
    if (episode.members.listed && signal.exchange) {
      if (!episode.first.includes(signal.exchange.id) && !episode.last.includes(signal.exchange.id))
        if (episode.count < MOST_LISTED) note(episode, signal.exchange);
    }
    const graver = rank(signal.severity) > rank(episode.severity);
    if (!graver && signal.size < episode.size * GROWN) return;
    episode.size = Math.max(signal.size, episode.size);
    episode.score = Math.max(signal.score, episode.score);
    if (graver) episode.severity = signal.severity;
    if (episode.muted) return;
    Object.assign(episode, signal.words());
    episode.measure = signal.measure ?? episode.measure;
    if (graver) this.tell('updated', episode, signal.time);
  }

  /** The detector says that it is over. */
  end(group: string, key: string, time: number): void {
    const episode = this.open.get(`${group}\0${key}`);
    if (episode) this.over(episode, time);
  }

  /** Time passes: episodes that went quiet are over, growing ones are told again. */
  tick(now: number): void {
    for (const episode of this.open.values()) {
      if (episode.until !== undefined && now >= episode.until) this.over(episode, Math.min(now, episode.until));
      else if (!episode.muted && episode.told && now >= episode.told.time + TELL_AGAIN)
        if (episode.count > episode.told.count) this.tell('updated', episode, now);
    }
    for (const [caller, { until }] of this.lately) if (now >= until) this.lately.delete(caller);
    this.flood.forget(now);
  }

  /** Suppressions in force, in place of those of before. */
  suppress(list: readonly Suppression[]): void {
    this.suppressed = list;
  }

  /** What is dismissed grows on unseen until it is over; what is resolved is over now. */
  decided({ finding, state }: FindingDecision): void {
    for (const episode of this.open.values()) {
      if (episode.id !== finding) continue;
      if (state === 'dismissed') episode.muted = true;
      else if (state === 'resolved') this.remove(episode);
    }
  }

  /** Is the episode of that finding not over? */
  has(finding: string): boolean {
    return [...this.open.values()].some(({ id }) => id === finding);
  }

  /** The episode goes on as the finding that the journal has of it. */
  rename(from: string, to: string): void {
    for (const episode of this.open.values()) {
      if (episode.id === from) episode.id = to;
      if (episode.cause === from) episode.cause = to;
    }
  }

  /** What the journal knows to be over is over; nothing is told of it. */
  forget(finding: string): void {
    for (const episode of this.open.values()) if (episode.id === finding) this.remove(episode);
  }

  /** Ids of the findings that were told and are not over. */
  told(): string[] {
    return [...this.open.values()].flatMap(({ id, told }) => (told ? [id] : []));
  }

  /** Nothing more is told of these. */
  drop(gone: Gone, findings: ReadonlySet<string>): void {
    for (const episode of this.open.values()) {
      const { caller, id } = episode;
      const isOfCaller = caller !== undefined && gone.caller(caller);
      if (isOfCaller || findings.has(id)) this.remove(episode);
    }
    for (const caller of this.lately.keys()) if (gone.caller(caller)) this.lately.delete(caller);
    this.flood.drop(gone);
  }

  save(): EpisodesState {
    return { open: [...this.open.values()] };
  }

  load({ open }: EpisodesState): void {
    for (const episode of open) this.add(episode.key, episode);
  }

  private begin(key: string, signal: Signal): void {
    const caller = signal.caller?.key;
    const own = caller === undefined ? 0 : (this.byCaller.get(caller)?.length ?? 0);
    if (this.open.size >= MOST.all || own >= MOST.caller) return;
    const { issuer, subject, name } = signal.caller ?? {};
    const identity =
      issuer === undefined || subject === undefined ? undefined : { issuer, subject, name: name ?? subject };
    const episode: Episode = {
      id: this.options.newId(),
      detector: signal.detector,
      key,
      caller,
      subject: { ...(identity && { identity }), ...signal.subject },
      members: plain(signal.members),
      noticed: signal.time,
      started: signal.since,
      latest: signal.time,
      until: signal.quiet === undefined ? undefined : signal.time + signal.quiet,
      rate: signal.rate,
      size: signal.size,
      severity: signal.severity,
      score: signal.score,
      ...signal.words(),
      measure: signal.measure,
      count: 0,
      operations: [],
      first: [],
      last: [],
      cause: this.causeOf(caller),
      muted: false,
      told: undefined,
    };
    this.add(key, episode);
    // To look for what belongs to it costs something, and is not done for what is not told.
    episode.muted = isSuppressed(this.suppressed, episode) || this.isFlood(signal, episode);
    if (episode.muted) return;
    this.gather(episode, signal);
    this.tell('opened', episode, signal.time);
  }

  /** The exchanges that belonged to it before it was noticed. */
  private gather(episode: Episode, signal: Signal): void {
    const shown: readonly Noted[] = signal.exchange ? [signal.exchange] : [];
    const members = signal.members.listed
      ? shown
      : this.options.recent.members(signal.members, signal.since, signal.caller?.latest);
    const [oldest] = members;
    if (oldest) {
      episode.started = members.reduce((least, { time }) => Math.min(least, time), oldest.time);
      episode.latest = episode.started;
    }
    for (const member of members) note(episode, member);
  }

  private add(key: string, episode: Episode): void {
    this.open.set(key, episode);
    this.changed(episode);
    if (episode.caller === undefined) this.others.add(episode);
    else {
      const own = this.byCaller.get(episode.caller);
      if (own) own.push(episode);
      else this.byCaller.set(episode.caller, [episode]);
    }
  }

  private remove(episode: Episode): void {
    this.open.delete(episode.key);
    this.changed(episode);
    this.others.delete(episode);
    if (episode.caller === undefined) return;
    const rest = this.byCaller.get(episode.caller)?.filter((each) => each !== episode) ?? [];
    if (rest.length > 0) this.byCaller.set(episode.caller, rest);
    else this.byCaller.delete(episode.caller);
    if (!episode.muted)
      this.lately.set(episode.caller, { id: episode.cause ?? episode.id, until: episode.latest + CAUSE });
  }

  private changed({ caller }: Episode): void {
    if (caller !== undefined && !this.options.disturb(caller)) this.changes++;
  }

  private over(episode: Episode, time: number): void {
    this.remove(episode);
    if (!episode.muted) this.tell('ended', episode, time);
  }

  private causeOf(caller: string | undefined): string | undefined {
    if (caller === undefined) return undefined;
    const first = this.byCaller.get(caller)?.find(({ muted }) => !muted);
    return first ? (first.cause ?? first.id) : this.lately.get(caller)?.id;
  }

  /** One of too many is not told by itself; the first of those too many opens a finding that stands for them. */
  private isFlood(signal: Signal, episode: Episode): boolean {
    const sum = this.flood.sumUp(signal, episode);
    if (sum) this.signal(sum);
    return sum !== undefined;
  }

  private tell(event: FindingEvent, episode: Episode, time: number): void {
    episode.told = { time, severity: episode.severity, count: episode.count };
    this.events.push({ event, finding: this.findingOf(episode, event === 'ended' ? time : undefined) });
  }

  private findingOf(episode: Episode, ended: number | undefined): Finding {
    const { id, detector, severity, score, title, reason, subject, started, latest, noticed, measure, cause } = episode;
    const exchanges = [...episode.first, ...episode.last];
    const span = Math.max(latest - started, 60_000);
    const rate =
      episode.rate === undefined ? undefined : this.options.rate(episode.rate, started - 2 * span, latest + 1000);
    return {
      id,
      detector,
      severity,
      score,
      title,
      reason,
      subject,
      started,
      latest,
      ...(ended === undefined ? {} : { ended }),
      noticed,
      ...(measure && { measure }),
      ...(rate && { rate }),
      evidence: {
        exchanges,
        count: episode.count,
        query: queryOf(episode.members, { from: started, to: latest, operations: episode.operations, exchanges }),
      },
      ...(cause === undefined ? {} : { cause }),
    };
  }
}

const keyOf = ({ detector, group = detector, key }: Signal): string => `${group}\0${key}`;
const rank = (severity: Severity): number => SEVERITIES.indexOf(severity);
