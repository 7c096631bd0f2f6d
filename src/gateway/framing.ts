// What node:http's strict parser lets through and a proxy still must not: framing and head tricks (RFC 9112 sections 3.2 and 6).
import type { IncomingMessage } from 'node:http';
import { DogwatchError } from '../exchange/error.ts';
import type { Header } from '../exchange/exchange.ts';
import { headerCount, headerValue } from './headers.ts';

const MAX_HEADERS = 256;

/** @throws DogwatchError ambiguous_framing, headers_too_large or bad_request. */
export function checkFraming(req: IncomingMessage, headers: readonly Header[]): void {
  if (headers.length > MAX_HEADERS)
    throw new DogwatchError('headers_too_large', `${headers.length} header lines, at most ${MAX_HEADERS} are read`);
  if (req.httpVersion !== '1.1' && req.httpVersion !== '1.0')
    throw new DogwatchError('bad_request', 'only HTTP/1.1 and HTTP/1.0 are spoken here');
  if (req.httpVersion === '1.1' && headerCount(headers, 'host') === 0)
    throw new DogwatchError('bad_request', 'the Host header is missing');
  if (headerCount(headers, 'host') > 1) throw new DogwatchError('bad_request', 'more than one Host header');
  const coding = headerValue(headers, 'transfer-encoding');
  if (coding === undefined) return;
  if (req.httpVersion === '1.0')
    throw new DogwatchError('ambiguous_framing', 'Transfer-Encoding in an HTTP/1.0 request');
  // The parser refuses most of these itself; what is left is a list that ends in chunked, `gzip, chunked`.
  if (coding.toLowerCase() !== 'chunked')
    throw new DogwatchError('ambiguous_framing', 'the only transfer coding taken is chunked', {
      remedy: 'compress with Content-Encoding instead',
    });
}

/** Whether a request announces a body (RFC 9112 section 6.3). */
export function announcesBody(headers: readonly Header[]): boolean {
  return headerCount(headers, 'transfer-encoding') > 0 || Number(headerValue(headers, 'content-length') ?? 0) > 0;
}
