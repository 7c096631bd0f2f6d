// Sizes and durations as people write them: `1MiB`, `64KiB`, `30s`, `5m`; and addresses, `127.0.0.1:8080`, `[::1]:8080`.

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
