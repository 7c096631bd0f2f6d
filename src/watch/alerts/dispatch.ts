// Sends alerts: each until it is delivered or given up, at least once, in order for each finding, and tells the journal what became of it.
import type { AlertsConfig } from '../../config/alerts.ts';
import type { AlertEvent, Delivery } from '../../exchange/alert.ts';
import { newId } from '../../exchange/canonical.ts';
import type { Entry, LifecycleEvent } from '../../exchange/entry.ts';
import type { AlertLog, Queued } from './alert-log.ts';
import { type Message, severityOf, titleOf } from './message.ts';
import { NotDelivered } from './problem.ts';
import type { Sender } from './sender.ts';

/** Messages of one route that are on their way at once. */
const AT_ONCE = 4;
/** Messages of one route that wait; more are given up at once, and kept like others that were. */
const MAX_WAITING = 1000;
/** Time that what is under way has when the gateway stops, in milliseconds. */
const LAST_MOMENT = 2000;

interface Log {
  error(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export interface DispatchOptions {
  readonly config: AlertsConfig;
  /** By the name of the route. */
  readonly senders: ReadonlyMap<string, Sender>;
  readonly store: AlertLog;
  /** Appends to the journal. */
  readonly append: (entry: Entry) => Promise<unknown>;
  /** Ends what is under way. */
  readonly stop: () => void;
  readonly log: Log;
  /** Nothing is sent but what is asked for: a command looks at what is there. */
  readonly idle?: boolean;
  /** 0 to 1. */
  readonly random?: () => number;
}

/** What a message is about. */
export type About = Pick<Message, 'finding' | 'containments'>;

export interface Dispatch {
  /** Writes a message down and sends it; resolves when it is on disk. */
  send(route: string, event: AlertEvent, about: About): Promise<void>;
  /** Sends a test message, once. @returns what became of it */
  test(route: string): Promise<Delivery>;
  /** Sends again at once what waits or was given up. @returns what became of that attempt; undefined when there is no such message */
  retry(id: string): Promise<Delivery | undefined>;
  /** What is under way has a moment; what was not delivered is, after the next start. */
  close(): Promise<void>;
}

export function createDispatch(options: DispatchOptions): Dispatch {
  const { config, senders, store, append, log, random = Math.random } = options;
  /** Ids of messages that are on their way, and what they wait for. */
  const underWay = new Map<string, Promise<Delivery>>();
  const timers = new Map<string, NodeJS.Timeout>();
  let closed = false;

  const linkOf = (finding: string | undefined): string | undefined =>
    config.console && finding && `${config.console.replace(/\/+$/, '')}/findings/${finding}`;

  /** Lines up what waits on a route: sends what is due, and comes back when the next is. */
  function pump(route: string): void {
    if (closed || options.idle === true) return;
    clearTimeout(timers.get(route));
    const waiting = store
      .all()
      .reverse()
      .filter(({ delivery }) => delivery.route === route && delivery.state === 'pending' && delivery.event !== 'test');
    const now = Date.now();
    let busy = waiting.filter(({ delivery }) => underWay.has(delivery.id)).length;
    let next = Number.POSITIVE_INFINITY;
    const ahead = new Set<string>();
    for (const queued of waiting) {
      const { id, finding = id, next: due = 0 } = queued.delivery;
      // What comes later of the same finding waits for what came before.
      const first = !ahead.has(finding);
      ahead.add(finding);
      if (!first || underWay.has(id)) continue;
      if (due > now) next = Math.min(next, due);
      else if (busy < AT_ONCE) {
        busy += 1;
        void attempt(queued).then(
          () => pump(route),
          () => undefined,
        );
      }
    }
    if (next < Number.POSITIVE_INFINITY) {
      timers.set(
        route,
        setTimeout(() => pump(route), Math.min(next - now, 60_000)),
      );
    }
  }

  function attempt(queued: Queued): Promise<Delivery> {
    const { id } = queued.delivery;
    const running = underWay.get(id) ?? tried(queued).finally(() => underWay.delete(id));
    underWay.set(id, running);
    return running;
  }

  /** One attempt, and what it leads to. Rejects only when that cannot be written down. */
  async function tried({ delivery, message }: Queued): Promise<Delivery> {
    const sender = senders.get(delivery.route);
    const attempts = delivery.attempts + 1;
    const { next: _next, problem: _problem, ...rest } = delivery;
    let failure: NotDelivered | undefined;
    try {
      if (sender === undefined) throw new NotDelivered('the configuration has no such route any more');
      if (message === undefined) throw new NotDelivered('what it said is not kept any more');
      const link = linkOf(message.finding?.id);
      await sender.send({ ...message, ...(link !== undefined && { link }) });
    } catch (error) {
      failure = error instanceof NotDelivered ? error : new NotDelivered('it failed');
    }
    // What was cut off by the stop is tried again after the next start.
    if (failure !== undefined && closed) return delivery;
    const again =
      failure !== undefined &&
      sender !== undefined &&
      message !== undefined &&
      delivery.event !== 'test' &&
      attempts < config.attempts;
    const ended = Date.now();
    const after: Delivery =
      failure === undefined
        ? { ...rest, attempts, state: 'delivered', ended }
        : again
          ? {
              ...rest,
              attempts,
              state: 'pending',
              next: ended + pauseAfter(attempts, failure),
              problem: failure.message,
            }
          : { ...rest, attempts, state: 'dead', ended, problem: failure.message };
    // What was erased meanwhile is not to be told again.
    if (store.get(after.id) === undefined) return after;
    // The entry first: a crash in between sends the message again, and does not leave it untold.
    if (after.state !== 'pending') await record(after, sender?.to ?? 'none');
    else
      log.warn(
        { route: after.route, delivery: after.id, attempts, problem: after.problem },
        'an alert was not delivered',
      );
    await store.put({ delivery: after, ...(message && { message }) });
    return after;
  }

  /** Milliseconds: twice as long each time, of which a random half, so that not all come back at once; or as the receiver says. */
  function pauseAfter(attempts: number, { wait = 0 }: NotDelivered): number {
    const pause = Math.min(config.longest, config.backoff * 2 ** (attempts - 1));
    return Math.round(Math.max(wait, pause / 2 + (random() * pause) / 2));
  }

  async function record(delivery: Delivery, to: string): Promise<void> {
    const { id, route, event, finding, severity, attempts, problem, state } = delivery;
    const good = state === 'delivered';
    const summary: LifecycleEvent = {
      // Without its title: that may name who is to be erased, and these entries stay.
      what: `alert ${good ? 'delivered' : 'given up'} by ${route}: ${event}${finding === undefined ? '' : `, of the finding ${finding}`}`,
      details: {
        ...{ delivery: id, route, to, event, severity, attempts },
        ...(finding !== undefined && { finding }),
        ...(problem !== undefined && { problem }),
      },
    };
    if (!good)
      log.error({ route, delivery: id, problem }, 'an alert was given up; `dogwatch alerts retry` sends it again');
    await append({
      id: newId(),
      time: Date.now(),
      kind: good ? 'alert.delivered' : 'alert.failed',
      parts: { summary: Buffer.from(JSON.stringify(summary)) },
    }).catch((error: unknown) =>
      log.error(
        { delivery: id, code: (error as { code?: unknown }).code },
        'what became of an alert could not be recorded',
      ),
    );
  }

  function queued(route: string, event: AlertEvent, about: About = {}): Queued {
    const message: Message = { id: newId(), event, time: Date.now(), ...about };
    const { id, time: created, finding } = message;
    return {
      message,
      delivery: {
        ...{
          id,
          route,
          event,
          state: 'pending',
          severity: severityOf(message),
          title: titleOf(message),
          created,
          attempts: 0,
        },
        ...(finding && { finding: finding.id }),
        next: created,
      },
    };
  }

  const waitingOn = (route: string): number =>
    store.all().filter(({ delivery }) => delivery.route === route && delivery.state === 'pending').length;

  async function send(route: string, event: AlertEvent, about: About): Promise<void> {
    const made = queued(route, event, about);
    if (waitingOn(route) < MAX_WAITING) {
      // On a disk that fails the message is sent all the same, once.
      await store
        .put(made)
        .catch((error: unknown) =>
          log.error({ code: (error as { code?: unknown }).code }, 'an alert could not be written down'),
        );
      pump(route);
      return;
    }
    const { next: _next, ...delivery } = made.delivery;
    const problem = `${MAX_WAITING} messages wait on this route already`;
    const dead: Delivery = { ...delivery, state: 'dead', ended: Date.now(), problem };
    await store.put({ ...made, delivery: dead });
    await record(dead, senders.get(route)?.to ?? 'none');
  }

  // Nobody waits for a test any more that was under way when the gateway ended.
  for (const { delivery, message } of options.idle ? [] : store.all()) {
    if (delivery.event !== 'test' || delivery.state !== 'pending') continue;
    const { next: _next, ...rest } = delivery;
    const dead: Delivery = { ...rest, state: 'dead', ended: Date.now(), problem: 'the gateway stopped meanwhile' };
    void store.put({ delivery: dead, ...(message && { message }) }).catch(() => undefined);
  }
  for (const name of new Set(store.all().map(({ delivery }) => delivery.route))) pump(name);

  return {
    send,
    async test(route) {
      const made = queued(route, 'test');
      await store.put(made);
      return attempt(made);
    },
    async retry(id) {
      const known = store.get(id);
      if (known === undefined || known.delivery.state === 'delivered') return undefined;
      const { ended: _ended, ...delivery } = known.delivery;
      const again: Queued = { ...known, delivery: { ...delivery, state: 'pending', attempts: 0, next: Date.now() } };
      await store.put(again);
      const after = await attempt(again);
      pump(after.route);
      return after;
    },
    async close() {
      closed = true;
      for (const timer of timers.values()) clearTimeout(timer);
      const all = Promise.allSettled(underWay.values());
      const timer = setTimeout(options.stop, LAST_MOMENT);
      await all;
      clearTimeout(timer);
      await store.close();
    },
  };
}
