// Why an alert could not be delivered: words of ours, never those of a secret.

/** An attempt failed. `message` is shown to people, and holds no secret. */
export class NotDelivered extends Error {
  /** Milliseconds that the receiver asked to be left alone for. */
  readonly wait: number | undefined;

  constructor(message: string, wait?: number) {
    super(message);
    this.name = 'NotDelivered';
    this.wait = wait;
  }
}

/** Why something of Node's failed: its code, since its message may hold an address that is a secret. */
export function reasonOf(error: unknown, signal: AbortSignal): string {
  if (error instanceof NotDelivered) return error.message;
  if (signal.aborted) return 'it did not answer in time';
  const code = (error as { code?: unknown }).code ?? ((error as Error).cause as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^[A-Za-z0-9_]{2,64}$/.test(code) ? `it cannot be reached (${code})` : 'it failed';
}
