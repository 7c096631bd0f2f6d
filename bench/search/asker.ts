// Those who search, as a process of its own, as they would be on machines of their own: each asks one question after the other.
import { setTimeout as delay } from 'node:timers/promises';
import { DogwatchError } from '../../src/exchange/error.ts';

/** Where to ask, as whom, how many questions at once, and how many milliseconds after each answer. */
export interface Asking {
  readonly apiUrl: string;
  readonly token: string;
  readonly atOnce: number;
  readonly pause: number;
}

/** What it is told: to ask, or to stop, which it answers with what it asked took. */
export type Order = Asking | { readonly stop: true };

/** How many milliseconds each question took, or why they could not be asked. */
export interface Asked {
  readonly took: readonly number[];
  readonly failure?: string;
}

const QUESTIONS = [
  'search?q=op:v1.CreateMonitor&limit=50',
  'search?q=action:create%20-status:200',
  'search?q=who:bench*%20since:1h',
  'search/facets?field=op,who,status&q=since:1h',
  'search/histogram?q=since:1h',
  'search?q=risk:%3E%3Dhigh',
];

let stopped = new AbortController();
let asking: Promise<Asked> = Promise.resolve({ took: [] });

process.on('message', (order: Order) => {
  if ('stop' in order) {
    stopped.abort();
    void asking.then((asked) => process.send?.(asked));
  } else {
    stopped = new AbortController();
    asking = Promise.all(Array.from({ length: order.atOnce }, () => ask(order, stopped.signal))).then(together);
  }
});

function together(all: readonly Asked[]): Asked {
  const failure = all.find((one) => one.failure !== undefined)?.failure;
  return { took: all.flatMap(({ took }) => took), ...(failure !== undefined && { failure }) };
}

async function ask(order: Asking, stop: AbortSignal): Promise<Asked> {
  const took: number[] = [];
  try {
    while (!stop.aborted) {
      const begin = performance.now();
      const response = await fetch(`${order.apiUrl}/api/v1/${QUESTIONS[took.length % QUESTIONS.length]}`, {
        headers: { authorization: `Bearer ${order.token}` },
      });
      const text = await response.text();
      took.push(performance.now() - begin);
      if (!response.ok) throw new DogwatchError('internal', `a search failed: ${response.status} ${text}`);
      if (order.pause > 0) await delay(order.pause, undefined, { signal: stop }).catch(() => {});
    }
    return { took };
  } catch (error) {
    return { took, failure: String(error) };
  }
}
