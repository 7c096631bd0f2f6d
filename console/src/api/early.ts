// What a page is sure to ask first is asked while its code still loads: an answer waits here for the one who asks for that very address.
import { viewerZone } from '../design/zone.ts';

/** Milliseconds after which an answer that nobody took is none any more. */
const FRESH = 10_000;

/** Bytes of each body that come with an exchange: what is longer is asked for by itself, once it is known to be. */
export const EXCHANGE_BODY = 128 << 10;

const asked = new Map<string, Promise<Response>>();

/** The answer that is under way already, once. */
export function takeEarly(url: string): Promise<Response> | undefined {
  const answer = performance.now() < FRESH ? asked.get(url) : undefined;
  asked.delete(url);
  return answer;
}

function ask(url: string): void {
  const answer = fetch(url, { credentials: 'same-origin', redirect: 'error' });
  answer.catch(() => undefined);
  asked.set(url, answer);
}

/** The first page of a search, as its page asks for it (`FIRST` rows of row-store.ts). */
function firstPage(parameters: URLSearchParams): string | undefined {
  const q = parameters.get('q') ?? '';
  // The router reads what looks like JSON as such.
  if (/^["[{\d-]|^(true|false|null)$/.test(q) || parameters.has('live')) return undefined;
  const query = new URLSearchParams({ ...(q && { q }), tz: viewerZone() });
  query.set('order', parameters.get('order') ?? 'newest');
  query.set('limit', '50');
  return `/api/v1/search?${query}`;
}

const exchange = /^\/exchange\/([0-9a-f-]{36})$/.exec(location.pathname)?.[1];

if (location.pathname !== '/sign-in') ask('/auth/session');
if (location.pathname === '/search') {
  const url = firstPage(new URLSearchParams(location.search));
  if (url !== undefined) ask(url);
}
if (exchange !== undefined) ask(`/api/v1/exchanges/${exchange}?body=${EXCHANGE_BODY}`);
