// Asks one witness for its cosignature: C2SP tlog-witness, add-checkpoint.
import { Agent, request } from 'undici';
import { type Cosignature, cosignatureIn, type WitnessKey } from '../journal/cosignature.ts';
import { parseNote, parseTreeHead } from '../journal/note.ts';
import { tileHashes } from '../journal/tile-hashes.ts';
import { consistencyProof } from '../journal/tree-proof.ts';
import { encodeAddCheckpoint, MAX_BODY, parseSize, SIZE_TYPE } from './add-checkpoint.ts';

export interface Witness {
  /** For people. */
  readonly name: string;
  /** The submission prefix. */
  readonly url: string;
  readonly key: WitnessKey;
}

/** Why a witness did not cosign. */
export class NotCosigned extends Error {
  /** It contradicts what the witness cosigned before: the log was rewritten or rolled back. Trying again does not help. */
  readonly conflict: boolean;

  constructor(message: string, conflict = false) {
    super(message);
    this.conflict = conflict;
  }
}

export interface Asking {
  /** The folder of the log. */
  readonly tlog: string;
  /** The signed note. */
  readonly checkpoint: string;
  /** The tree size that the witness is thought to have cosigned last; it says when that is wrong. */
  readonly old: number;
  readonly signal: AbortSignal;
}

/**
 * Gets the cosignature of a witness for a checkpoint.
 *
 * @throws NotCosigned
 */
export async function askWitness(witness: Witness, asking: Asking): Promise<Cosignature> {
  const { tlog, checkpoint, signal } = asking;
  const note = parseNote(checkpoint);
  const head = note && parseTreeHead(note.text);
  if (note === undefined || head === undefined) throw new NotCosigned('the checkpoint on disk is malformed');
  let { old } = asking;
  // An own agent: questions are a minute apart, and no idle socket is left behind.
  const dispatcher = new Agent({ maxResponseSize: MAX_BODY, pipelining: 0, connections: 1 });
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (old > head.size) throw rolledBack(old, head.size);
      const proof = await consistencyProof(old, head.size, tileHashes(tlog, head.size));
      const answer = await post(witness, encodeAddCheckpoint({ old, proof, checkpoint }), dispatcher, signal);
      if (answer.status === 200) {
        const cosignature = cosignatureIn(answer.body, note.text, witness.key);
        if (cosignature !== undefined) return cosignature;
        throw new NotCosigned('what it answered holds no cosignature of its key that verifies');
      }
      if (answer.status !== 409) throw refusal(answer.status, answer.body);
      const size = answer.type.startsWith(SIZE_TYPE) ? parseSize(answer.body.replace(/\n$/, '')) : undefined;
      if (old === head.size && (size === undefined || size === old)) {
        throw new NotCosigned(`it cosigned another tree of ${old} entries: history was rewritten`, true);
      }
      if (size === undefined || size === old) throw new NotCosigned('it answered 409 without the size it has cosigned');
      old = size;
    }
    throw new NotCosigned(
      'the size it has cosigned keeps changing: does another process submit checkpoints of this log?',
    );
  } finally {
    await dispatcher.destroy().catch(() => undefined);
  }
}

const rolledBack = (theirs: number, ours: number): NotCosigned =>
  new NotCosigned(`it cosigned a tree of ${theirs} entries, but the log has ${ours}: the log was rolled back`, true);

function refusal(status: number, body: string): NotCosigned {
  switch (status) {
    case 422:
      return new NotCosigned(
        'it refuses the consistency proof from the tree it cosigned before: history was rewritten',
        true,
      );
    case 404:
      return new NotCosigned('it does not know this log (404): give it the verifier key of the log, and check the url');
    case 403:
      return new NotCosigned('it trusts another key for this log (403)');
    default:
      return new NotCosigned(`it answered with status ${status}: ${JSON.stringify(body.slice(0, 200))}`);
  }
}

async function post(
  { url }: Witness,
  body: string,
  dispatcher: Agent,
  signal: AbortSignal,
): Promise<{ status: number; type: string; body: string }> {
  try {
    const response = await request(`${url.replace(/\/+$/, '')}/add-checkpoint`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body,
      dispatcher,
      signal,
    });
    const type = response.headers['content-type'];
    return {
      status: response.statusCode,
      type: typeof type === 'string' ? type : '',
      body: await response.body.text(),
    };
  } catch (cause) {
    const code = (cause as { code?: unknown }).code;
    const late = signal.aborted ? 'it did not answer in time' : undefined;
    throw new NotCosigned(
      late ?? `it cannot be reached: ${typeof code === 'string' ? code : (cause as Error).message}`,
    );
  }
}
