// The base of every error Dogwatch raises on purpose: a stable code, what was wrong, and what to do about it.

import type { Code } from './codes.ts';

/**
 * An error with a stable code, meant to be read by a person.
 *
 * `message` says what was wrong and where; `remedy` says what to do. Neither may ever hold a secret.
 * `code` is snake_case, listed in `codes.ts` and in docs/errors.md.
 */
export class DogwatchError extends Error {
  readonly code: Code;
  readonly remedy: string | undefined;

  constructor(code: Code, message: string, options: { remedy?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DogwatchError';
    this.code = code;
    this.remedy = options.remedy;
  }
}

/** Wrong use of a command or a configuration file: the command exits with status 2. */
export class UsageError extends DogwatchError {
  constructor(code: Code, message: string, options: { remedy?: string; cause?: unknown } = {}) {
    super(code, message, options);
    this.name = 'UsageError';
  }
}
