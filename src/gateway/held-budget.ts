// A bound on the memory that long held bodies take together, whatever the number of callers.
import { DogwatchError } from '../exchange/error.ts';

/** Counts bytes of bodies held beyond the ordinary hold limit. */
export class HeldBudget {
  #free: number;

  /** @param bytes the bound */
  constructor(bytes: number) {
    this.#free = bytes;
  }

  /** @throws DogwatchError overloaded when the bytes are not to be had now. */
  take(bytes: number): void {
    if (bytes > this.#free)
      throw new DogwatchError('overloaded', 'too many long bodies are being held at once', {
        remedy: 'try again in a moment',
      });
    this.#free -= bytes;
  }

  give(bytes: number): void {
    this.#free += bytes;
  }
}
