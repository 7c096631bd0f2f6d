// Faults that the sandbox makes on request: 429, 5xx, latency, dropped connections.
import { isObject, type Json } from './json.ts';

export interface Faults {
  /** One of this many calls fails; none when 0. */
  readonly every: number;
  readonly status?: number;
  readonly delayMs?: number;
  readonly drop?: boolean;
}

export const noFaults: Faults = { every: 0 };

/** Reads `{"every": 5, "status": 429}`, `{"every": 1, "delayMs": 200}`, `{"every": 10, "drop": true}`; undefined for anything else. */
export function readFaults(value: Json | undefined): Faults | undefined {
  if (!isObject(value)) return undefined;
  const { every = 1, status, delayMs, drop } = value;
  if (!whole(every, 0, 1_000_000)) return undefined;
  if (status !== undefined && !whole(status, 400, 599)) return undefined;
  if (delayMs !== undefined && !whole(delayMs, 0, 60_000)) return undefined;
  if (drop !== undefined && typeof drop !== 'boolean') return undefined;
  return {
    every,
    ...(status !== undefined && { status }),
    ...(delayMs !== undefined && { delayMs }),
    ...(drop && { drop }),
  };
}

const whole = (value: Json, least: number, most: number): value is number =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

/** The fault that the call of that number meets. */
export const faultFor = (faults: Faults, count: number): Faults | undefined =>
  faults.every > 0 && count % faults.every === faults.every - 1 ? faults : undefined;
