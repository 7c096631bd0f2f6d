// Signed notes, checkpoints and verifier keys (C2SP signed-note, tlog-checkpoint, tlog-proof), Ed25519 by WebCrypto.
import { type Bytes, fromBase64, joined, sha256, toHex, utf8 } from './bytes.ts';

const ED25519 = 0x01;

/** A public key of the log. */
export interface VerifierKey {
  readonly name: string;
  /** 8 hex digits. */
  readonly id: string;
  /** As it was written. */
  readonly text: string;
  readonly key: Awaited<ReturnType<typeof crypto.subtle.importKey>>;
}

/** Reads the lines of a `vkey` file; what is none of Ed25519 is passed over. */
export async function readVerifierKeys(text: string): Promise<VerifierKey[]> {
  const keys: VerifierKey[] = [];
  for (const line of text.split('\n')) {
    const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(line.trim());
    const bytes = match && fromBase64(match[3] ?? '');
    if (!match || !bytes || bytes.length !== 33 || bytes[0] !== ED25519) continue;
    const [, name = '', id = ''] = match;
    if ((await keyId(name, bytes)) !== id) continue;
    const key = await crypto.subtle.importKey('raw', bytes.slice(1), 'Ed25519', false, ['verify']);
    keys.push({ name, id, text: line.trim(), key });
  }
  return keys;
}

/** `SHA-256(name || 0x0A || type || public key)[:4]`. */
async function keyId(name: string, typed: Bytes): Promise<string> {
  return toHex((await sha256(utf8(`${name}\n`), typed)).subarray(0, 4));
}

/** A checkpoint taken apart. */
export interface Checkpoint {
  readonly text: string;
  readonly origin: string;
  readonly size: number;
  readonly root: Bytes;
  readonly signatures: readonly { readonly name: string; readonly id: string; readonly signature: Bytes }[];
}

/** Undefined when it is malformed. */
export function readCheckpoint(note: string): Checkpoint | undefined {
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n')) return undefined;
  const text = note.slice(0, split + 1);
  const head = /^([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n(?:[^\n]+\n)*$/.exec(text);
  const root = head && fromBase64(head[3] ?? '');
  const size = Number(head?.[2]);
  if (!head || !root || root.length !== 32 || !Number.isSafeInteger(size)) return undefined;
  const signatures = [];
  for (const line of note.slice(split + 2, -1).split('\n')) {
    const match = /^— (\S+) ([A-Za-z0-9+/]+=*)$/.exec(line);
    const bytes = match && fromBase64(match[2] ?? '');
    if (!match || !bytes || bytes.length < 5) return undefined;
    signatures.push({ name: match[1] ?? '', id: toHex(bytes.subarray(0, 4)), signature: bytes.slice(4) });
  }
  return { text, origin: head[1] ?? '', size, root, signatures };
}

/** The keys that signed it, as signed-note says: an unknown key's signature is passed over, a bad one of a known key refuses all. */
export async function signersOf(checkpoint: Checkpoint, keys: readonly VerifierKey[]): Promise<VerifierKey[]> {
  const good: VerifierKey[] = [];
  for (const { name, id, signature } of checkpoint.signatures) {
    const key = keys.find((each) => each.name === name && each.id === id);
    if (key === undefined) continue;
    if (!(await crypto.subtle.verify('Ed25519', key.key, signature, utf8(checkpoint.text)))) return [];
    good.push(key);
  }
  return good;
}

/** An inclusion proof with its checkpoint. */
export interface TlogProof {
  readonly index: number;
  readonly hashes: readonly Bytes[];
  readonly checkpoint: string;
}

/** Undefined when it is malformed, or carries extra data. */
export function readTlogProof(text: string): TlogProof | undefined {
  const split = text.indexOf('\n\n');
  const [first, second = '', ...encoded] = text.slice(0, Math.max(split, 0)).split('\n');
  const index = Number(/^index (0|[1-9][0-9]{0,15})$/.exec(second)?.[1]);
  if (first !== 'c2sp.org/tlog-proof@v1' || !Number.isSafeInteger(index) || encoded.length > 63) return undefined;
  const hashes: Bytes[] = [];
  for (const line of encoded) {
    const bytes = fromBase64(line);
    if (bytes?.length !== 32) return undefined;
    hashes.push(bytes);
  }
  return { index, hashes, checkpoint: text.slice(split + 2) };
}

/** A SHA-256 over all keys, by which people compare them: eight groups of four hex digits. */
export async function fingerprintOf(keys: readonly VerifierKey[]): Promise<string> {
  const digest = await sha256(joined(...keys.map(({ text }) => utf8(`${text}\n`))));
  return (toHex(digest.subarray(0, 16)).match(/.{4}/g) ?? []).join(' ');
}
