// One exchange as HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/), for browsers' network panels and other tools.
import type { Header } from '../exchange/exchange.ts';
import { asText, decodedBody } from './decoded-body.ts';
import { headerOf, type RecordedExchange, requestBodyInfo } from './recorded-exchange.ts';

/** The HAR log of some exchanges. Fields of Dogwatch's own begin with `_dogwatch`, as custom fields must begin with `_`. */
export function toHar(exchanges: readonly RecordedExchange[], version: string): object {
  return {
    log: { version: '1.2', creator: { name: 'Dogwatch', version }, entries: exchanges.map((each) => harEntry(each)) },
  };
}

/** The log's beginning and end around entries that are written one by one, separated by commas. */
export const harHead = (version: string): string =>
  `{"log":{"version":"1.2","creator":${JSON.stringify({ name: 'Dogwatch', version })},"entries":[`;
export const harEnd = (comment?: string): string =>
  `]${comment === undefined ? '' : `,"comment":${JSON.stringify(comment)}`}}}\n`;

/** One entry. @param comment what is to be said of it */
export function harEntry(exchange: RecordedExchange, comment?: string): object {
  const { summary } = exchange;
  const timing = summary.timing;
  const forwarded = timing?.forwarded ?? 0;
  const firstByte = timing?.firstByte ?? forwarded;
  return {
    startedDateTime: new Date(summary.receivedAt).toISOString(),
    time: timing?.completed ?? 0,
    request: request(exchange),
    response: response(exchange),
    cache: {},
    ...(comment !== undefined && { comment }),
    timings: {
      blocked: forwarded,
      send: 0,
      wait: firstByte - forwarded,
      receive: Math.max(0, (timing?.completed ?? firstByte) - firstByte),
    },
    _dogwatch: {
      exchange: summary.exchange,
      session: summary.session,
      identity: summary.identity ?? null,
      claimedClient: summary.client,
      connection: summary.connection ?? null,
      classification: summary.classification,
      verdict: summary.verdict,
      outcome: summary.outcome ?? 'pending',
      error: summary.error ?? null,
      requestBody: requestBodyInfo(summary),
      responseBody: summary.response?.body ?? null,
    },
  };
}

function request({ summary, requestBody }: RecordedExchange): object {
  const { method, host, target, httpVersion, headers } = summary.request;
  const query = target.includes('?') ? target.slice(target.indexOf('?') + 1) : '';
  const url = `https://${host}${target}`;
  const base = {
    method,
    url,
    httpVersion: `HTTP/${httpVersion}`,
    cookies: [],
    headers: pairs(headers),
    queryString: [...new URLSearchParams(query)].map(([name, value]) => ({ name, value })),
    headersSize: -1,
    bodySize: requestBodyInfo(summary).size,
  };
  if (requestBody.length === 0) return base;
  const body = decodedBody(
    requestBody,
    requestBodyInfo(summary).decoded ? undefined : headerOf(headers, 'content-encoding'),
  );
  return {
    ...base,
    postData: { mimeType: headerOf(headers, 'content-type') ?? '', params: [], ...textOf(body.bytes) },
  };
}

function response({ summary, responseBody }: RecordedExchange): object {
  const answer = summary.response;
  const headers = answer?.headers ?? [];
  const body = decodedBody(responseBody, answer?.body.decoded ? undefined : headerOf(headers, 'content-encoding'));
  return {
    status: answer?.status ?? 0,
    statusText: '',
    httpVersion: 'HTTP/1.1',
    cookies: [],
    headers: pairs(headers),
    content: { size: body.bytes.length, mimeType: headerOf(headers, 'content-type') ?? '', ...textOf(body.bytes) },
    redirectURL: headerOf(headers, 'location') ?? '',
    headersSize: -1,
    bodySize: answer?.body.size ?? -1,
  };
}

const pairs = (headers: readonly Header[]): object[] => headers.map(([name, value]) => ({ name, value }));

function textOf(bytes: Uint8Array): { text: string; encoding?: 'base64' } {
  const text = asText(bytes);
  return text === undefined ? { text: Buffer.from(bytes).toString('base64'), encoding: 'base64' } : { text };
}
