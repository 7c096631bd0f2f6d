// Retention: what the rules say is due is erased in the background, a slice at a time, and what a hold keeps is kept.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { Identity } from '../exchange/identity.ts';
import { ACTIONS } from '../exchange/operation.ts';
import { parseQuery } from '../index/query.ts';
import { writeWhole } from '../journal/durable.ts';
import type { Keeping } from './keeping.ts';

type Rule = Config['retention']['rules'][number];

/** What retention has done in this run of the gateway. */
export interface RetentionStatus {
  readonly runs: number;
  /** Milliseconds since the epoch at which the last run ended. */
  readonly last?: number;
  readonly records: number;
  readonly bytes: number;
  readonly held: number;
  /** Why the last run failed. */
  readonly failure?: string;
}

export interface Retention {
  /** Erases what is due now. Errors are logged, and the next run tries again. */
  run(): Promise<void>;
  status(): RetentionStatus;
  stop(): void;
}

/** Milliseconds between slices: what a run costs is spread. */
const REST = 250;
/** After the start, so that calls are served first. */
const FIRST = 10_000;

const RETENTION: Identity = {
  issuer: 'dogwatch',
  subject: 'retention',
  kind: 'workload',
  name: 'retention',
  groups: [],
  onBehalfOf: [],
  claims: {},
};

/** The query for records of a rule that were made before a moment, and not before another. */
const QUERIES: Readonly<Record<Rule['records'][number], string>> = {
  reads: 'action:read',
  changes: `action:(${ACTIONS.filter((action) => action !== 'read').join(' OR ')})`,
  refused: 'kind:(identity.refused OR identity.sign-in-refused)',
  audit: 'kind:audit.*',
};

export function createRetention(options: {
  readonly dir: string;
  readonly config: Config['retention'];
  readonly keeping: Keeping;
  readonly log: Logger;
}): Retention {
  const { dir, config, keeping, log } = options;
  let status: RetentionStatus = { runs: 0, records: 0, bytes: 0, held: 0 };
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function run(): Promise<void> {
    if (config.rules.length === 0) return;
    // What failed before it was whole: the journal may still hold some of it, or the index know of it.
    await keeping.erasure.resume();
    const done = await readDone(dir);
    let erased = 0;
    let held = 0;
    for (const rule of config.rules) {
      for (const records of rule.records) {
        if (stopped) return;
        const key = `${records} ${[...rule.parts].sort().join()} ${rule.after}`;
        const due = Date.now() - rule.after;
        const from = done[key] ?? 0;
        const text = `${QUERIES[records]} time:[${new Date(from).toISOString()} TO ${new Date(due).toISOString()}]`;
        const why = `rule ${rule.name}: older than ${Math.round(rule.after / 1000)} s`;
        const result = await keeping.erasure.apply({ identity: RETENTION }, parseQuery(text), rule.parts, why, REST);
        erased += result.parts;
        held += result.held;
        status = {
          ...status,
          records: status.records + result.records,
          bytes: status.bytes + result.bytes,
          held,
        };
        if (result.parts > 0)
          log.info({ rule: rule.name, ...result, entries: result.entries.length }, 'retention erased');
        // What a hold kept, or what was still under way, is looked at again.
        if (result.held === 0 && result.open === 0) done[key] = due;
      }
    }
    if (erased > 0) await keeping.erasure.forget();
    await writeWhole(fileIn(dir), `${JSON.stringify({ v: 1, done })}\n`);
  }

  async function guarded(): Promise<void> {
    try {
      await run();
      const { failure: _before, ...rest } = status;
      status = { ...rest, runs: status.runs + 1, last: Date.now() };
    } catch (error) {
      const code = error instanceof DogwatchError ? error.code : 'internal';
      const message = error instanceof Error ? error.message : String(error);
      status = { ...status, runs: status.runs + 1, last: Date.now(), failure: message };
      log.error({ code, message }, 'retention failed; the next run tries again');
    }
  }

  const schedule = (wait: number): void => {
    if (stopped || config.rules.length === 0) return;
    timer = setTimeout(() => void guarded().finally(() => schedule(config.every)), wait).unref();
  };
  schedule(Math.min(FIRST, config.every));

  return {
    run: guarded,
    status: () => status,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

const fileIn = (dir: string): string => join(dir, 'retention.json');

/** Up to which time each rule has been carried out. Lost, everything is looked at once more. */
async function readDone(dir: string): Promise<Record<string, number>> {
  try {
    const { v, done } = JSON.parse(await readFile(fileIn(dir), 'utf8')) as { v: number; done: Record<string, number> };
    return v === 1 && typeof done === 'object' && done !== null ? { ...done } : {};
  } catch {
    return {};
  }
}
