// Rates: what the rate detector says of identities, connections and the whole organisation, told once, of the narrowest that explains it.
import type { Finding } from '../../exchange/finding.ts';
import type { FedCall } from '../../index/row-feed.ts';
import { lookAhead } from '../ahead.ts';
import type { Caller, CallerBook, Route } from '../caller.ts';
import type { Gone } from '../gone.ts';
import type { Members } from '../members.ts';
import type { Observation } from '../observation.ts';
import { isDown, isEnd, type RateAlarm, type RateEnd } from '../rate/rate.ts';
import { type Place, placeOf, RateWatch } from '../rate/rate-watch.ts';
import type { RateState } from '../rate/snapshot.ts';
import { countedRoute, type Lanes } from '../route.ts';
import { type Ear, severityOf, spanText } from '../signal.ts';

/**
 * How long a wide key's alarm waits for a narrower one that explains it: of a surge, and of what takes its time anyway. It is
 * explained by alarms of narrower keys that hold this share of what is too much.
 */
export const RATES = {
  waitSurge: 1000,
  waitOther: 60_000,
  explained: 0.5,
  longest: 86_400_000,
  maxKeys: 100_000,
} as const;

/** What a key counts: one identity's calls of a family, a connection's, all of an identity's, all. */
type Width = 'f' | 'c' | 'i' | 'o';

interface Parsed {
  readonly width: Width;
  /** `issuer#subject`, or the connection. */
  readonly whose: string;
  readonly family: string;
}

const SEPARATOR = '\u0000';
const ALL = 'o';
/** Peers of keys that count many callers. */
const CROWDS = ['c', 'o'];

export class Rates {
  private readonly book: CallerBook;
  private watch = new RateWatch({ maxKeys: RATES.maxKeys, crowds: CROWDS });
  private all = placeOf(ALL, 'o');
  private readonly connections = new Map<string, Map<string, Place>>();
  private readonly peers = new Map<string, Map<string, string>>();
  /** Alarms that last, by key and direction. */
  private readonly active = new Map<string, RateAlarm>();
  /** Alarms of wide keys that wait, by key and direction: since when. */
  private readonly waiting = new Map<string, number>();

  constructor(book: CallerBook) {
    this.book = book;
  }

  get size(): number {
    return this.watch.size;
  }

  lookAhead(calls: readonly FedCall[], count: number, lanes: Lanes): number {
    return lookAhead(calls, count, lanes, this.watch);
  }

  observe(o: Observation, ear: Ear): void {
    const { caller, route, time } = o;
    if (!caller) return;
    if (route.rateKey === '') this.name(caller, route);
    this.count(route, time, ear);
    this.count(caller, time, ear);
    const { lane } = route;
    if (lane.connection !== undefined) {
      lane.ofConnection ??= this.connectionPlace(lane.connection, lane.facts.family);
      this.count(lane.ofConnection, time, ear);
    }
    this.count(this.all, time, ear);
  }

  private count(place: Place, time: number, ear: Ear): void {
    const alarm = this.watch.observeAt(place, time);
    if (alarm !== undefined) this.heard(alarm, time, ear);
  }

  tick(now: number, ear: Ear): void {
    for (const event of this.watch.tick(now)) {
      if (isEnd(event)) this.ended(event, ear);
      else this.heard(event, now, ear);
    }
    for (const [id, since] of this.waiting) {
      const alarm = this.active.get(id);
      if (!alarm) this.waiting.delete(id);
      else if (now - since >= (alarm.kind === 'surge' ? RATES.waitSurge : RATES.waitOther)) {
        this.waiting.delete(id);
        this.tell(alarm, now, ear);
      }
    }
  }

  /** The rate around an episode. */
  band(key: string, from: number, to: number): Finding['rate'] {
    const band = this.watch.band(key, from, to);
    return band && band.points.length > 0 ? band : undefined;
  }

  forget(gone: Gone): void {
    const isGone = (key: string): boolean => {
      const { width, whose } = parse(key);
      return (width === 'f' || width === 'i') && gone.caller(whose);
    };
    this.watch.forget(isGone);
    for (const [id, { key }] of this.active)
      if (isGone(key)) {
        this.active.delete(id);
        this.waiting.delete(id);
      }
  }

  save(): { rates: RateState; active: [string, RateAlarm][] } {
    return { rates: this.watch.snapshot(), active: [...this.active] };
  }

  load(state: unknown): void {
    const { rates, active } = state as ReturnType<Rates['save']>;
    this.watch = RateWatch.restore(rates, { maxKeys: RATES.maxKeys, crowds: CROWDS });
    this.all = placeOf(ALL, 'o');
    this.connections.clear();
    for (const [id, alarm] of active) this.active.set(id, alarm);
  }

  private heard(alarm: RateAlarm, now: number, ear: Ear): void {
    const id = idOf(alarm);
    const known = this.active.has(id);
    this.active.set(id, alarm);
    if (parse(alarm.key).width === 'f' || (known && !this.waiting.has(id))) this.tell(alarm, now, ear);
    else if (!known) this.waiting.set(id, now);
  }

  private ended(end: RateEnd, ear: Ear): void {
    const id = idOf(end);
    if (this.active.get(id)?.kind !== end.kind) return;
    this.active.delete(id);
    this.waiting.delete(id);
    ear.end('rate', id, end.ended);
  }

  private tell(alarm: RateAlarm, now: number, ear: Ear): void {
    const parsed = parse(alarm.key);
    if (parsed.width !== 'f' && this.isExplained(alarm, parsed)) return;
    const { observed, low, high, window } = alarm;
    const caller = parsed.width === 'f' || parsed.width === 'i' ? this.book.named(parsed.whose) : undefined;
    const unit = unitOf(parsed.family);
    const members: Members = {
      ...(caller && { caller: { issuer: caller.issuer, subject: caller.subject } }),
      ...(parsed.width === 'c' && { connection: parsed.whose }),
      ...(parsed.family !== '' && { family: parsed.family }),
    };
    const down = isDown(alarm);
    const ratio = down ? 1 : observed / Math.max(high, 1);
    ear.signal({
      detector: alarm.kind,
      group: 'rate',
      key: idOf(alarm),
      ...(caller && { caller }),
      subject: {
        ...(parsed.width === 'c' && { connection: parsed.whose }),
        ...(parsed.family !== '' && { family: parsed.family }),
      },
      members,
      since: alarm.started,
      time: now,
      size: down ? 1 : observed,
      severity: alarm.kind === 'surge' ? severityOf(ratio) : alarm.kind === 'ramp' ? severityOf(ratio / 2) : 'low',
      score: alarm.score,
      measure: { observed, low, high, unit, window },
      rate: alarm.key,
      // The rate detector says when it is over; what it forgets must end, too.
      quiet: RATES.longest,
      words: () => wordsOf(alarm, unit, whoseText(parsed, caller?.name)),
    });
  }

  /** Do narrower keys hold most of what is too much? */
  private isExplained(alarm: RateAlarm, wide: Parsed): boolean {
    const excess = excessOf(alarm);
    const span = Math.max(alarm.window, 1);
    let explained = 0;
    for (const each of this.active.values()) {
      if (each === alarm || isDown(each) !== isDown(alarm)) continue;
      if (!isWithin(parse(each.key), wide)) continue;
      // Windows differ, and so does when each was told last: what holds in calls or in calls per second holds.
      const part = excessOf(each);
      explained += Math.max(part, (part * span) / Math.max(each.window, 1));
    }
    return explained >= RATES.explained * excess;
  }

  /** Names the keys that count the caller's calls, and those of the route's family. */
  private name(caller: Caller, route: Route): void {
    const { family } = route.lane.facts;
    const known = countedRoute(caller, family);
    route.rateKey = known?.rateKey ?? `f${SEPARATOR}${caller.key}${SEPARATOR}${family}`;
    route.ratePeer = known?.ratePeer ?? this.peersOf(caller, family);
    if (caller.rateKey !== '') return;
    caller.rateKey = `i${SEPARATOR}${caller.key}`;
    caller.ratePeer = `i ${caller.kind ?? ''}`;
  }

  /** Callers of a family are judged by others of their sort, until they have a history. */
  private peersOf(caller: Caller, family: string): string {
    const kind: string = caller.kind ?? '';
    return within(
      within(this.peers, kind, () => new Map<string, string>()),
      family,
      () => `f ${kind} ${family}`,
    );
  }

  private connectionPlace(connection: string, family: string): Place {
    const families = within(this.connections, connection, () => new Map<string, Place>());
    return within(families, family, () => placeOf(`c${SEPARATOR}${connection}${SEPARATOR}${family}`, 'c'));
  }
}

/** What stands at that key; made when nothing does, and everything forgotten when there is very much. */
function within<V>(map: Map<string, V>, key: string, make: () => V): V {
  let found = map.get(key);
  if (found === undefined) {
    if (map.size >= 5000) map.clear();
    found = make();
    map.set(key, found);
  }
  return found;
}

/** A key has one episode upwards, and one downwards, whatever they are called first. */
const idOf = (event: RateAlarm | RateEnd): string => `${isDown(event) ? '-' : '+'}${event.key}`;

function parse(key: string): Parsed {
  const [width = 'o', whose = '', family = ''] = key.split(SEPARATOR);
  return { width: width as Width, whose, family };
}

/** Is what the narrow key counts a part of what the wide one counts? */
function isWithin(narrow: Parsed, wide: Parsed): boolean {
  if (narrow.width === wide.width) return false;
  if (wide.width === 'o') return true;
  if (wide.width === 'c') return narrow.width === 'f' && narrow.family === wide.family;
  return wide.width === 'i' && narrow.width === 'f' && narrow.whose === wide.whose;
}

/** Calls above, or below, what is usual. */
const excessOf = (alarm: RateAlarm): number =>
  Math.max(0, isDown(alarm) ? alarm.low - alarm.observed : alarm.observed - alarm.high);

const UNITS: Readonly<Record<string, string>> = {
  Metrics: 'metric queries',
  Logs: 'log searches',
  RUM: 'RUM searches',
  Spans: 'span searches',
  Monitors: 'monitor calls',
  Dashboards: 'dashboard calls',
  mcp: 'MCP calls',
  unknown: 'calls of unknown operations',
};

/** What is counted, in words. */
export const unitOf = (family: string): string => (family === '' ? 'calls' : (UNITS[family] ?? `${family} calls`));

const whoseText = ({ width, whose }: Parsed, name: string | undefined): string =>
  width === 'o' ? 'in the whole organisation' : width === 'c' ? `to ${whose}` : `by ${name ?? whose}`;

function wordsOf({ kind, observed, low, high, window }: RateAlarm, unit: string, whose: string) {
  const band = `${Math.round(low)} to ${Math.round(high)}`;
  switch (kind) {
    case 'surge':
      return {
        title: `${observed} ${unit} in ${spanText(window)} ${whose}; usual for this hour: ${band}`,
        reason:
          'Far more calls than ever at this hour, all at once. An agent in a loop looks like this; it uses up a rate limit that others share, and money. Look at what it asks for, and stop it when nobody meant it.',
      };
    case 'ramp':
      return {
        title: `${observed} ${unit} in ${spanText(window)} ${whose}, and rising for hours; usual for this hour: ${band}`,
        reason:
          'The rate climbs slowly and steadily. A job that takes on more and more, or a loop that feeds itself, looks like this.',
      };
    case 'shift':
      return {
        title: `${observed} ${unit} in ${spanText(window)} ${whose}, and it stays so; usual for this hour: ${band}`,
        reason:
          'The rate is at another level than before and stays there. If that is meant, nothing needs to be done: it will be the usual one.',
      };
    case 'silence':
      return {
        title: `${observed} ${unit} in ${spanText(window)} ${whose}; usual for this hour: ${band}`,
        reason:
          'Calls that always come at this hour do not. What makes them may have stopped, lost its credential, or go another way than through here.',
      };
  }
}
