// What a witness remembers: the last checkpoint it cosigned of each log, durable before anybody hears of it.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DogwatchError } from '../exchange/error.ts';
import { readText } from '../journal/checkpoints.ts';
import { cosignaturesOf, type WitnessSigner } from '../journal/cosignature.ts';
import { makeFolder, writeWhole } from '../journal/durable.ts';
import { type DataLock, lockDataDirectory } from '../journal/lock.ts';
import { EMPTY_ROOT } from '../journal/merkle.ts';
import { type NoteVerifier, parseNote, parseTreeHead, type TreeHead, verifyNote } from '../journal/note.ts';
import { verifyConsistency } from '../journal/tree-proof.ts';
import type { AddCheckpoint } from './add-checkpoint.ts';

/** What a witness says to a checkpoint. */
export type Decision =
  | { readonly kind: 'cosigned'; readonly head: TreeHead; readonly lines: string }
  /** The request is not what it should be. */
  | { readonly kind: 'malformed'; readonly why: string }
  | { readonly kind: 'unknown-log' }
  | { readonly kind: 'unsigned' }
  /** The old size, or the root at that size, is not the one that was cosigned. */
  | { readonly kind: 'conflict'; readonly head: TreeHead; readonly size: number; readonly forked: boolean }
  | { readonly kind: 'inconsistent'; readonly head: TreeHead; readonly size: number };

export interface WitnessState {
  readonly origins: readonly string[];
  /** The tree size cosigned last; 0 when none was. */
  sizeOf(origin: string): number;
  /** Decides on a checkpoint. When it is cosigned, that is durable already. @throws what the file system said: then it is not. */
  decide(request: AddCheckpoint): Promise<Decision>;
  close(): void;
}

/**
 * Opens the state of a witness; the folder is made when it is not there, and locked.
 *
 * @param logs keys that are trusted, each for the origin it is named after
 * @throws DogwatchError `data_in_use`, `witness_state_damaged`
 */
export async function openWitnessState(
  dir: string,
  signer: WitnessSigner,
  logs: readonly NoteVerifier[],
  now: () => number = Date.now,
): Promise<WitnessState> {
  await makeFolder(dir);
  const lock: DataLock = lockDataDirectory(dir);
  try {
    const origins = [...new Set(logs.map(({ name }) => name))];
    const heads = new Map<string, TreeHead>();
    for (const origin of origins) {
      const head = await loadHead(fileOf(dir, origin), origin, signer, logs);
      if (head !== undefined) heads.set(origin, head);
    }
    return new State(dir, signer, logs, heads, lock, now);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The file that holds the last cosigned checkpoint of a log. */
export const fileOf = (dir: string, origin: string): string =>
  join(dir, `${createHash('sha256').update(origin).digest('hex')}.checkpoint`);

async function loadHead(
  file: string,
  origin: string,
  signer: WitnessSigner,
  logs: readonly NoteVerifier[],
): Promise<TreeHead | undefined> {
  const text = await readText(file);
  if (text === '') return undefined;
  const note = parseNote(text);
  const head = note && parseTreeHead(note.text);
  if (note !== undefined && head?.origin === origin && verifyNote(note, logs).length > 0) {
    if (cosignaturesOf(note, [signer.key])?.length === 1) return head;
  }
  throw new DogwatchError(
    'witness_state_damaged',
    `${file} is not the checkpoint of ${origin} that this witness cosigned last`,
    {
      remedy:
        'restore the newest copy; without it the witness no longer knows what it has seen and must not go on under its key',
    },
  );
}

class State implements WitnessState {
  readonly #dir: string;
  readonly #signer: WitnessSigner;
  readonly #logs: readonly NoteVerifier[];
  readonly #heads: Map<string, TreeHead>;
  readonly #lock: DataLock;
  readonly #now: () => number;
  /** Decisions are made one after another: what is compared with is what was stored last. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    dir: string,
    signer: WitnessSigner,
    logs: readonly NoteVerifier[],
    heads: Map<string, TreeHead>,
    lock: DataLock,
    now: () => number,
  ) {
    this.#dir = dir;
    this.#signer = signer;
    this.#logs = logs;
    this.#heads = heads;
    this.#lock = lock;
    this.#now = now;
  }

  get origins(): string[] {
    return [...new Set(this.#logs.map(({ name }) => name))];
  }

  sizeOf(origin: string): number {
    return this.#heads.get(origin)?.size ?? 0;
  }

  decide(request: AddCheckpoint): Promise<Decision> {
    const decision = this.#last.then(() => this.#decide(request));
    this.#last = decision.catch(() => undefined);
    return decision;
  }

  close(): void {
    this.#lock.release();
  }

  async #decide({ old, proof, checkpoint }: AddCheckpoint): Promise<Decision> {
    const note = parseNote(checkpoint);
    const head = note && parseTreeHead(note.text);
    if (note === undefined || head === undefined) return { kind: 'malformed', why: 'the checkpoint is malformed' };
    const keys = this.#logs.filter(({ name }) => name === head.origin);
    if (keys.length === 0) return { kind: 'unknown-log' };
    const signers = verifyNote(note, keys);
    if (signers.length === 0) return { kind: 'unsigned' };
    if (old > head.size) return { kind: 'malformed', why: 'the old size is larger than that of the checkpoint' };
    const last = this.#heads.get(head.origin);
    const size = last?.size ?? 0;
    if (old !== size) return { kind: 'conflict', head, size, forked: false };
    const [fromRoot, toRoot] = [last?.root.toString('latin1') ?? EMPTY_ROOT, head.root.toString('latin1')];
    if (old === head.size && fromRoot !== toRoot) return { kind: 'conflict', head, size, forked: true };
    if (!verifyConsistency({ from: old, to: head.size, fromRoot, toRoot, proof }))
      return { kind: 'inconsistent', head, size };
    const lines = this.#signer.cosign(note.text, Math.floor(this.#now() / 1000));
    // Strangers' signatures are not passed on as if they had been looked at.
    const own = note.signatures.filter(({ name, id }) => signers.some((key) => key.name === name && key.id === id));
    await writeWhole(fileOf(this.#dir, head.origin), `${note.text}\n${own.map(signatureLine).join('')}${lines}`);
    this.#heads.set(head.origin, head);
    return { kind: 'cosigned', head, lines };
  }
}

function signatureLine({ name, id, signature }: { name: string; id: number; signature: Buffer }): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(id);
  return `— ${name} ${Buffer.concat([bytes, signature]).toString('base64')}\n`;
}
