// What is durable of alerts: messages that wait or were given up, and what was told of which finding. One sealed file of the data directory.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Delivery } from '../../exchange/alert.ts';
import type { Severity } from '../../exchange/finding.ts';
import type { Memory, Remains } from '../../exchange/memory.ts';
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
  /** Of which findings it holds anything. */
  findings(): Set<string>;
  /** Forgets what it holds of these findings; nothing of it is on disk when it resolves. @throws DogwatchError `alerts_failed` */
  forget(findings: ReadonlySet<string>): Promise<void>;
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
    file: fileIn(dir),
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
    findings() {
      const ofMessages = [...queue.values()].flatMap(({ delivery: { finding } }) => finding ?? []);
      return new Set([...told.keys(), ...ofMessages]);
    },
    async forget(findings) {
      for (const finding of findings) told.delete(finding);
      for (const [id, { delivery }] of queue)
        if (delivery.finding !== undefined && findings.has(delivery.finding)) queue.delete(id);
      await log.rewrite();
    },
    close: () => log.close(),
  };
}

/** Forgets what the record holds no more. */
export const forgetIn = async (store: AlertLog, remains: Remains): Promise<void> =>
  store.forget(await remains.unheard(store.findings()));

/** The memory of alerts that nobody sends now. @param dir the data directory @param key 32 bytes */
export const alertMemory = (dir: string, key: Uint8Array): Memory => ({
  async forget(remains) {
    if (!existsSync(fileIn(dir))) return;
    const store = await openAlertLog({ dir, key });
    try {
      await forgetIn(store, remains);
    } finally {
      await store.close();
    }
  },
});

const fileIn = (dir: string): string => join(dir, 'alerts.log');
