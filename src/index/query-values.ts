// Values of a query: amounts with units, and moments, relative or absolute, in a time zone.

/** A moment: so many milliseconds before the search, or milliseconds since the epoch. */
export type Moment = { readonly ago: number } | { readonly at: number };

const DURATIONS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const SIZES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1000,
  mb: 1_000_000,
  gb: 1_000_000_000,
  kib: 1024,
  mib: 1_048_576,
  gib: 1_073_741_824,
};

/** A number, milliseconds (`500ms`, `1.5s`; a bare number is milliseconds) or bytes (`64KB`, `1MiB`); else what is wrong. */
export function readAmount(text: string, unit: 'number' | 'duration' | 'bytes'): number | string {
  const [, digits, suffix] = /^(\d{1,15}(?:\.\d{1,9})?)([a-zA-Z]*)$/.exec(text) ?? [];
  if (digits === undefined) return `'${text}' is no number.`;
  const value = Number(digits);
  const name = (suffix ?? '').toLowerCase();
  if (name === '') return value;
  if (unit === 'number') return `'${suffix}' should not follow a number here.`;
  const factor = (unit === 'duration' ? DURATIONS : SIZES)[name];
  if (factor === undefined)
    return `'${suffix}' is no unit here; there are ${Object.keys(unit === 'duration' ? DURATIONS : SIZES).join(', ')}.`;
  return value * factor;
}

interface ReadMoment {
  readonly moment: Moment;
  /** Where the next day begins, when a date without a time was read. */
  readonly nextDay?: number;
}

/**
 * Reads `24h`, `now`, `today`, `yesterday 10:00`, `10:00` (of today), `2026-11-22`, `2026-11-22T10:00`, `2026-11-22 10:00:30.250`, with `Z`,
 * `+02:00` or a zone behind it (`10:00 Europe/Berlin`), else in the given zone; RFC 3339 apart from what may be left out. Returns what is
 * wrong when it cannot be read.
 */
export function readMoment(text: string, options: { timeZone: string; now: number }): ReadMoment | string {
  const [, before = '', zone] = /^(.*\S) +([A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*)$/.exec(text) ?? [];
  if (zone === undefined) return readInZone(text, options);
  return isTimeZone(zone) ? readInZone(before, { ...options, timeZone: zone }) : `'${zone}' is no time zone.`;
}

function readInZone(text: string, options: { timeZone: string; now: number }): ReadMoment | string {
  const word = dated(text.toLowerCase(), options);
  if (word === 'now') return { moment: { ago: 0 } };
  const [, digits, unit] = /^(\d{1,13}(?:\.\d{1,9})?)([a-z]+)$/.exec(word) ?? [];
  if (digits !== undefined && unit !== undefined) {
    const factor = DURATIONS[unit];
    if (factor === undefined) return `'${unit}' is no unit of time; there are ${Object.keys(DURATIONS).join(', ')}.`;
    return { moment: { ago: Number(digits) * factor } };
  }
  if (word === 'today' || word === 'yesterday') {
    const shift = word === 'today' ? 0 : -1;
    const { year, month, day } = fieldsAt(options.now, options.timeZone);
    return dayOf(year, month, day + shift, options.timeZone);
  }
  const parts =
    /^(\d{4})-(\d\d)-(\d\d)(?:[t ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(?: ?(z|[+-]\d\d:?\d\d))?$/.exec(word);
  if (!parts) return `'${text}' is no time.`;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const calendar = new Date(Date.UTC(year, month - 1, day));
  if (calendar.getUTCMonth() !== month - 1 || calendar.getUTCDate() !== day || hour > 23 || minute > 59 || second > 60)
    return `'${text}' is no time that exists.`;
  const offset = parts[8];
  if (parts[4] === undefined && offset === undefined) return dayOf(year, month, day, options.timeZone);
  const fraction = Math.trunc(Number(`0.${parts[7] ?? 0}`) * 1000);
  const wall = Date.UTC(year, month - 1, day, hour, minute, second, fraction);
  if (offset === undefined) return { moment: { at: fromWall(wall, options.timeZone) } };
  const sign = offset.startsWith('-') ? -1 : 1;
  const [hours = 0, minutes = 0] = offset === 'z' ? [] : [Number(offset.slice(1, 3)), Number(offset.slice(-2))];
  if (hours > 23 || minutes > 59) return `'${offset}' is no offset from UTC.`;
  return { moment: { at: wall - sign * (hours * 60 + minutes) * 60_000 } };
}

/** A clock time with the date that it is of: `10:00` is today's, `yesterday 10:00` says so. Anything else as it is. */
function dated(word: string, { now, timeZone }: { timeZone: string; now: number }): string {
  const [, day, clock] = /^(?:(today|yesterday)[t ])?(\d\d?:\d\d(?::.*|z|[ +-].*)?)$/.exec(word) ?? [];
  if (clock === undefined) return word;
  const today = fieldsAt(now, timeZone);
  const date = new Date(Date.UTC(today.year, today.month - 1, today.day - (day === 'yesterday' ? 1 : 0)));
  return `${date.toISOString().slice(0, 10)} ${clock.padStart(clock.indexOf(':') === 1 ? clock.length + 1 : 0, '0')}`;
}

function dayOf(year: number, month: number, day: number, timeZone: string): ReadMoment {
  const at = fromWall(Date.UTC(year, month - 1, day), timeZone);
  return { moment: { at }, nextDay: fromWall(Date.UTC(year, month - 1, day + 1), timeZone) };
}

/** The moment at which clocks in the zone show that time (given as if it were UTC). A time that a clock change skips is the one after. */
function fromWall(wall: number, timeZone: string): number {
  if (timeZone === 'UTC') return wall;
  const first = wall - offsetAt(wall, timeZone);
  return wall - offsetAt(first, timeZone);
}

/** Milliseconds by which clocks in the zone are ahead of UTC. */
export function offsetAt(time: number, timeZone: string): number {
  const { year, month, day, hour, minute, second } = fieldsAt(time, timeZone);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(time / 1000) * 1000;
}

interface ClockFields {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function fieldsAt(time: number, timeZone: string): ClockFields {
  let format = formats.get(timeZone);
  if (!format) {
    const numeric = 'numeric';
    format = new Intl.DateTimeFormat('en-u-ca-iso8601', {
      timeZone,
      hourCycle: 'h23',
      year: numeric,
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
      second: numeric,
    });
    if (formats.size < 1000) formats.set(timeZone, format);
  }
  const found: Record<string, number> = {};
  for (const part of format.formatToParts(time)) found[part.type] = Number(part.value);
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = found;
  return { year, month, day, hour, minute, second };
}

/** Those that were asked for before: to make a format takes longer than to read a query. */
const zones = new Set<string>(['UTC']);

/** Is that the name of a time zone? */
export function isTimeZone(name: string): boolean {
  if (zones.has(name)) return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    // There are some hundred, but upper and lower case may be mixed.
    if (zones.size < 1000) zones.add(name);
    return true;
  } catch {
    return false;
  }
}
