// POSTs JSON to the one place that the configuration names: no redirect is followed, little of the answer is read.
import { Agent, request } from 'undici';
import { NotDelivered, reasonOf } from './problem.ts';

/** Of an answer nothing is needed but its status. */
const MAX_ANSWER = 64 * 1024;
/** The longest that a receiver may put us off for, in milliseconds. */
const MAX_WAIT = 3_600_000;

export interface Post {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Resolves when the receiver has taken it: with a status of 2xx. @throws NotDelivered */
export async function post({ url, headers, body }: Post, signal: AbortSignal): Promise<void> {
  // An own agent: messages are rare, and no idle socket is left behind.
  const dispatcher = new Agent({ maxResponseSize: MAX_ANSWER, pipelining: 0, connections: 1 });
  try {
    const answer = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'dogwatch', ...headers },
      body,
      dispatcher,
      signal,
    });
    await answer.body.dump({ limit: MAX_ANSWER, signal });
    const { statusCode: status } = answer;
    if (status >= 200 && status < 300) return;
    const redirected = status >= 300 && status < 400 ? '; redirects are not followed' : '';
    throw new NotDelivered(`it answered with status ${status}${redirected}`, waitOf(answer.headers['retry-after']));
  } catch (error) {
    if (error instanceof NotDelivered) throw error;
    throw new NotDelivered(reasonOf(error, signal));
  } finally {
    await dispatcher.destroy().catch(() => undefined);
  }
}

/** Seconds of a Retry-After (RFC 9110 section 10.2.3); a date is not waited for. */
function waitOf(value: string | string[] | undefined): number | undefined {
  return typeof value === 'string' && /^\d{1,6}$/.test(value) ? Math.min(Number(value) * 1000, MAX_WAIT) : undefined;
}
