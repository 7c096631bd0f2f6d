// Kills writers of a journal again and again: plainly, with the power, and over a disk that fails. Each round is held against what was promised.
import { randomInt } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKeys } from '../../src/journal/keys.ts';
import { CALLS, type Call, type Failing, Failures, shimmed } from './disk.ts';
import { type DiskCall, readDiskLog } from './disk-log.ts';
import { inodesOf, losePower, type Unsynced } from './power-loss.ts';
import { checkPromises } from './promises-kept.ts';
import { settledKeys } from './settled-keys.ts';
import { addPromises, nothingPromised, type Promised, runVictim } from './victim.ts';
import type { WriterOrder } from './writer.ts';

export interface CrashReport {
  readonly rounds: number;
  /** Entries acknowledged before a crash, over all rounds. */
  acknowledged: number;
  /** Entries of which the response was erased. */
  erased: number;
  /** Changes of a key that were begun, and that ended. */
  rotating: number;
  rotated: number;
  /** Rounds after which a torn end was cut. */
  cut: number;
  /** Entries refused for want of room, and because a write or sync had failed. */
  unavailable: number;
  failed: number;
  /** Calls that were made to fail. */
  injected: number;
  /** Broken promises, at most a few; must be empty. */
  readonly broken: string[];
}

const newReport = (rounds: number): CrashReport => ({
  rounds,
  acknowledged: 0,
  erased: 0,
  rotating: 0,
  rotated: 0,
  cut: 0,
  unavailable: 0,
  failed: 0,
  injected: 0,
  broken: [],
});

/** So many crashes over the same journal; then another is begun, so that checks stay quick. */
const CRASHES_OF_ONE = 20;
const MOST_BROKEN = 20;

/** A place for journals and keys. */
interface Bench {
  readonly folder: string;
  /** The folder of the keys. */
  readonly keys: string;
}

function newKeys(folder: string, name: string): string {
  const keys = join(folder, name);
  mkdirSync(keys, { mode: 0o700 });
  createKeys({ kek: join(keys, 'encryption'), signing: join(keys, 'signing') });
  return keys;
}

async function withBench(work: (bench: Bench) => Promise<void>): Promise<void> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dogwatch-rig-')));
  try {
    await work({ folder, keys: newKeys(folder, 'keys') });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Small segments and short intervals: the more often something is begun and ended, the more often it is interrupted. */
const order = (bench: Bench, dir: string, more: Partial<WriterOrder> = {}): WriterOrder => ({
  dir,
  keys: bench.keys,
  writers: [1, 4, 16, 64][randomInt(4)]!,
  segmentBytes: [20_000, 200_000, 2_000_000][randomInt(3)]!,
  checkpointInterval: [1, 10, 50][randomInt(3)]!,
  erases: randomInt(2) === 0,
  ...more,
});

/**
 * Milliseconds until the kill; one in five comes while the journal is being opened. Erasing waits for a thread to start, and
 * replacing a key, which is told of when it begins, opens the journal twice.
 */
const lifetime = ({ erases, rotates }: WriterOrder): number => {
  if (rotates !== undefined) return randomInt(700);
  return randomInt(5) === 0 ? -randomInt(60, 400) : randomInt(erases ? 700 : 180);
};

export type OnRound = (round: number, report: CrashReport) => void;

/** Kill -9 at random moments, several writers; in some rounds while a key is being replaced. */
export async function killRounds(rounds: number, onRound: OnRound = () => undefined): Promise<CrashReport> {
  const report = newReport(rounds);
  await withBench(async (place) => {
    let [bench, dir, promised] = [place, '', nothingPromised()];
    for (let round = 0; round < rounds && report.broken.length < MOST_BROKEN; round++) {
      promised.broken.length = 0;
      if (round % CRASHES_OF_ONE === 0) {
        if (dir !== '') rmSync(dir, { recursive: true, force: true });
        // Keys are replaced together with a journal: each has its own.
        bench = { ...place, keys: newKeys(place.folder, `keys-${round}`) };
        [dir, promised] = [join(place.folder, `data-${round}`), nothingPromised()];
      }
      const asked = order(bench, dir, {
        rotates: ([undefined, undefined, 'signing', 'encryption'] as const)[randomInt(4)],
      });
      const rotatedBefore = promised.rotated.signing + promised.rotated.encryption;
      const { told, code, output } = await runVictim(asked, lifetime(asked));
      if (code !== null) report.broken.push(`the writer ended by itself: ${code}\n${output}`);
      await judge(bench, dir, promised, told, report, `killed ${round + 1}`);
      if (told.startsWith('rotating ')) report.rotating++;
      report.rotated += promised.rotated.signing + promised.rotated.encryption - rotatedBefore;
      onRound(round + 1, report);
    }
  });
  return report;
}

/** Adds up what a victim told and holds the journal against all that was promised. */
async function judge(
  bench: Bench,
  dir: string,
  promised: Promised,
  told: string,
  report: CrashReport,
  name: string,
): Promise<void> {
  const before = [promised.entries.size, promised.erased.size] as const;
  addPromises(promised, told);
  report.acknowledged += promised.entries.size - before[0];
  report.erased += promised.erased.size - before[1];
  if (!existsSync(dir) && promised.entries.size === 0) return;
  const { broken, recovered } = await checkPromises(await settledKeys(dir, bench.keys), promised);
  if (recovered) report.cut++;
  report.broken.push(...broken.slice(0, MOST_BROKEN).map((line) => `${name}: ${line}`));
}

/** Crash points that are judged of one run. */
const POINTS = 10;
const KINDS: readonly Unsynced[] = ['lost', 'sectors', 'any', 'kept'];

/** A journal as some crash left it, and what was promised of it. */
interface State {
  readonly root: string;
  readonly promised: Promised;
}

/**
 * The power goes at random moments: one to three processes, one after another, write over a disk that forgets what was not synced;
 * several moments of that are judged, and from the last of them it goes on.
 */
export async function powerRounds(
  rounds: number,
  library: string,
  onRound: OnRound = () => undefined,
): Promise<CrashReport> {
  const report = newReport(rounds);
  await withBench(async (bench) => {
    let state = newState(bench, 'begin-0');
    for (let round = 0; round < rounds && report.broken.length < MOST_BROKEN; ) {
      const story = await tellStory(bench, state, library);
      const points = Math.min(POINTS, rounds - round);
      let next: State | undefined;
      for (let point = 0; point < points; point++) {
        if (next !== undefined) rmSync(next.root, { recursive: true, force: true });
        const calls = story.calls.slice(0, point === 0 ? story.calls.length : momentOf(story.calls));
        next = await loseAndJudge(bench, state, story, calls, report, `power lost ${round + 1}`);
        onRound(++round, report);
      }
      for (const folder of [state.root, story.root]) rmSync(folder, { recursive: true, force: true });
      const fresh = next === undefined || next.promised.entries.size > 3_000;
      if (fresh && next !== undefined) rmSync(next.root, { recursive: true, force: true });
      state = fresh || next === undefined ? newState(bench, `begin-${round}`) : next;
    }
  });
  return report;
}

function newState(bench: Bench, name: string): State {
  const root = join(bench.folder, name);
  mkdirSync(root);
  return { root, promised: nothingPromised() };
}

/** What processes did from one state on. */
interface Story {
  readonly root: string;
  readonly inodes: ReadonlyMap<string, bigint>;
  readonly calls: readonly DiskCall[];
}

async function tellStory(bench: Bench, { root: begin }: State, library: string): Promise<Story> {
  const root = `${begin}-run`;
  cpSync(begin, root, { recursive: true });
  const inodes = inodesOf(root);
  const log = `${root}.log`;
  const env = shimmed({ library, root, log, ackFd: 3 });
  for (let lives = 1 + randomInt(3); lives > 0; lives--) {
    const whole = randomInt(4) === 0;
    const asked = order(bench, join(root, 'data'), whole ? { each: 1 + randomInt(15) } : {});
    await runVictim(asked, whole ? undefined : lifetime(asked), env);
  }
  const calls = existsSync(log) ? readDiskLog(log) : [];
  rmSync(log, { force: true });
  return { root, inodes, calls };
}

/** A moment of the story; often in the middle of a write to a segment, or right after an acknowledgement: then most is at stake. */
function momentOf(calls: readonly DiskCall[]): number {
  const any = randomInt(calls.length + 1);
  const wanted = [undefined, 'write', 'ack'][randomInt(3)];
  const at = calls.findIndex(
    ({ type, result }, call) => call >= any && type === wanted && (type === 'ack' || result === 1),
  );
  return at < 0 ? any : at + 1;
}

async function loseAndJudge(
  bench: Bench,
  state: State,
  { root, inodes }: Story,
  calls: readonly DiskCall[],
  report: CrashReport,
  name: string,
): Promise<State> {
  const after: State = {
    root: join(bench.folder, `after-${name.replaceAll(' ', '-')}`),
    promised: { ...structuredClone(state.promised), broken: [] },
  };
  const unsynced = KINDS[randomInt(KINDS.length)]!;
  losePower(
    { root, before: state.root, inodes, calls, unsynced, random: () => randomInt(2 ** 40) / 2 ** 40 },
    after.root,
  );
  const told = calls.filter(({ type }) => type === 'ack').map(({ a }) => a.toString('latin1'));
  await judge(
    bench,
    join(after.root, 'data'),
    after.promised,
    told.join(''),
    report,
    `${name} (${unsynced}, call ${calls.length})`,
  );
  return after;
}

/** The disk fails at random calls, and then the power goes: what a failed sync was to force to disk is never relied on. */
export async function failureRounds(
  rounds: number,
  library: string,
  onRound: OnRound = () => undefined,
): Promise<CrashReport> {
  const report = newReport(rounds);
  await withBench(async (bench) => {
    const failures = new Failures(join(bench.folder, 'failures'));
    let state = newState(bench, 'begin-0');
    for (let round = 0; round < rounds && report.broken.length < MOST_BROKEN; round++) {
      const root = `${state.root}-run`;
      cpSync(state.root, root, { recursive: true });
      const inodes = inodesOf(root);
      const log = `${root}.log`;
      const { failing, short } = drawFailures();
      failures.set(failing, { short, seed: randomInt(2 ** 32) });
      const env = shimmed({ library, root, log, failures, ackFd: 3 });
      const whole = randomInt(2) === 0;
      const asked = order(bench, join(root, 'data'), { each: whole ? 30 : 1e6 });
      const { told } = await runVictim(asked, whole ? undefined : lifetime(asked), env);
      for (const count of Object.values(failures.failed())) report.injected += count;
      countRefused(told, report);
      const calls = existsSync(log) ? readDiskLog(log) : [];
      const name = `failure ${round + 1} ${JSON.stringify(failing)}`;
      const next = await loseAndJudge(bench, state, { root, inodes, calls }, calls, report, name);
      for (const old of [state.root, root, log]) rmSync(old, { recursive: true, force: true });
      state = next;
      if (next.promised.entries.size > 3_000) {
        rmSync(next.root, { recursive: true, force: true });
        state = newState(bench, `begin-${round + 1}`);
      }
      onRound(round + 1, report);
    }
  });
  return report;
}

function countRefused(told: string, report: CrashReport): void {
  const promised = nothingPromised();
  addPromises(promised, told);
  report.unavailable += promised.refused.get('journal_unavailable') ?? 0;
  report.failed += promised.refused.get('journal_failed') ?? 0;
}

/** One kind of call that fails, or several; rarely or often; a few times or for good. */
function drawFailures(): { failing: Partial<Record<Call, Failing>>; short: number } {
  const failing: Partial<Record<Call, Failing>> = {};
  for (let kinds = randomInt(4) === 0 ? 3 : 1; kinds > 0; kinds--) {
    const call = CALLS[randomInt(CALLS.length)]!;
    const errors: readonly Failing['error'][] = call === 'read' ? ['EIO'] : ['EIO', 'ENOSPC', 'EROFS'];
    failing[call] = {
      oneIn: [1, 5, 30, 150][randomInt(4)]!,
      error: errors[randomInt(errors.length)]!,
      times: [1, 3, 1e9][randomInt(3)]!,
    };
  }
  return { failing, short: [0, 0, 3, 20][randomInt(4)]! };
}
