// Counts and rates as one byte each: small counts exactly, large ones within 3 %; rates within 4 %, rounded at random so that small changes add up.

const EXACT = 64;
const COUNT_STEP = Math.log(1.06);
const COUNTS = Float64Array.from({ length: 255 }, (_, code) =>
  code < EXACT ? code : Math.round(EXACT * Math.exp((code - EXACT) * COUNT_STEP)),
);

/** 0 to 254, of a count of up to four millions. */
export const countCode = (count: number): number =>
  count < EXACT ? Math.round(count) : Math.min(254, EXACT + Math.round(Math.log(count / EXACT) / COUNT_STEP));

export const countOf = (code: number): number => COUNTS[code] ?? 0;

const LEAST = 0.02;
const RATE_STEP = Math.log(5e8) / 253;
const RATES = Float64Array.from({ length: 255 }, (_, code) =>
  code === 0 ? 0 : LEAST * Math.exp((code - 1) * RATE_STEP),
);

/** 0 to 254, of calls per hour. @param dither 0 to 1, by which it is rounded up or down */
export const rateCode = (rate: number, dither: number): number =>
  rate < LEAST ? 0 : Math.min(254, 1 + Math.floor(Math.log(rate / LEAST) / RATE_STEP + dither));

export const rateOf = (code: number): number => RATES[code] ?? 0;

/** A number from 0 to 1 that looks random and is always the same for two integers. */
export function ditherOf(one: number, other: number): number {
  let mixed = Math.imul(one ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(other + 0x7f4a7c15, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 4_294_967_296;
}
