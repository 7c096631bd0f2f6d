// Times in the forms in which Datadog's APIs write them.

/** `2026-11-22T10:00:00.123456+00:00` */
export const isoMicroseconds = (now: number): string => new Date(now).toISOString().replace('Z', '000+00:00');

/** `2026-11-22T10:00:00.123456Z` */
export const isoZulu = (now: number): string => new Date(now).toISOString().replace('Z', '000Z');

export const seconds = (now: number): number => Math.floor(now / 1000);

/** `2026-11-22T10:00:00+00:00` */
export const isoSeconds = (now: number): string => `${new Date(now).toISOString().slice(0, 19)}+00:00`;

/** Milliseconds. */
export const HOUR = 3_600_000;
