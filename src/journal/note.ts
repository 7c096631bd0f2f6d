// Signed notes and checkpoints: C2SP signed-note and tlog-checkpoint, with Ed25519 signatures (type 0x01).
import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto';
import type { SigningKey } from './keys.ts';

const ED25519 = 0x01;
/** signed-note: key names have no spaces and no plus. Origins are used as key names, so they keep to it as well. */
const KEY_NAME = /^[^\s+\p{Cc}]+$/u;
const MAX_SIGNATURES = 64;

/** A public key that notes are verified with. */
export interface NoteVerifier {
  readonly name: string;
  /** The 4-byte key id. */
  readonly id: number;
  verify(text: Uint8Array, signature: Uint8Array): boolean;
}

/** One signature line. */
export interface NoteSignature {
  readonly name: string;
  readonly id: number;
  readonly signature: Buffer;
}

/** A note taken apart; nothing in it is verified yet. */
export interface Note {
  /** The signed text with its final newline. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** A tree head, as a checkpoint's text says it. */
export interface TreeHead {
  readonly origin: string;
  readonly size: number;
  /** 32 bytes */
  readonly root: Buffer;
}

/** `key ID = SHA-256(name || 0x0A || 0x01 || public key)[:4]`, big-endian. */
export function keyId(name: string, publicKey: Uint8Array): number {
  const input = Buffer.concat([Buffer.from(`${name}\n`, 'utf8'), Buffer.of(ED25519), publicKey]);
  return hash('sha256', input, 'buffer').readUInt32BE(0);
}

const hexId = (id: number): string => id.toString(16).padStart(8, '0');

/** The key id as verifier keys write it: 8 hex digits. */
export const keyIdText = (name: string, publicKey: Uint8Array): string => hexId(keyId(name, publicKey));

/** The verifier key as text, `<name>+<key id>+<base64(0x01 || public key)>`, as Go's sumdb/note writes it. */
export const encodeVerifierKey = (name: string, publicKey: Uint8Array): string =>
  `${name}+${hexId(keyId(name, publicKey))}+${Buffer.concat([Buffer.of(ED25519), publicKey]).toString('base64')}`;

/** Reads a verifier key; undefined when it is not one, or its id is not that of its key. */
export function parseVerifierKey(text: string): NoteVerifier | undefined {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text.trim());
  if (match === null) return undefined;
  const [, name = '', id = '', encoded = ''] = match;
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length !== 33 || bytes[0] !== ED25519) return undefined;
  const verifier = noteVerifier(name, bytes.subarray(1));
  return hexId(verifier.id) === id ? verifier : undefined;
}

/** A verifier for a name and a 32-byte public key. */
export function noteVerifier(name: string, publicKey: Uint8Array): NoteVerifier {
  const key: KeyObject = createPublicKey({
    format: 'jwk',
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey).toString('base64url') },
  });
  return {
    name,
    id: keyId(name, publicKey),
    verify: (text, signature) => signature.length === 64 && verify(null, text, key, signature),
  };
}

/** The text of a checkpoint (tlog-checkpoint, without extension lines). */
export const checkpointText = (head: TreeHead): string =>
  `${head.origin}\n${head.size}\n${head.root.toString('base64')}\n`;

/** Signs a text as a note. `text` ends with a newline. */
export async function signNote(text: string, name: string, key: SigningKey): Promise<string> {
  const signature = await key.sign(Buffer.from(text, 'utf8'));
  const id = Buffer.alloc(4);
  id.writeUInt32BE(keyId(name, key.publicKey));
  return `${text}\n— ${name} ${Buffer.concat([id, signature]).toString('base64')}\n`;
}

/** Takes a signed note apart; undefined when it is malformed. */
export function parseNote(note: string): Note | undefined {
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n') || /[^\P{Cc}\n]/u.test(note) || !note.isWellFormed()) return undefined;
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) return undefined;
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const match = /^— (\S+) ([A-Za-z0-9+/]+=*)$/.exec(line);
    if (match === null) return undefined;
    const [, name = '', encoded = ''] = match;
    const bytes = Buffer.from(encoded, 'base64');
    if (!KEY_NAME.test(name) || bytes.length < 5 || bytes.toString('base64') !== encoded) return undefined;
    signatures.push({ name, id: bytes.readUInt32BE(0), signature: bytes.subarray(4) });
  }
  return { text: note.slice(0, split + 1), signatures };
}

/**
 * Verifies a note as signed-note says: signatures of unknown keys are passed over, one of a known key that fails refuses the note.
 *
 * @returns the verifiers whose signature it carries; empty when the note is to be refused.
 */
export function verifyNote(note: Note, known: readonly NoteVerifier[]): NoteVerifier[] {
  const text = Buffer.from(note.text, 'utf8');
  const good: NoteVerifier[] = [];
  for (const { name, id, signature } of note.signatures) {
    const verifier = known.find((key) => key.name === name && key.id === id);
    if (verifier === undefined) continue;
    if (!verifier.verify(text, signature)) return [];
    good.push(verifier);
  }
  return good;
}

/** Reads a checkpoint's text; undefined when it is not one. */
export function parseTreeHead(text: string): TreeHead | undefined {
  const match = /^([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n(?:[^\n]+\n)*$/.exec(text);
  if (match === null) return undefined;
  const [, origin = '', size = '', encoded = ''] = match;
  const root = Buffer.from(encoded, 'base64');
  if (!Number.isSafeInteger(Number(size)) || root.toString('base64') !== encoded) return undefined;
  return { origin, size: Number(size), root };
}

/** The origin of the journal of that name. */
export const originOf = (name: string): string => `dogwatch/${name}`;

/** Whether a journal may be called that: it becomes part of an origin and of key names. */
export const isJournalName = (name: string): boolean => /^[a-zA-Z0-9][a-zA-Z0-9._/-]{0,127}$/.test(name);
