// What is durable of alerts: messages that wait or were given up, and what was told of which finding. One sealed file of the data directory.
import { join } from 'node:path';
import type { Delivery } from '../../exchange/alert.ts';
import type { Severity } from '../../exchange/finding.ts';
import { openSealedLog } from '../../identity/sealed-log.ts';
import type { Message, ToldFinding } from './message.ts';

/** Findings of which it is known what was told; what ended is forgotten first. */
const MAX_TOLD = 10_000;
/** Messages that were given up, or are on their way, each; the oldest go first. */
const MAX_DEAD = 1000;
/** Delivered ones, to be looked at. */
const MAX_DELIVERED = 200;

/** What was told of a finding. */
export interface ToldOf {
  readonly finding: string;
  readonly severity: Severity;
  readonly ended: boolean;
  /** Rules that contained something upon it. */
  readonly rules: readonly string[];
  /** As it was then, until it ended: for the message that it is over when somebody decides so. */
  readonly last?: ToldFinding;
}

/** A delivery, and what is to be delivered; that is forgotten once it was. */
export interface Queued {
  readonly delivery: Delivery;
  readonly message?: Message;
}

type AlertLogEvent = ({ readonly e: 'told' } & ToldOf) | ({ readonly e: 'queued' } & Queued);

export interface AlertLog {
  toldOf(finding: string): ToldOf | undefined;
  /** On disk when it resolves. @throws DogwatchError `alerts_failed` */
  tell(told: ToldOf): Promise<void>;
  /** Newest first. */
  all(): Queued[];
  get(id: string): Queued | undefined;
  /** A new one, or one as it is now; on disk when it resolves. @throws DogwatchError `alerts_failed` */
  put(queued: Queued): Promise<void>;
  close(): Promise<void>;
}

/** @throws DogwatchError `alerts_damaged` */
export async function openAlertLog({ dir, key }: { dir: string; key: Uint8Array }): Promise<AlertLog> {
  const told = new Map<string, ToldOf>();
  const queue = new Map<string, Queued>();

  function note(event: AlertLogEvent): void {
    if (event.e === 'told') {
      const { e: _e, ...what } = event;
      told.delete(what.finding);
      told.set(what.finding, what);
      if (told.size > MAX_TOLD)
        told.delete([...told.values()].find(({ ended }) => ended)?.finding ?? told.keys().next().value ?? '');
      return;
    }
    const { delivery, message } = event;
    const kept: Queued = delivery.state === 'delivered' || message === undefined ? { delivery } : { delivery, message };
    queue.set(delivery.id, kept);
    if (delivery.state === 'delivered') trim('delivered', MAX_DELIVERED);
    if (delivery.state === 'dead') trim('dead', MAX_DEAD);
  }

  function trim(state: Delivery['state'], most: number): void {
    const of = [...queue.values()].filter(({ delivery }) => delivery.state === state);
    for (const { delivery } of of.slice(0, Math.max(0, of.length - most))) queue.delete(delivery.id);
  }

  const log = await openSealedLog<AlertLogEvent>({
    file: join(dir, 'alerts.log'),
    key,
    replay: note,
    *snapshot() {
      for (const each of told.values()) yield { e: 'told', ...each };
      for (const each of queue.values()) yield { e: 'queued', ...each };
    },
    live: () => told.size + queue.size,
    trouble: {
      damaged: 'alerts_damaged',
      failed: 'alerts_failed',
      loses: 'forgets the alerts that wait to be sent, and tells open findings again',
    },
  });

  return {
    toldOf: (finding) => told.get(finding),
    tell(what) {
      note({ e: 'told', ...what });
      return log.append({ e: 'told', ...what });
    },
    all: () => [...queue.values()].reverse(),
    get: (id) => queue.get(id),
    put(queued) {
      note({ e: 'queued', ...queued });
      return log.append({ e: 'queued', ...queued });
    },
    close: () => log.close(),
  };
}
