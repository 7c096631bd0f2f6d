// What the sandbox was asked, the newest of it.

export interface LoggedRequest {
  /** Milliseconds since the epoch by the sandbox's clock. */
  readonly time: number;
  readonly method: string;
  readonly target: string;
  readonly status: number;
}

export interface RequestLog {
  /** Requests since the start. */
  readonly count: number;
  add(request: LoggedRequest): void;
  newest(): readonly LoggedRequest[];
  clear(): void;
}

const MOST = 10_000;

export function requestLog(): RequestLog {
  let kept: LoggedRequest[] = [];
  let count = 0;
  return {
    get count() {
      return count;
    },
    add(request) {
      count += 1;
      kept.push(request);
      if (kept.length >= 2 * MOST) kept = kept.slice(-MOST);
    },
    newest: () => kept.slice(-MOST),
    clear() {
      kept = [];
      count = 0;
    },
  };
}
