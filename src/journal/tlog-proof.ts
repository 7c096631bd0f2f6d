// The text of an inclusion proof with its checkpoint: C2SP tlog-proof.
import { MAX_PROOF } from './tree-proof.ts';

/** A tlog-proof without extra data, taken apart; nothing in it is verified yet. */
export interface TlogProof {
  /** Leaf index. */
  readonly index: number;
  /** The inclusion proof, from the leaf's sibling to the root's child, as in merkle.ts. */
  readonly hashes: readonly string[];
  /** The signed note. */
  readonly checkpoint: string;
}

const FIRST_LINE = 'c2sp.org/tlog-proof@v1';

export function encodeTlogProof({ index, hashes, checkpoint }: TlogProof): string {
  const lines = hashes.map((hash) => `${Buffer.from(hash, 'latin1').toString('base64')}\n`);
  return `${FIRST_LINE}\nindex ${index}\n${lines.join('')}\n${checkpoint}`;
}

/** Reads a tlog-proof; undefined when it is not one, or carries extra data. */
export function parseTlogProof(text: string): TlogProof | undefined {
  const split = text.indexOf('\n\n');
  if (split < 0) return undefined;
  const [first, second = '', ...encoded] = text.slice(0, split).split('\n');
  const index = /^index (0|[1-9][0-9]{0,15})$/.exec(second)?.[1];
  if (first !== FIRST_LINE || index === undefined || !Number.isSafeInteger(Number(index))) return undefined;
  if (encoded.length > MAX_PROOF) return undefined;
  const hashes: string[] = [];
  for (const line of encoded) {
    const hash = parseHashLine(line);
    if (hash === undefined) return undefined;
    hashes.push(hash);
  }
  return { index: Number(index), hashes, checkpoint: text.slice(split + 2) };
}

/** A SHA-256 hash of a line of base64, as in merkle.ts; undefined when it is none, or not as RFC 4648 section 3.5 would have it. */
export function parseHashLine(line: string): string | undefined {
  if (!/^[A-Za-z0-9+/]{43}=$/.test(line)) return undefined;
  const bytes = Buffer.from(line, 'base64');
  return bytes.toString('base64') === line ? bytes.toString('latin1') : undefined;
}
