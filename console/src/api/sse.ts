// Server-sent events of the API over fetch: ends are told, and a stream that broke is begun again, ever more slowly.
import { ApiError, type Params, send, urlOf } from './client.ts';

export interface StreamEvent {
  readonly name: string;
  readonly data: string;
}
export type StreamState = 'connecting' | 'live' | 'waiting' | 'ended';

export interface FollowOptions {
  readonly params?: Params;
  readonly signal: AbortSignal;
  readonly onEvent: (event: StreamEvent) => void;
  readonly onState?: (state: StreamState, error?: unknown) => void;
}

const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;
/** A stream without even a heartbeat for so long is dead. */
const SILENCE = 45_000;
const MAX_EVENT = 4 << 20;

/** Follows until the signal aborts, or the API says no for good (4xx but 429). Never rejects: failures come by `onState`. */
export async function follow(path: string, { params, signal, onEvent, onState }: FollowOptions): Promise<void> {
  for (let wait = FIRST_WAIT; !signal.aborted; ) {
    onState?.('connecting');
    const quiet = new AbortController();
    let timer = setTimeout(() => quiet.abort(), SILENCE);
    try {
      const response = await send(urlOf(path, params), {
        headers: { accept: 'text/event-stream' },
        signal: AbortSignal.any([signal, quiet.signal]),
      });
      onState?.('live');
      wait = FIRST_WAIT;
      const alive = (): void => {
        clearTimeout(timer);
        timer = setTimeout(() => quiet.abort(), SILENCE);
      };
      for await (const event of events(response, alive)) onEvent(event);
    } catch (error) {
      if (signal.aborted) break;
      if (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429) {
        onState?.('ended', error);
        return;
      }
      onState?.('waiting', error);
    } finally {
      clearTimeout(timer);
    }
    await pause(wait * (0.75 + Math.random() / 2), signal);
    wait = Math.min(LONGEST_WAIT, wait * 2);
  }
}

/** The events of one stream until its end, without a second attempt. @throws ApiError, or the signal's reason */
export async function* streamOnce(path: string, params: Params, signal: AbortSignal): AsyncGenerator<StreamEvent> {
  const response = await send(urlOf(path, params), { headers: { accept: 'text/event-stream' }, signal });
  yield* events(response, () => undefined);
}

/** The events of a response (WHATWG HTML section 9.2.6). @throws when one is longer than any should be */
async function* events(response: Response, alive: () => void): AsyncGenerator<StreamEvent> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) return;
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      alive();
      rest += value;
      const blocks = rest.split('\n\n');
      rest = blocks.pop() ?? '';
      if (rest.length > MAX_EVENT) throw new Error('an event of the stream is too long');
      for (const block of blocks) {
        const event = eventOf(block);
        if (event) yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function eventOf(block: string): StreamEvent | undefined {
  let name = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    if (line.startsWith('event:')) name = line.slice(6).trim();
    else if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5));
  }
  return data.length === 0 ? undefined : { name, data: data.join('\n') };
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
