// Erasing: what is selected and not held is destroyed in the journal and forgotten by the index; an entry says what, by whom and why.
import { rm } from 'node:fs/promises';
import { newId } from '../exchange/canonical.ts';
import { type Entry, type ErasedEvent, PART_NAMES, type PartName } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { Memory, Remains } from '../exchange/memory.ts';
import { parseQuery, type Query } from '../index/query.ts';
import type { Row, SearchIndex } from '../index/search-index.ts';
import { indexFile } from '../index/sqlite-file.ts';
import { type EraseJob, readEraseJob, removeEraseJob, writeEraseJob } from '../journal/erase-job.ts';
import {
  type Erasure as ErasedRanges,
  type LeafRanges,
  leavesOf,
  parseRanges,
  rangesOf,
  rangesText,
  unite,
} from '../journal/leaf-ranges.ts';
import type { Audit, Caller } from './audit.ts';
import type { Holds } from './holds.ts';
import { type OneAtATime, oneAtATime } from './one-at-a-time.ts';
import { type EntryReader, leavesOfRow } from './read-exchange.ts';
import { type Selection, selectionText } from './selection.ts';

/** What is needed of the journal, and of its index. */
export interface ErasableJournal {
  readonly size: number;
  append(entry: Entry): Promise<number>;
  /** As `Journal`. */
  roll(leaf: number): void;
  erase(erasure: ErasedRanges): Promise<number>;
}
export interface ForgetfulIndex extends SearchIndex {
  /** @returns the leaves it holds then */
  rebuild(): Promise<number>;
  /** As `SqliteIndex`. */
  forget(leaves: readonly number[]): Promise<void>;
}

export interface EraseRequest {
  readonly selection: Selection;
  readonly parts: readonly PartName[];
  readonly why: string;
  readonly dryRun?: boolean | undefined;
}

/** What was erased, or would be. */
export interface Erased {
  /** Exchanges and other records that parts were erased of. */
  readonly records: number;
  readonly parts: number;
  readonly bytes: number;
  /** Records that a legal hold keeps. */
  readonly held: number;
  /** Exchanges that are still under way. */
  readonly open: number;
  /** Leaf indexes of the entries that tell of it. */
  readonly entries: readonly number[];
}

export interface Erasure {
  /** @throws DogwatchError `held` when holds keep all of it; `bad_parameter`, `bad_query`, `journal_*`, `index_unavailable` */
  erase(caller: Caller, request: EraseRequest): Promise<Erased>;
  /** The same for a rule: bounded slices, with rests. Nothing to do is no error. @param pause milliseconds between slices */
  apply(caller: Caller, query: Query, parts: readonly PartName[], why: string, pause: number): Promise<Erased>;
  /** Ends what an earlier run began. @returns whether there was anything */
  resume(): Promise<boolean>;
  /** Has the index, and whoever remembers beside it, forget what was erased since they last did. */
  forget(): Promise<void>;
}

export interface ErasureOptions {
  readonly dir: string;
  readonly journal: ErasableJournal;
  readonly reader: EntryReader;
  readonly index: ForgetfulIndex;
  readonly holds: Holds;
  readonly audit: Audit;
  /** What else remembers: it forgets after the index has. */
  readonly memories: readonly Memory[];
  /** In which a slice is planned and carried out, and holds change: a hold that was set is heeded. */
  readonly slice: OneAtATime;
  /** Called between steps, with the name of the one that comes; tests end the process there. */
  readonly step?: (name: string) => void;
}

/** Rows that are looked at together, and entries of one batch: what is held in memory, and what one entry tells of. */
const PAGE = 500;
const BATCH = 20_000;
/** What keeps the record accountable is never erased. */
const ERASABLE = /^(exchange|identity\.|audit\.|finding\.(opened|updated|ended)$)/;
/** Findings name whom they are about. */
const FINDINGS = 'kind:(finding.opened OR finding.updated OR finding.ended)';

interface Plan {
  readonly leaves: { readonly [Part in PartName]: number[] };
  /** The leaf that begins each record. */
  readonly begins: number[];
  records: number;
  parts: number;
  bytes: number;
  held: number;
  open: number;
}

export function createErasure(options: ErasureOptions): Erasure {
  const { dir, journal, reader, index, holds, audit, memories, slice, step = () => undefined } = options;
  /** Erasures as a whole; a hold waits for no more than a slice. */
  const alone = oneAtATime();

  /** What matches, in batches of a bounded size. A batch is planned when the one before has been dealt with. */
  async function* plans(queries: readonly Query[], parts: readonly PartName[]): AsyncGenerator<Plan> {
    const size = journal.size;
    await index.reached(size);
    await reader.refresh(size);
    let plan = emptyPlan();
    let cursor: string | undefined;
    for (let [at, query] = [0, queries[0]]; query !== undefined; query = cursor === undefined ? queries[++at] : query) {
      const page = await index.search(query, {
        order: 'oldest',
        limit: PAGE,
        details: false,
        ...(cursor !== undefined && { cursor }),
      });
      const rows = page.items.filter(({ kind }) => ERASABLE.test(kind));
      if (rows.length > 0) {
        const times = rows.map(({ time }) => time);
        const [from, to] = [Math.min(...times), Math.max(...times)];
        let held = await holds.heldBetween(from, to);
        for (const row of rows) {
          if (held.has(row.leaf)) plan.held++;
          else if (row.outcome === 'pending') plan.open++;
          else await addRow(plan, row, parts);
          if (plan.parts < BATCH) continue;
          yield plan;
          plan = emptyPlan();
          // Holds may have been set meanwhile.
          held = await holds.heldBetween(from, to);
        }
      }
      cursor = page.next;
    }
    yield plan;
  }

  async function addRow(plan: Plan, row: Row, parts: readonly PartName[]): Promise<void> {
    let any = false;
    for (const leaf of await leavesOfRow(reader, row)) {
      const entry = await reader.read(leaf);
      for (const part of parts) {
        const bytes = entry.parts[part];
        if (bytes === undefined) continue;
        plan.leaves[part].push(leaf);
        plan.parts++;
        plan.bytes += bytes.length;
        any = true;
      }
    }
    if (!any) return;
    plan.records++;
    plan.begins.push(row.leaf);
  }

  async function carryOut(caller: Caller, plan: Plan, why: string): Promise<number> {
    const ranges: ErasedRanges = Object.fromEntries(
      PART_NAMES.flatMap((part) => (plan.leaves[part].length > 0 ? [[part, rangesOf(plan.leaves[part])]] : [])),
    );
    const told = tell(caller, plan, ranges, why);
    const before = await readEraseJob(dir);
    step('job');
    await writeEraseJob(dir, {
      v: 1,
      batches: [
        ...(before?.batches ?? []),
        { entry: told.id, parts: textOf(ranges), records: rangesText(rangesOf(plan.begins)) },
      ],
    });
    journal.roll(leavesOf(ranges).at(-1)?.[1] ?? 0);
    step('entry');
    const leaf = await journal.append(told);
    step('rewrite');
    await journal.erase(ranges);
    return leaf;
  }

  async function forget(): Promise<void> {
    const job = await readEraseJob(dir);
    if (job === undefined) return;
    step('forget');
    const begins = job.batches.map(({ records }) => records && parseRanges(records));
    if (begins.every((ranges) => typeof ranges === 'object')) await index.forget(leavesIn(begins));
    else await index.rebuild();
    // What was put aside when the index was damaged is as old.
    await rm(`${indexFile(dir)}.aside`, { force: true });
    step('memories');
    for (const memory of memories) await memory.forget(remains);
    step('done');
    await removeEraseJob(dir);
  }

  const remains: Remains = {
    strangers: (identities) =>
      without(identities, async (identity) => {
        // Either part may hold the sign: whoever it may be of has to be unknown.
        for (let at = identity.indexOf('#'); at >= 0; at = identity.indexOf('#', at + 1)) {
          const [issuer, subject] = [identity.slice(0, at), identity.slice(at + 1)];
          if ((await index.lastSession({ issuer, subject })) !== undefined) return true;
        }
        return false;
      }),
    unheard: (findings) => without(findings, async (finding) => (await index.finding(finding)) !== undefined),
  };

  /** Those of which nothing is there, in all that is durable now. */
  async function without(all: Iterable<string>, isThere: (one: string) => Promise<boolean>): Promise<Set<string>> {
    const gone = new Set(all);
    await index.reached(journal.size);
    for (const one of [...gone]) if (await isThere(one)) gone.delete(one);
    return gone;
  }

  /** Whether the entry of a batch was recorded: without it nothing of the batch was destroyed. */
  async function recorded(entry: string): Promise<boolean> {
    return (await index.exchange(entry)) !== undefined;
  }

  async function resume(): Promise<boolean> {
    const job: EraseJob | undefined = await readEraseJob(dir);
    if (job === undefined) return false;
    await index.reached(journal.size);
    for (const { entry, parts } of job.batches) {
      if (await recorded(entry)) await journal.erase(rangesOfText(parts));
    }
    await forget();
    return true;
  }

  async function run(
    caller: Caller,
    queries: readonly Query[],
    request: Omit<EraseRequest, 'selection'>,
    pause: number,
  ) {
    const total = { records: 0, parts: 0, bytes: 0, held: 0, open: 0 };
    const entries: number[] = [];
    const slices = plans(queries, request.parts);
    for (;;) {
      const plan = await slice(async () => {
        const next = await slices.next();
        if (next.done === true) return undefined;
        if (next.value.parts > 0 && !request.dryRun) entries.push(await carryOut(caller, next.value, request.why));
        return next.value;
      });
      if (plan === undefined) break;
      for (const name of ['records', 'parts', 'bytes', 'held', 'open'] as const) total[name] += plan[name];
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause).unref());
    }
    return { ...total, entries };
  }

  return {
    erase: (caller, request) =>
      alone(async () => {
        const text = selectionText(request.selection);
        if (request.dryRun) {
          await audit(caller, 'audit.search', 'asked what an erasure would erase', { query: text });
          return run(caller, queriesOf(request.selection), request, 0);
        }
        await resume();
        const erased = await run(caller, queriesOf(request.selection), request, 0);
        if (erased.parts === 0 && erased.held > 0) {
          throw new DogwatchError('held', `a legal hold keeps all ${erased.held} records that this is about`, {
            remedy: 'dogwatch hold list shows the holds, and who set them',
          });
        }
        await forget();
        return erased;
      }),
    apply: (caller, query, parts, why, pause) => alone(() => run(caller, [query], { parts, why }, pause)),
    resume: () => alone(resume),
    forget: () => alone(forget),
  };
}

/** What is selected; and where that is an identity or a session, the findings about it. */
function queriesOf(selection: Selection): Query[] {
  const { identity, session, exchange, query, ...rest } = selection;
  const found = parseQuery(selectionText(selection));
  const isAbout = (identity !== undefined || session !== undefined) && exchange === undefined && !query?.trim();
  return isAbout ? [found, parseQuery(`${selectionText({ identity, session, ...rest })} ${FINDINGS}`)] : [found];
}

const emptyPlan = (): Plan => ({
  leaves: { request: [], response: [], summary: [], before: [], after: [] },
  begins: [],
  records: 0,
  parts: 0,
  bytes: 0,
  held: 0,
  open: 0,
});

/** The entry that tells of a batch. It does not say how the records were found: that may name whom they are about. */
function tell({ identity, source }: Caller, plan: Plan, ranges: ErasedRanges, why: string): Entry {
  const parts = textOf(ranges);
  const event: ErasedEvent = {
    who: { id: `${identity.issuer}#${identity.subject}`, name: identity.name, groups: identity.groups },
    what: `erased ${Object.keys(parts).join(', ')} of ${plan.records} ${plan.records === 1 ? 'record' : 'records'}: ${why}`,
    details: { records: plan.records, parts: plan.parts, bytes: plan.bytes, why },
    erased: { why, parts },
    ...(source !== undefined && { source }),
  };
  const summary = Buffer.from(JSON.stringify(event));
  return { id: newId(), time: Date.now(), kind: 'journal.erased', parts: { summary } };
}

function textOf(ranges: ErasedRanges): EraseJob['batches'][number]['parts'] {
  return Object.fromEntries(Object.entries(ranges).map(([part, leaves]) => [part, rangesText(leaves)]));
}

function rangesOfText(parts: EraseJob['batches'][number]['parts']): ErasedRanges {
  return Object.fromEntries(Object.entries(parts).map(([part, text]) => [part, parseRanges(text) ?? []]));
}

/** The leaves of all of these, rising. */
const leavesIn = (all: readonly LeafRanges[]): number[] =>
  all
    .reduce<LeafRanges>(unite, [])
    .flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, at) => from + at));
