// Numbers, sizes, durations and times as people read them.

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** `12,345`. */
export const count = (value: number): string => whole.format(value);
/** `12.3K`, where room is scarce. */
export const shortCount = (value: number): string => (value < 10_000 ? whole.format(value) : compact.format(value));
/** `1 call`, `3 calls`. */
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** Bytes in powers of 1024: `0 B`, `6.7 KiB`, `12 MiB`. */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let at = 0;
  let rest = value;
  while (rest >= 1024 && at < units.length - 1) {
    rest /= 1024;
    at += 1;
  }
  return `${at === 0 || rest >= 100 ? Math.round(rest) : rest.toFixed(1)} ${units[at]}`;
}

/** Milliseconds: `0.4 ms`, `182 ms`, `3.2 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (ms < 0) return `-${duration(-ms)}`;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const s = Math.round(ms / 1000);
  const pair = (big: number, bigUnit: string, small: number, smallUnit: string): string =>
    small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
  if (s < 3600) return pair(Math.floor(s / 60), 'min', s % 60, 's');
  if (s < 86_400) return pair(Math.floor(s / 3600), 'h', Math.floor((s % 3600) / 60), 'min');
  return pair(Math.floor(s / 86_400), 'd', Math.floor((s % 86_400) / 3600), 'h');
}

/** How long ago, coarsely: `just now`, `4 min ago`, `in 2 h`. */
export function ago(time: number, now = Date.now()): string {
  const passed = now - time;
  const size = Math.abs(passed);
  if (size < 5000) return 'just now';
  const text =
    size < 60_000
      ? `${Math.round(size / 1000)} s`
      : size < 3_600_000
        ? `${Math.round(size / 60_000)} min`
        : size < 86_400_000
          ? `${Math.round(size / 3_600_000)} h`
          : `${Math.round(size / 86_400_000)} d`;
  return passed >= 0 ? `${text} ago` : `in ${text}`;
}

const pad = (value: number, width = 2): string => String(value).padStart(width, '0');

/** The viewer's zone: `2026-11-22 19:55:03.120`. */
export function localTime(time: number, { ms = true }: { ms?: boolean } = {}): string {
  return `${localDay(time)} ${localClock(time, { ms })}`;
}
export function localDay(time: number): string {
  const at = new Date(time);
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
}
export function localClock(time: number, { ms = true }: { ms?: boolean } = {}): string {
  const at = new Date(time);
  const clock = `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
  return ms ? `${clock}.${pad(at.getMilliseconds(), 3)}` : clock;
}
/** `2026-11-22 18:55:03.120 UTC`. */
export const utcTime = (time: number): string => `${new Date(time).toISOString().slice(0, -1).replace('T', ' ')} UTC`;

/** The first part of a UUID, enough to tell two apart by eye. */
export const shortId = (id: string): string => (id.length > 13 ? id.slice(0, 13) : id);
