// GET of a small JSON document from an issuer: bounded in time and size, no redirects, no content coding.
import { Agent, request } from 'undici';

/** Longest document accepted, in bytes. */
export const MAX_DOCUMENT = 512 * 1024;

export interface FetchedJson {
  readonly value: unknown;
  /** The Cache-Control header, empty when there is none. */
  readonly cacheControl: string;
}

/**
 * Fetches one JSON document within `timeout` milliseconds.
 *
 * @throws Error whose message says which URL failed and how, for the operator.
 */
export async function fetchJson(url: string, timeout: number): Promise<FetchedJson> {
  // An agent of its own: documents are fetched once in minutes, and no idle socket is left behind.
  const dispatcher = new Agent({ maxResponseSize: MAX_DOCUMENT, pipelining: 0, connections: 1 });
  try {
    const response = await request(url, {
      dispatcher,
      signal: AbortSignal.timeout(timeout),
      headers: { accept: 'application/json, application/jwk-set+json', 'accept-encoding': 'identity' },
    });
    const { statusCode, headers, body } = response;
    if (statusCode >= 300 && statusCode < 400) throw new Error(`it answered ${statusCode}; redirects are not followed`);
    if (statusCode !== 200) throw new Error(`it answered ${statusCode}`);
    if ((headers['content-encoding'] ?? 'identity') !== 'identity') throw new Error('the answer is compressed');
    const text = await body.text();
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new Error('the answer is not JSON');
    }
    const cacheControl = headers['cache-control'] ?? '';
    return { value, cacheControl: String(cacheControl) };
  } catch (error) {
    throw new Error(`GET ${url}: ${explain(error, timeout)}`);
  } finally {
    await dispatcher.destroy();
  }
}

function explain(error: unknown, timeout: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no whole answer within ${timeout} ms`;
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return `the answer is longer than ${MAX_DOCUMENT} bytes`;
  if (error instanceof AggregateError) return error.errors.map((each) => explain(each, timeout)).join('; ');
  return error.message === '' ? code : error.message;
}
