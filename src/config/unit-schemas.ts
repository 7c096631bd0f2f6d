// Schemas of the units in a configuration (units.ts). Apart from them, because every command reads units and few need zod.
import { z } from 'zod';
import { parseAddress, parseDuration, parseSize } from './units.ts';

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
