// The key interfaces that journal and vault share; the providers live in journal/.

/** Wraps data keys. May sit in a file, an environment variable or a KMS: the raw key need not be known here. */
export interface KeyEncryptionKey {
  /** A short public name of the key, derived from it; stored beside what it wrapped. */
  readonly id: string;
  /** Encrypts a data key; `context` is authenticated with it and must be given again to unwrap. */
  wrap(dataKey: Uint8Array, context: string): Promise<Uint8Array>;
  /** @throws DogwatchError `wrong_key` when this key, or the context, is not the one it was wrapped with. */
  unwrap(wrapped: Uint8Array, context: string): Promise<Uint8Array>;
}

/** Turns a secret into a keyed fingerprint: equal secrets can be recognised, none can be read. */
export type Fingerprint = (secret: string | Uint8Array) => string;
