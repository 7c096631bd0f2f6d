// Calls to a sandbox in process, for the tests of what it answers.
import type { Json, JsonObject } from '../../src/sandbox/json.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';

/** Where the clock of a test's sandbox stands. */
export const NOW = Date.parse('2026-01-02T03:04:05Z');

export interface Answered {
  readonly status: number;
  /** Lists are arrays all the same: what is asked of them is asked by `arrayOf`. */
  readonly body: JsonObject;
}

/** A sandbox of its own whose clock stands. */
export function fresh(now: number = NOW): Sandbox {
  const sandbox = createSandbox();
  sandbox.reset(now);
  return sandbox;
}

/** Asks; a text is sent as it is, anything else as JSON. */
export function ask(sandbox: Sandbox, method: string, target: string, body?: unknown): Answered {
  const { status, body: answer } = sandbox.answer({
    method,
    target,
    contentType: 'application/json',
    ...(body !== undefined && { body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) }),
  });
  return { status, body: answer as JsonObject };
}

/** A JSON:API body. */
export const resource = (type: string, attributes: JsonObject, more: Record<string, Json> = {}): JsonObject => ({
  data: { type, attributes, ...more },
});
