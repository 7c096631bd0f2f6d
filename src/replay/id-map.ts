// Ids of the recording and what they are in the replay: learned from answers side by side, put into the calls that follow.

/** How deep bodies are read. */
const DEPTH = 100;
const ID_FIELD = /(^|[_-])(id|ids|uuid|token|handle_id)$|[a-z](Id|Ids|Uuid)$/;
/** What an id may look like in a path, a query or a text: cut at everything else. */
const TOKEN = /[A-Za-z0-9_-]+/g;
/** Shorter numbers stand for too much else to be taken for ids wherever they stand. */
const LEAST_NUMBER = 1000;

export class IdMap {
  readonly #actual = new Map<string, string>();

  /** Pairs of recorded and actual ids, as they were learned. */
  get pairs(): readonly (readonly [recorded: string, actual: string])[] {
    return [...this.#actual];
  }

  get size(): number {
    return this.#actual.size;
  }

  /** Learns from two answers to the same call: ids that stand at the same place. */
  learn(recorded: unknown, actual: unknown): void {
    this.#learn(recorded, actual, '', 0);
  }

  #learn(recorded: unknown, actual: unknown, field: string, depth: number): void {
    if (depth > DEPTH || recorded === actual) return;
    if (Array.isArray(recorded) && Array.isArray(actual)) {
      // Lists of different lengths tell nothing of which item is which.
      if (recorded.length !== actual.length) return;
      for (const [i, item] of recorded.entries()) this.#learn(item, actual[i], field, depth + 1);
    } else if (isObject(recorded) && isObject(actual)) {
      for (const [name, value] of Object.entries(recorded)) {
        if (Object.hasOwn(actual, name)) this.#learn(value, actual[name], name, depth + 1);
      }
    } else if (ID_FIELD.test(field) && isId(recorded) && isId(actual) && !this.#actual.has(String(recorded))) {
      this.#actual.set(String(recorded), String(actual));
    }
  }

  /** The id of the replay for one of the recording. */
  of(id: string): string {
    return this.#actual.get(id) ?? id;
  }

  /** A path with query, or any text, with every whole token that is a recorded id replaced. */
  inText(text: string): string {
    if (this.#actual.size === 0) return text;
    return text.replace(TOKEN, (token) => this.#actual.get(token) ?? token);
  }

  /** A JSON value with every recorded id replaced: whole strings and numbers, and whole tokens within strings. */
  inValue(value: unknown): unknown {
    return this.#actual.size === 0 ? value : this.#value(value, 0);
  }

  #value(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return this.inText(value);
    if (typeof value === 'number') {
      const actual = Number.isSafeInteger(value) ? this.#actual.get(String(value)) : undefined;
      return actual !== undefined && /^\d{1,16}$/.test(actual) ? Number(actual) : value;
    }
    if (depth > DEPTH) return value;
    if (Array.isArray(value)) return value.map((item) => this.#value(item, depth + 1));
    if (!isObject(value)) return value;
    // Ids are names of fields too: `silenced`, `state.groups`.
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [this.#actual.get(name) ?? name, this.#value(each, depth + 1)]),
    );
  }
}

const isId = (value: unknown): value is string | number =>
  (typeof value === 'string' && /^[A-Za-z0-9_-]{4,128}$/.test(value)) ||
  (Number.isSafeInteger(value) && (value as number) >= LEAST_NUMBER);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
