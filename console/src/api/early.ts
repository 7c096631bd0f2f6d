// Answers to what src/first.ts asked before the page's code was there: each waits for the one who asks for that very address, once.

/** Bytes of each body that come with an exchange: what is longer is asked for by itself. */
export const EXCHANGE_BODY = 128 << 10;
/** The most of a body that is fetched to be shown, in bytes; what is longer is downloaded. */
export const SHOWN_BODY = 32 << 20;

/** Milliseconds after the page began in which an early answer is taken for a fresh one. */
const FRESH = 10_000;

declare global {
  /** Made by src/first.ts. */
  var dogwatchAsked: Map<string, Promise<Response>> | undefined;
}

/** The answer that is under way already, once. */
export function takeEarly(url: string): Promise<Response> | undefined {
  const asked = globalThis.dogwatchAsked;
  const answer = performance.now() < FRESH ? asked?.get(url) : undefined;
  asked?.delete(url);
  return answer;
}

/** What tells whether a body comes whole with its exchange, or is wanted by itself; of the API's answer. */
export interface BodyToShow {
  readonly recorded: number;
  readonly content?: { readonly truncated: boolean; readonly encoding: string } | undefined;
}

/** Whether a body that was cut short in the exchange is to be fetched whole. */
export const wantedWhole = ({ content, recorded }: BodyToShow, headers: readonly (readonly string[])[]): boolean =>
  content?.truncated === true &&
  content.encoding === 'utf8' &&
  recorded <= SHOWN_BODY &&
  !headers.some(([name = '', value = '']) => /^content-encoding$/i.test(name) && !/^identity$/i.test(value));

export const exchangeUrl = (id: string): string => `/api/v1/exchanges/${encodeURIComponent(id)}?body=${EXCHANGE_BODY}`;
export const bodyUrl = (id: string, direction: 'request' | 'response'): string =>
  `/api/v1/exchanges/${encodeURIComponent(id)}/${direction}`;
