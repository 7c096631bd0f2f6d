// Sizes and durations as people write them: `1MiB`, `64KiB`, `30s`, `5m`; and addresses, `127.0.0.1:8080`, `[::1]:8080`.
import { z } from 'zod';

const SIZE = /^(\d{1,15})\s*(B|KiB|MiB|GiB|TiB|kB|MB|GB|TB)?$/;
const SIZE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};
const DURATION = /^(\d{1,12})\s*(ms|s|m|h|d)$/;
const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 60e3, h: 3600e3, d: 86400e3 };

/** Bytes of `100`, `64KiB`, `10MB`; undefined when it is no size, or one past 2^53. */
export function parseSize(text: string): number | undefined {
  const match = SIZE.exec(text.trim());
  if (!match) return undefined;
  const bytes = Number(match[1]) * (SIZE_UNITS[match[2] ?? 'B'] ?? Number.NaN);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Milliseconds of `250ms`, `30s`, `5m`, `1h`, `7d`; undefined when it is no duration. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text.trim());
  if (!match) return undefined;
  const ms = Number(match[1]) * (DURATION_UNITS[match[2] ?? ''] ?? Number.NaN);
  return Number.isSafeInteger(ms) ? ms : undefined;
}

/** Where to listen; port 0 means any free one. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** The address in `127.0.0.1:8080`, `[::1]:8080` or `gateway.internal:443`; undefined when it is none. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text.trim());
  if (!match) return undefined;
  const host = match[1] ?? match[2] ?? '';
  const port = Number(match[3]);
  return port <= 65535 ? { host, port } : undefined;
}

/** The address as one writes it, brackets around IPv6. */
export const formatAddress = (address: Address): string =>
  `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;

/** Whether nobody outside this machine can reach the address. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

/** A schema of text (or a number) that `parse` turns into a value; the error tells what was expected, the title what it is called. */
function written<T>(title: string, parse: (text: string) => T | undefined, expected: string) {
  return z
    .union([z.string(), z.number()], { error: `expected ${expected}` })
    .meta({ title })
    .transform((value, context): T => {
      const result = parse(String(value));
      if (result !== undefined) return result;
      context.addIssue({ code: 'custom', message: `"${value}" is not ${expected}` });
      return z.NEVER;
    });
}

/** A size, in bytes. */
export const size = written('size', parseSize, 'a size: bytes, or a number with a unit such as 64KiB or 1MiB');

/** A size in bytes, or `none`. */
export const optionalSize = written<number | 'none'>(
  'size or none',
  (text) => (text === 'none' ? 'none' : parseSize(text)),
  'a size such as 16MiB, or none',
).transform((value) => (value === 'none' ? undefined : value));

/** A duration, in milliseconds. */
export const duration = written(
  'duration',
  parseDuration,
  'a duration: a number with a unit such as 250ms, 30s, 5m or 1h',
);

/** An address to listen on. */
export const address = written(
  'address',
  parseAddress,
  'an address to listen on: host:port such as 127.0.0.1:8080 or [::1]:8080',
);

/** A whole number of things above zero; also as text, since an environment override is text. */
export const count = written(
  'whole number',
  (text) => (/^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined),
  'a whole number above zero',
);
