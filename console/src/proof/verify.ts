// Checks the proof of one exchange in this browser (docs/journal-format.md, "Proof files"). What it reads is not trusted.
import { type Bytes, fromBase64, joined, same, sha256, toBase64url, toHex, utf8 } from './bytes.ts';
import { type Checkpoint, readCheckpoint, readTlogProof, signersOf, type VerifierKey } from './note.ts';
import { isIncluded, leafHash } from './tree.ts';

const LETTERS: Readonly<Record<string, string>> = {
  after: 'a',
  before: 'b',
  request: 'q',
  response: 'r',
  summary: 's',
};
const KINDS = new Set(['exchange', 'exchange.intent', 'exchange.outcome', 'exchange.chunk']);
const HEAD = /^\{"dogwatch":"exchange-proof","entries":([1-9][0-9]{0,5}),"exchange":"([0-9a-f-]{36})","v":1\}$/;
const LEAF =
  /^\{"c":\{((?:"[a-z]":"[A-Za-z0-9_-]{43}",?){0,8})\},"i":"([0-9a-f-]{36})","k":"([a-z][a-z0-9.-]{0,63})","t":(\d{1,15}),"v":1\}$/;

/** One entry that was proven. */
export interface ProvenEntry {
  readonly index: number;
  readonly kind: string;
  readonly time: number;
  /** Bytes of each opened part, or why it is closed. */
  readonly parts: Readonly<Record<string, number | 'withheld' | 'erased'>>;
}

export interface ProvenExchange {
  readonly exchange: string;
  readonly origin: string;
  readonly size: number;
  /** Hex. */
  readonly root: string;
  readonly signedBy: readonly { readonly name: string; readonly id: string }[];
  /** Names of others that countersigned; their keys are not known here, so that they are not checked. */
  readonly others: readonly string[];
  readonly entries: readonly ProvenEntry[];
  /** Hashes on the way to the root, of all entries together. */
  readonly hashes: number;
  /** What it does not show. */
  readonly notes: readonly string[];
  /** The summaries, merged: what is proven to have been recorded. */
  readonly recorded: Readonly<Record<string, unknown>>;
}

/** Why a proof does not hold. */
export class ProofError extends Error {}

interface Line {
  readonly leaf: string;
  readonly parts: Readonly<Record<string, { readonly bytes: string; readonly salt: string }>>;
  readonly closed: Readonly<Record<string, 'withheld' | 'erased'>>;
  readonly proof: string;
}

/** @throws ProofError that says what does not hold */
export async function verifyExchange(
  file: string,
  exchange: string,
  keys: readonly VerifierKey[],
): Promise<ProvenExchange> {
  if (!file.endsWith('\n')) throw new ProofError('the proof is cut short');
  const [first = '', ...rest] = file.slice(0, -1).split('\n');
  const head = HEAD.exec(first);
  if (!head) throw new ProofError('it does not begin as a proof does');
  if (head[2] !== exchange) throw new ProofError('it is the proof of another exchange');
  if (Number(head[1]) !== rest.length)
    throw new ProofError(`${rest.length} entries follow, and ${head[1]} were announced`);

  let checkpoint:
    | { readonly note: string; readonly read: Checkpoint; readonly signers: readonly VerifierKey[] }
    | undefined;
  const entries: ProvenEntry[] = [];
  const notes = new Set<string>();
  const bodies = { request: new Pieces(), response: new Pieces() };
  let recorded: Record<string, unknown> = {};
  let [begun, ended, hashes] = [0, 0, 0];

  for (const [at, text] of rest.entries()) {
    const where = `entry ${at + 1}`;
    const line = readLine(text);
    if (line === undefined) throw new ProofError(`${where} is malformed`);
    const leaf = readLeaf(line.leaf);
    if (leaf === undefined || !KINDS.has(leaf.kind)) throw new ProofError(`the leaf of ${where} is malformed`);
    const opened = await openedParts(line, leaf.commitments, where);
    const proof = readTlogProof(line.proof);
    if (proof === undefined) throw new ProofError(`the inclusion proof of ${where} is malformed`);
    checkpoint ??= await readSigned(proof.checkpoint, keys);
    if (proof.checkpoint !== checkpoint.note) throw new ProofError('the entries are not all under one checkpoint');
    const { size, root } = checkpoint.read;
    const included = { index: proof.index, size, root, hashes: proof.hashes, leaf: await leafHash(line.leaf) };
    if (!(await isIncluded(included)))
      throw new ProofError(`the hashes do not lead from ${where} to the root that was signed`);
    if (proof.index <= (entries.at(-1)?.index ?? -1)) throw new ProofError('the entries are out of order');
    hashes += proof.hashes.length;

    const summary = opened.summary && readSummary(opened.summary, where);
    if (summary !== undefined && summary.exchange !== exchange)
      throw new ProofError(`${where} belongs to another exchange`);
    if (leaf.kind === 'exchange' || leaf.kind === 'exchange.intent') {
      if (leaf.id !== exchange) throw new ProofError(`${where} begins another exchange`);
      begun += 1;
      if (leaf.kind === 'exchange') ended += 1;
    }
    if (leaf.kind === 'exchange.outcome') ended += 1;
    if (leaf.kind === 'exchange.chunk') takePiece(bodies, summary, opened, proof.index);
    else recorded = { ...recorded, ...summary };
    for (const [part, why] of Object.entries(line.closed))
      notes.add(`The ${part} is ${why}: only its fingerprint is proven.`);
    entries.push({ index: proof.index, kind: leaf.kind, time: leaf.time, parts: sizesOf(line, opened) });
  }
  if (checkpoint === undefined || begun !== 1) throw new ProofError('the entry that begins the exchange is not in it');
  if (ended > 1) throw new ProofError('the exchange ends twice');
  if (ended === 0) notes.add('How the exchange ended is not in it.');
  await checkPieces(bodies, recorded);

  const signedBy = checkpoint.signers.map(({ name, id }) => ({ name, id }));
  const others = checkpoint.read.signatures.filter(({ id }) => !signedBy.some((signer) => signer.id === id));
  return {
    exchange,
    origin: checkpoint.read.origin,
    size: checkpoint.read.size,
    root: toHex(checkpoint.read.root),
    signedBy,
    others: others.map(({ name }) => name),
    entries,
    hashes,
    notes: [...notes],
    recorded,
  };
}

async function readSigned(note: string, keys: readonly VerifierKey[]) {
  const read = readCheckpoint(note);
  if (read === undefined) throw new ProofError('the checkpoint is malformed');
  const signers = await signersOf(read, keys);
  if (!signers.some(({ name }) => name === read.origin))
    throw new ProofError('the checkpoint is not signed by a key of this log');
  return { note, read, signers };
}

function readLine(text: string): Line | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { leaf, parts, closed, proof } = value;
  if (typeof leaf !== 'string' || typeof proof !== 'string' || !isObject(parts) || !isObject(closed)) return undefined;
  const whole = Object.values(parts).every(
    (part) => isObject(part) && typeof part.bytes === 'string' && typeof part.salt === 'string',
  );
  const known = [...Object.keys(parts), ...Object.keys(closed)].every((name) => Object.hasOwn(LETTERS, name));
  const said = Object.values(closed).every((why) => why === 'withheld' || why === 'erased');
  return whole && known && said ? (value as unknown as Line) : undefined;
}

function readLeaf(text: string) {
  const match = LEAF.exec(text);
  if (!match) return undefined;
  const commitments = new Map([...(match[1] ?? '').matchAll(/"([a-z])":"([^"]*)"/g)].map((each) => [each[1], each[2]]));
  return { id: match[2] ?? '', kind: match[3] ?? '', time: Number(match[4]), commitments };
}

/** Each part of the leaf must be opened as committed to, or said to be closed. */
async function openedParts(
  { parts, closed }: Line,
  commitments: ReadonlyMap<string | undefined, string | undefined>,
  where: string,
): Promise<Record<string, Bytes>> {
  const opened: Record<string, Bytes> = {};
  for (const [name, letter] of Object.entries(LETTERS)) {
    const [part, shut, committed] = [parts[name], closed[name], commitments.get(letter)];
    if ((committed === undefined) !== (part === undefined && shut === undefined) || (part && shut))
      throw new ProofError(`the parts of ${where} are not those of its leaf`);
    if (part === undefined) continue;
    const [salt, bytes] = [fromBase64(part.salt), fromBase64(part.bytes)];
    if (salt?.length !== 16 || bytes === undefined) throw new ProofError(`the ${name} of ${where} is malformed`);
    if (toBase64url(await sha256(salt, bytes)) !== committed)
      throw new ProofError(`the ${name} of ${where} is not what was recorded`);
    opened[name] = bytes;
  }
  return opened;
}

function readSummary(bytes: Bytes, where: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (isObject(value)) return value;
  } catch {
    // It is said below.
  }
  throw new ProofError(`the summary of ${where} is no JSON object`);
}

class Pieces {
  readonly indexes: number[] = [];
  readonly bytes: Bytes[] = [];
  /** Something of it is closed. */
  partial = false;
}
type Bodies = Readonly<Record<'request' | 'response', Pieces>>;

function takePiece(
  bodies: Bodies,
  summary: Record<string, unknown> | undefined,
  opened: Readonly<Record<string, Bytes>>,
  index: number,
): void {
  const direction = summary?.direction;
  if (direction !== 'request' && direction !== 'response') {
    bodies.request.partial = true;
    bodies.response.partial = true;
    return;
  }
  const pieces = bodies[direction];
  const piece = opened[direction];
  pieces.indexes.push(index);
  if (piece === undefined) {
    // The first piece of a response may hold its head alone.
    pieces.partial ||= !('head' in summary!);
    return;
  }
  if (summary?.offset !== pieces.bytes.reduce((sum, { length }) => sum + length, 0))
    throw new ProofError(`a piece of the ${direction} is missing`);
  pieces.bytes.push(piece);
}

/** A long body must be all there, unless something of it is closed. */
async function checkPieces(bodies: Bodies, recorded: Readonly<Record<string, unknown>>): Promise<void> {
  for (const direction of ['request', 'response'] as const) {
    const { indexes, bytes, partial } = bodies[direction];
    const info = bodyInfo(recorded, direction);
    if (indexes.length === 0 || partial || info === undefined) continue;
    if (!Array.isArray(info.chunks) || !same(utf8(String(info.chunks)), utf8(String(indexes))))
      throw new ProofError(`the pieces of the ${direction} are not those that were recorded`);
    if (info.withheld !== undefined || typeof info.sha256 !== 'string') continue;
    if (toHex(await sha256(joined(...bytes))) !== info.sha256)
      throw new ProofError(`the ${direction} is not what was recorded`);
  }
}

function bodyInfo(recorded: Readonly<Record<string, unknown>>, direction: 'request' | 'response') {
  const of = (value: unknown): Record<string, unknown> | undefined => (isObject(value) ? value : undefined);
  if (direction === 'request') return of(recorded.requestBody) ?? of(of(recorded.request)?.body);
  return of(of(recorded.response)?.body);
}

function sizesOf({ closed }: Line, opened: Readonly<Record<string, Bytes>>): ProvenEntry['parts'] {
  const sizes: Record<string, number | 'withheld' | 'erased'> = { ...closed };
  for (const [name, bytes] of Object.entries(opened)) sizes[name] = bytes.length;
  return sizes;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
