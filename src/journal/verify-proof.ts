// Verifies a proof file with nothing but public keys: no data directory, no configuration, no network. What it reads is hostile.
import { createHash, type Hash } from 'node:crypto';
import type { PartName } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { BodyInfo, ChunkSummary, ExchangeIntent, ExchangeOutcome } from '../exchange/exchange.ts';
import { type Cosignature, cosignaturesOf, type WitnessKey } from './cosignature.ts';
import { PARTS, SALT } from './leaf.ts';
import { leafHash } from './merkle.ts';
import { type NoteVerifier, parseNote, parseTreeHead, type TreeHead, verifyNote } from './note.ts';
import {
  type Closed,
  type Leaf,
  MAX_LINE,
  type ProofLine,
  parseHead,
  parseLeaf,
  parseLine,
  partsProblem,
} from './proof-line.ts';
import { parseTlogProof } from './tlog-proof.ts';
import { verifyInclusion } from './tree-proof.ts';

/** Whose signatures count. */
export interface ProofKeys {
  /** At least one; a key's name is the origin that it speaks for. */
  readonly log: readonly NoteVerifier[];
  /** Every one of them must have cosigned. */
  readonly witnesses: readonly WitnessKey[];
}

/** One proven entry. */
export interface ProvenEntry {
  /** Leaf index. */
  readonly index: number;
  readonly id: string;
  readonly kind: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Its parts: how many bytes were opened, or why it is closed. */
  readonly parts: { readonly [Part in PartName]?: number | Closed };
}

/** What a proof proves. */
export interface ProofReport {
  readonly ok: true;
  readonly exchange: string;
  readonly origin: string;
  /** Entries under the checkpoint. */
  readonly size: number;
  /** base64 */
  readonly root: string;
  /** Names and ids of the log's keys that signed. */
  readonly signedBy: readonly string[];
  readonly cosignedBy: readonly { readonly witness: string /** Seconds since the epoch. */; readonly time: number }[];
  readonly entries: readonly ProvenEntry[];
  /** The summary of what was asked, and of how it ended, as recorded; absent when they are closed. */
  readonly asked?: ExchangeIntent;
  readonly ended?: ExchangeOutcome;
  /** What the proof does not show, a sentence each. */
  readonly notes: readonly string[];
}

const KINDS = new Set(['exchange', 'exchange.intent', 'exchange.outcome', 'exchange.chunk']);

/**
 * Verifies a proof file.
 *
 * @param bytes the file, in pieces; read in constant memory
 * @param opened given each line, with the opened parts; nothing is proven before the promise resolves
 * @throws DogwatchError `proof_invalid`, whose message names line and step
 */
export async function verifyProof(
  bytes: AsyncIterable<Uint8Array>,
  keys: ProofKeys,
  opened?: (line: ProofLine) => void,
): Promise<ProofReport> {
  const lines = linesOf(bytes);
  const first = await lines.next();
  const head = first.done ? undefined : parseHead(first.value);
  if (head === undefined) throw invalid(1, 'it does not begin as a proof file of this version does');
  const reader = new ProofReader(head.exchange, keys);
  let number = 1;
  for await (const text of lines) {
    number++;
    if (number > head.entries + 1)
      throw invalid(number, `more lines follow than the ${head.entries} that the first line speaks of`);
    const line = parseLine(text);
    if (line === undefined) throw invalid(number, 'it is not written as a line of a proof file is');
    try {
      reader.take(line);
      opened?.(line);
    } catch (error) {
      throw error instanceof Refused ? invalid(number, error.message) : error;
    }
  }
  if (number <= head.entries) throw invalid(number + 1, `the file ends after ${number - 1} of ${head.entries} entries`);
  try {
    return reader.report();
  } catch (error) {
    throw error instanceof Refused ? invalid(undefined, error.message) : error;
  }
}

/** What is wrong with a proof, before it is known where. */
class Refused extends Error {}

function invalid(line: number | undefined, why: string): DogwatchError {
  const where = line === undefined ? 'the proof' : `line ${line} of the proof`;
  return new DogwatchError('proof_invalid', `${where} does not verify: ${why}`, {
    remedy: 'nothing that the file says is proven; ask for a new one, and check that the keys are the right ones',
  });
}

/** Lines without their newline; each must end with one. @throws DogwatchError `proof_invalid` */
async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  let number = 1;
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const join = (): string => {
    const whole = Buffer.concat(pieces, length);
    pieces = [];
    length = 0;
    try {
      return decoder.decode(whole);
    } catch {
      throw invalid(number, 'it is not UTF-8');
    }
  };
  for await (const piece of bytes) {
    let from = 0;
    for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, from)) {
      length += end - from;
      if (length > MAX_LINE) throw invalid(number, `it is longer than ${MAX_LINE} bytes`);
      pieces.push(piece.subarray(from, end));
      yield join();
      number++;
      from = end + 1;
    }
    length += piece.length - from;
    if (length > MAX_LINE) throw invalid(number, `it is longer than ${MAX_LINE} bytes`);
    if (from < piece.length) pieces.push(Buffer.from(piece.subarray(from)));
  }
  if (length > 0) throw invalid(number, 'it is cut short');
}

/** The checkpoint that all entries are proven under. */
interface Signed {
  readonly note: string;
  readonly head: TreeHead;
  /** As in merkle.ts. */
  readonly root: string;
  readonly signedBy: readonly string[];
  readonly cosignatures: readonly Cosignature[];
}

function verifiedCheckpoint(note: string, keys: ProofKeys): Signed {
  const parsed = parseNote(note);
  const head = parsed && parseTreeHead(parsed.text);
  if (parsed === undefined || head === undefined) throw new Refused('its checkpoint is malformed');
  const signers = verifyNote(parsed, keys.log);
  if (signers.length === 0) throw new Refused('its checkpoint is not signed by any of the keys given');
  if (!signers.some(({ name }) => name === head.origin)) {
    throw new Refused(`its checkpoint is of the log ${head.origin}, for which none of the keys given speaks`);
  }
  const cosignatures = cosignaturesOf(parsed, keys.witnesses);
  if (cosignatures === undefined) throw new Refused('the cosignature of a witness does not verify');
  for (const { name, id } of keys.witnesses) {
    // Witnesses of one name and two keys are two.
    const cosigned = cosignaturesOf(
      parsed,
      keys.witnesses.filter((each) => each.name === name && each.id === id),
    );
    if (cosigned?.length !== 1) throw new Refused(`the witness ${name} did not cosign its checkpoint`);
  }
  const signedBy = signers.map(({ name, id }) => `${name}+${id.toString(16).padStart(8, '0')}`);
  return { note, head, root: head.root.toString('latin1'), signedBy: [...new Set(signedBy)], cosignatures };
}

type Direction = 'request' | 'response';

/** The pieces of a long body, as the lines bring them. */
interface Pieces {
  readonly indexes: number[];
  /** Bytes so far. */
  length: number;
  /** Absent as soon as a piece is closed. */
  hash: Hash | undefined;
}

/** Takes the entries in order, and holds what they say against each other. */
class ProofReader {
  readonly #exchange: string;
  readonly #keys: ProofKeys;
  #signed: Signed | undefined;
  readonly #entries: ProvenEntry[] = [];
  readonly #notes = new Set<string>();
  readonly #pieces: Record<Direction, Pieces> = {
    request: { indexes: [], length: 0, hash: createHash('sha256') },
    response: { indexes: [], length: 0, hash: createHash('sha256') },
  };
  /** Chunks of which it is not known what they are pieces of. */
  #unknownPieces = false;
  #head: 'exchange' | 'exchange.intent' | undefined;
  #outcome = false;
  #asked: ExchangeIntent | undefined;
  #ended: ExchangeOutcome | undefined;

  constructor(exchange: string, keys: ProofKeys) {
    this.#exchange = exchange;
    this.#keys = keys;
  }

  /** @throws Refused */
  take(line: ProofLine): void {
    const leaf = parseLeaf(line.leaf);
    if (leaf === undefined) throw new Refused('its leaf is malformed');
    const problem = partsProblem(line, leaf);
    if (problem !== undefined) throw new Refused(problem);
    const proof = parseTlogProof(line.proof);
    if (proof === undefined) throw new Refused('its inclusion proof is malformed');
    this.#signed ??= verifiedCheckpoint(proof.checkpoint, this.#keys);
    if (proof.checkpoint !== this.#signed.note) throw new Refused('its checkpoint is not that of the first entry');
    const { head, root } = this.#signed;
    const { index, hashes } = proof;
    if (!verifyInclusion({ index, size: head.size, leaf: leafHash(line.leaf), root, proof: hashes })) {
      throw new Refused(`the inclusion proof does not lead from entry ${index} to the root that was signed`);
    }
    if (index <= (this.#entries.at(-1)?.index ?? -1)) throw new Refused('entries are not in the order of the log');
    this.#relate(line, leaf, index);
    const parts: { [Part in PartName]?: number | Closed } = {};
    for (const name of PARTS) {
      const state = line.closed[name] ?? (line.parts[name] && line.parts[name].length - SALT);
      if (state !== undefined) parts[name] = state;
      if (line.closed[name] !== undefined) this.#notes.add(closedNote(name, line.closed[name]));
    }
    this.#entries.push({ index, id: leaf.id, kind: leaf.kind, time: leaf.time, parts });
  }

  /** What the entry is to the exchange. */
  #relate(line: ProofLine, leaf: Leaf, index: number): void {
    const { kind } = leaf;
    if (!KINDS.has(kind)) throw new Refused(`an entry of kind ${kind} is no part of an exchange`);
    const { summary } = line.parts;
    const said = summary === undefined ? undefined : parsedSummary(summary.subarray(SALT));
    if (said !== undefined && said.exchange !== this.#exchange) throw new Refused('its summary is of another exchange');
    if (kind === 'exchange' || kind === 'exchange.intent') {
      if (leaf.id !== this.#exchange) throw new Refused('it begins another exchange');
      if (this.#head !== undefined) throw new Refused('the exchange begins twice');
      this.#head = kind;
      this.#asked = said as ExchangeIntent | undefined;
      if (kind === 'exchange') this.#ended = said as ExchangeOutcome | undefined;
      return;
    }
    if (said === undefined) {
      this.#notes.add('without their summaries it is not shown that all of these entries belong to the exchange');
    }
    if (kind === 'exchange.outcome') {
      if (this.#outcome) throw new Refused('the exchange ends twice');
      this.#outcome = true;
      this.#ended = said as ExchangeOutcome | undefined;
    } else this.#piece(line, said as ChunkSummary | undefined, index);
  }

  #piece(line: ProofLine, said: ChunkSummary | undefined, index: number): void {
    if (said === undefined) {
      this.#unknownPieces = true;
      return;
    }
    if (said.direction !== 'request' && said.direction !== 'response')
      throw new Refused('its summary is no chunk summary');
    const pieces = this.#pieces[said.direction];
    const salted = line.parts[said.direction];
    pieces.indexes.push(index);
    if (line.closed[said.direction] !== undefined) pieces.hash = undefined;
    // The first piece of a response may hold its head alone.
    if (pieces.hash === undefined || salted === undefined) return;
    if (said.offset !== pieces.length)
      throw new Refused(`it does not continue the ${said.direction} at byte ${pieces.length}`);
    pieces.hash.update(salted.subarray(SALT));
    pieces.length += salted.length - SALT;
  }

  /** @throws Refused */
  report(): ProofReport {
    const signed = this.#signed;
    if (signed === undefined || this.#head === undefined)
      throw new Refused('the entry that begins the exchange is not in it');
    if (this.#head === 'exchange' && this.#outcome) throw new Refused('the exchange ends twice');
    if (this.#head === 'exchange.intent' && !this.#outcome) {
      this.#notes.add('how the exchange ended is not in it: it had not when the proof was made, or it was left out');
    }
    this.#checkPieces('request', this.#ended?.requestBody ?? this.#asked?.request?.body);
    this.#checkPieces('response', this.#ended?.response?.body);
    const { head, signedBy, cosignatures } = signed;
    return {
      ok: true,
      exchange: this.#exchange,
      origin: head.origin,
      size: head.size,
      root: head.root.toString('base64'),
      signedBy,
      cosignedBy: cosignatures.map(({ witness, time }) => ({ witness, time })),
      entries: this.#entries,
      ...(this.#asked !== undefined && { asked: this.#asked }),
      ...(this.#ended !== undefined && { ended: this.#ended }),
      notes: [...this.#notes],
    };
  }

  /** A long body must be all there, unless the proof says that it is not. */
  #checkPieces(direction: Direction, info: BodyInfo | undefined): void {
    const { indexes, hash, length } = this.#pieces[direction];
    const complete = info !== undefined && !this.#unknownPieces && !this.#wasCut();
    if (!complete) {
      if (indexes.length > 0) this.#notes.add(`it is not shown that all pieces of the ${direction} are in it`);
      return;
    }
    const listed = Array.isArray(info.chunks) ? [...info.chunks].sort((a, b) => a - b) : [];
    if (listed.length !== indexes.length || listed.some((index, at) => index !== indexes[at])) {
      throw new Refused(`the ${direction} has ${listed.length} pieces, and other ones are in it`);
    }
    if (listed.length === 0 || hash === undefined || info.withheld !== undefined || info.sha256 === undefined) return;
    if (hash.digest('hex') !== info.sha256)
      throw new Refused(`the ${length} bytes of the ${direction} are not those that were recorded`);
  }

  #wasCut(): boolean {
    return [this.#asked, this.#ended].some((summary) => Array.isArray(summary?.cut) && summary.cut.includes('chunks'));
  }
}

const closedNote = (part: PartName, closed: Closed): string =>
  closed === 'erased'
    ? `the ${part} was erased, as the maker of the proof says: only its commitment is proven`
    : `the ${part} is withheld: only its commitment is proven`;

function parsedSummary(bytes: Uint8Array): { readonly exchange?: unknown } {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // It is said below.
  }
  throw new Refused('its summary is no JSON object');
}
