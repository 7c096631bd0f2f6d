// The body of an add-checkpoint request: C2SP tlog-witness.
import { parseHashLine } from '../journal/tlog-proof.ts';
import { MAX_PROOF } from '../journal/tree-proof.ts';

export interface AddCheckpoint {
  /** The tree size that the witness is thought to have cosigned last. */
  readonly old: number;
  /** The consistency proof from there to the checkpoint, hashes as in journal/merkle.ts. */
  readonly proof: readonly string[];
  /** The signed note. */
  readonly checkpoint: string;
}

/** Longest request that a witness reads, and longest answer that is read of one, in bytes. */
export const MAX_BODY = 64 << 10;
/** Media type of an answer that says which size the witness has cosigned. */
export const SIZE_TYPE = 'text/x.tlog.size';

export function encodeAddCheckpoint({ old, proof, checkpoint }: AddCheckpoint): string {
  const lines = proof.map((hash) => `${Buffer.from(hash, 'latin1').toString('base64')}\n`);
  return `old ${old}\n${lines.join('')}\n${checkpoint}`;
}

/** Reads a request's body; undefined when it is malformed. The checkpoint is as it stands, nothing of it is verified. */
export function parseAddCheckpoint(body: string): AddCheckpoint | undefined {
  const split = body.indexOf('\n\n');
  if (split < 0) return undefined;
  const [first = '', ...lines] = body.slice(0, split).split('\n');
  const old = parseSize(/^old (.*)$/.exec(first)?.[1] ?? '');
  if (old === undefined || lines.length > MAX_PROOF) return undefined;
  const proof = lines.map(parseHashLine);
  if (!proof.every((hash) => hash !== undefined)) return undefined;
  return { old, proof: proof as string[], checkpoint: body.slice(split + 2) };
}

/** A tree size in decimal without leading zeros; undefined for anything else. */
export function parseSize(text: string): number | undefined {
  const size = /^(0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(size) ? size : undefined;
}
