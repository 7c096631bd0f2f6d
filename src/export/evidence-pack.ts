// An evidence pack as a zip file, written as it is made: exchanges, their proofs, the log's heads and keys, and how to verify all of it.
import { createHash, createPublicKey, type Hash } from 'node:crypto';
import { PassThrough, Readable, Transform } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import type { Row } from '../index/search-index.ts';
import { summaryHtml } from './evidence-summary.ts';
import { type PackFacts, readme, VERIFY_PY } from './evidence-texts.ts';

type Pieces = AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;

/** One exchange of a pack. What is given as a function is made when its turn has come. */
export interface PackedExchange {
  readonly row: Row;
  /** The exchange as JSON, for reading. */
  view(): Promise<object>;
  proof(): Promise<Pieces>;
  /** The recorded bodies that are in the pack. */
  bodies(): Promise<readonly { readonly name: 'request' | 'response'; readonly pieces: Pieces }[]>;
}

export interface PackParts {
  readonly facts: PackFacts;
  readonly exchanges: readonly PackedExchange[];
  /** The files of the log: `checkpoint`, `vkey`, and `cosigned` where there is one. */
  readonly log: Readonly<Record<string, string>>;
}

/** The zip file's bytes. Destroying the stream ends the work. */
export function evidencePack(parts: PackParts): Readable {
  const zip = new ZipFile();
  const out = new PassThrough();
  const sums: string[] = [];
  zip.on('error', (error: Error) => out.destroy(error));
  zip.outputStream.on('error', (error: Error) => out.destroy(error));
  zip.outputStream.pipe(out);
  const mtime = new Date(parts.facts.madeAt);
  /** Writes one file; resolves when it is in the zip, so that no more than one is worked on. */
  async function add(path: string, pieces: Pieces): Promise<void> {
    const hash = createHash('sha256');
    const source = Readable.from(pieces, { objectMode: false });
    const hashed = source.pipe(hashing(hash));
    source.on('error', (error) => hashed.destroy(error));
    const gone = (): void => void hashed.destroy(new Error('nobody takes the pack any more'));
    out.once('close', gone);
    // Sizes are known when a file has been written; yazl writes them behind it, as zip64 where needed.
    zip.addReadStream(hashed, path, { mtime, mode: 0o100644 });
    try {
      await finished(hashed);
    } finally {
      out.off('close', gone);
      source.destroy();
    }
    sums.push(`${hash.digest('hex')}  ${path}\n`);
  }
  const work = async (): Promise<void> => {
    await add('README.md', [readme(parts.facts)]);
    await add('verify.py', [VERIFY_PY]);
    for (const [name, text] of Object.entries(parts.log)) await add(`log/${name}`, [text]);
    for (const [at, pem] of publicKeys(parts.log.vkey ?? '').entries()) await add(`log/key-${at + 1}.pem`, [pem]);
    for (const { row, view, proof, bodies } of parts.exchanges) {
      if (out.destroyed) return;
      await add(`proofs/${row.id}.proof`, await proof());
      await add(`exchanges/${row.id}/exchange.json`, [`${JSON.stringify(await view(), null, 2)}\n`]);
      for (const { name, pieces } of await bodies()) await add(`exchanges/${row.id}/${name}`, pieces);
    }
    await add('summary.html', summaryHtml(parts.facts, rowsOf(parts.exchanges)));
    zip.addBuffer(Buffer.from(sums.join('')), 'SHA256SUMS', { mtime, mode: 0o100644 });
    zip.end();
  };
  work().catch((error: Error) => out.destroy(error));
  return out;
}

function* rowsOf(exchanges: readonly PackedExchange[]): Generator<Row> {
  for (const { row } of exchanges) yield row;
}

function hashing(hash: Hash): Transform {
  return new Transform({
    transform(piece: Uint8Array, _encoding, done) {
      hash.update(piece);
      done(null, piece);
    },
  });
}

/** The Ed25519 keys of a file of signed-note verifier keys, as PEM; lines that are none are left out. */
export function publicKeys(vkeys: string): string[] {
  return vkeys.split('\n').flatMap((line) => {
    const data = Buffer.from(line.split('+').slice(2).join('+'), 'base64');
    if (data.length !== 33 || data[0] !== 1) return [];
    const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), data.subarray(1)]);
    return [
      createPublicKey({ key: der, format: 'der', type: 'spki' }).export({ format: 'pem', type: 'spki' }).toString(),
    ];
  });
}
