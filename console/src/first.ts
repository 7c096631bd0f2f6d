// The first script of each page, alone and before all others (console/first-script.ts): it sets the chosen theme before anything is painted, and asks
// for what the page is sure to want while the rest of the code is still on its way.
import { type BodyToShow, bodyUrl, exchangeUrl, wantedWhole } from './api/early.ts';
import { viewerZone } from './design/zone.ts';

const asked = new Map<string, Promise<Response>>();
globalThis.dogwatchAsked = asked;

function ask(url: string): Promise<Response> {
  const answer = fetch(url, { credentials: 'same-origin', redirect: 'error' });
  answer.catch(() => undefined);
  asked.set(url, answer);
  return answer;
}

/** The first page of a search, as its page asks for it (row-store.ts). */
function askForRows(parameters: URLSearchParams): void {
  const q = parameters.get('q') ?? '';
  // The router reads what looks like JSON as such.
  if (/^["[{\d-]|^(true|false|null)$/.test(q) || parameters.has('live')) return;
  const query = new URLSearchParams({ ...(q && { q }), tz: viewerZone() });
  query.set('order', parameters.get('order') ?? 'newest');
  query.set('limit', '50');
  void ask(`/api/v1/search?${query}`);
}

type Message = { readonly headers: readonly (readonly string[])[]; readonly body: BodyToShow };

/** An exchange, and the long body that is shown of it. */
async function askForExchange(id: string, tab: string | null): Promise<void> {
  const answer = (await ask(exchangeUrl(id))).clone();
  if (!answer.ok) return;
  const exchange = (await answer.json()) as { request: Message; response?: Message; changes?: object };
  const shown = tab ?? (exchange.changes === undefined ? 'response' : 'change');
  if (shown !== 'request' && shown !== 'response') return;
  const message = exchange[shown];
  if (message && wantedWhole(message.body, message.headers)) void ask(bodyUrl(id, shown));
}

function theme(): void {
  try {
    const chosen = localStorage.getItem('dogwatch-theme');
    if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
  } catch {
    // Storage may be closed to us: the system's theme it is.
  }
}

const { pathname, search } = location;
if (pathname !== '/sign-in') void ask('/auth/session');
const parameters = new URLSearchParams(search);
if (pathname === '/search') askForRows(parameters);
const exchange = /^\/exchange\/([0-9a-f-]{36})$/.exec(pathname)?.[1];
if (exchange !== undefined) askForExchange(exchange, parameters.get('tab')).catch(() => undefined);
theme();
