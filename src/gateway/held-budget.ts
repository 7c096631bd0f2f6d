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

/** What one exchange has taken of the budget; given back when the exchange is over. */
export class HeldShare {
  #budget: HeldBudget;
  #taken = 0;

  constructor(budget: HeldBudget) {
    this.#budget = budget;
  }

  /** @throws DogwatchError overloaded when the bytes are not to be had now. */
  take(bytes: number): void {
    this.#budget.take(bytes);
    this.#taken += bytes;
  }

  /** Gives some of it back early. */
  give(bytes: number): void {
    this.#budget.give(bytes);
    this.#taken -= bytes;
  }

  /** Gives back what is left. */
  release(): void {
    this.#budget.give(this.#taken);
    this.#taken = 0;
  }
}
