// Cosignatures of witnesses: C2SP tlog-cosignature with Ed25519 (type 0x04, `cosignature/v1`), and the keys they are made and checked with.
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto';
import { type Note, parseNote } from './note.ts';

const COSIGNATURE_V1 = 0x04;
/** 8 bytes of time, 64 of signature. */
const LENGTH = 8 + 64;

/** A witness's public key. */
export interface WitnessKey {
  readonly name: string;
  /** The 4-byte key id. */
  readonly id: number;
  /** Whether the signature is over that time, in seconds since the epoch, and that checkpoint text. */
  verify(text: string, time: number, signature: Uint8Array): boolean;
}

/** One witness's cosignature of a checkpoint, verified. */
export interface Cosignature {
  readonly witness: string;
  /** Seconds since the epoch, as the witness says. */
  readonly time: number;
  /** The signature line, with its newline. */
  readonly line: string;
}

/** A key that cosigns, in the form `PRIVATE+KEY+<name>+<key id>+<base64(0x04 || seed)>`. */
export interface WitnessSigner {
  readonly name: string;
  /** The public key as text. */
  readonly verifierKey: string;
  readonly key: WitnessKey;
  /** The signature line for a checkpoint's text at a time in seconds. */
  cosign(text: string, time: number): string;
}

function keyId(name: string, publicKey: Uint8Array): Buffer {
  const input = Buffer.concat([Buffer.from(`${name}\n`, 'utf8'), Buffer.of(COSIGNATURE_V1), publicKey]);
  return hash('sha256', input, 'buffer').subarray(0, 4);
}

/** Two lines before the checkpoint's text, for domain separation. */
const message = (text: string, time: number): Buffer => Buffer.from(`cosignature/v1\ntime ${time}\n${text}`, 'utf8');

const isWitnessName = (name: string): boolean => /^[^\s+\p{Cc}]{1,255}$/u.test(name);

/** Reads a witness's verifier key, `<name>+<key id>+<base64(0x04 || public key)>`; undefined when it is not one. */
export function parseWitnessKey(text: string): WitnessKey | undefined {
  const material = parseMaterial(text.trim());
  if (material === undefined) return undefined;
  const { name, id, bytes } = material;
  return keyId(name, bytes).toString('hex') === id ? witnessKey(name, bytes) : undefined;
}

function parseMaterial(text: string): { name: string; id: string; bytes: Buffer } | undefined {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text);
  if (match === null) return undefined;
  const [, name = '', id = '', encoded = ''] = match;
  const bytes = Buffer.from(encoded, 'base64');
  const right = bytes.length === 33 && bytes[0] === COSIGNATURE_V1 && bytes.toString('base64') === encoded;
  return right && isWitnessName(name) ? { name, id, bytes: bytes.subarray(1) } : undefined;
}

function witnessKey(name: string, publicKey: Uint8Array): WitnessKey {
  const x = Buffer.from(publicKey).toString('base64url');
  const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } });
  return {
    name,
    id: keyId(name, publicKey).readUInt32BE(),
    verify: (text, time, signature) =>
      signature.length === 64 && verifyBytes(null, message(text, time), key, signature),
  };
}

/** Reads a witness's private key as `newWitnessSecret` makes it; undefined when it is not one. */
export function parseWitnessSecret(text: string): WitnessSigner | undefined {
  const secret = text.trim();
  const material = secret.startsWith('PRIVATE+KEY+') ? parseMaterial(secret.slice('PRIVATE+KEY+'.length)) : undefined;
  if (material === undefined) return undefined;
  const { name, id, bytes: seed } = material;
  // PKCS #8 of a raw Ed25519 seed, RFC 8410 section 7.
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const signer = signerOf(name, createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  return signer.verifierKey.startsWith(`${name}+${id}+`) ? signer : undefined;
}

function signerOf(name: string, privateKey: KeyObject): WitnessSigner {
  const publicKey = Buffer.from(createPublicKey(privateKey).export({ format: 'jwk' }).x ?? '', 'base64url');
  const id = keyId(name, publicKey);
  return {
    name,
    verifierKey: `${name}+${id.toString('hex')}+${Buffer.concat([Buffer.of(COSIGNATURE_V1), publicKey]).toString('base64')}`,
    key: witnessKey(name, publicKey),
    cosign(text, time) {
      const stamp = Buffer.alloc(8);
      stamp.writeBigUInt64BE(BigInt(time));
      const signature = signBytes(null, message(text, time), privateKey);
      return `— ${name} ${Buffer.concat([id, stamp, signature]).toString('base64')}\n`;
    },
  };
}

/** A new private key for a witness of that name; undefined when a witness cannot be called that. */
export function newWitnessSecret(name: string): string | undefined {
  if (!isWitnessName(name)) return undefined;
  const { privateKey } = generateKeyPairSync('ed25519');
  const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
  const { verifierKey } = signerOf(name, privateKey);
  const [, id = ''] = verifierKey.split('+');
  return `PRIVATE+KEY+${name}+${id}+${Buffer.concat([Buffer.of(COSIGNATURE_V1), seed]).toString('base64')}`;
}

/**
 * The cosignatures of known witnesses that a note carries; undefined when a known witness's does not verify, which refuses the
 * note (signed-note). Those of unknown keys are passed over. A witness counts once.
 */
export function cosignaturesOf(note: Note, known: readonly WitnessKey[]): Cosignature[] | undefined {
  const found = new Map<string, Cosignature>();
  for (const { name, id, signature } of note.signatures) {
    const key = known.find((each) => each.name === name && each.id === id);
    if (key === undefined) continue;
    const time = signature.length === LENGTH ? signature.readBigUInt64BE() : 2n ** 64n;
    if (time > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
    if (!key.verify(note.text, Number(time), signature.subarray(8))) return undefined;
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(id);
    const line = `— ${name} ${Buffer.concat([bytes, signature]).toString('base64')}\n`;
    found.set(name, { witness: name, time: Number(time), line });
  }
  return [...found.values()];
}

/** What a witness answered: the cosignature of that witness in signature lines over a checkpoint's text; undefined when there is none that verifies. */
export function cosignatureIn(lines: string, text: string, witness: WitnessKey): Cosignature | undefined {
  const note = parseNote(`${text}\n${lines}`);
  return note === undefined || note.text !== text ? undefined : cosignaturesOf(note, [witness])?.[0];
}
