// The journal as a worker thread sees it: its own reader, with keys unwrapped by the main thread.
import type { KeyEncryptionKey } from '../exchange/keys.ts';
import { openReader } from '../journal/reader.ts';
import type { EntrySource } from './documents.ts';
import type { Line } from './worker-calls.ts';

/** What a worker of the index is started with. */
export interface WorkerStart {
  readonly dir: string;
  readonly file: string;
  /** The 32 bytes that name words. */
  readonly key: Uint8Array;
  /** The key-encryption key's public name. */
  readonly kek: string;
}

/** Opens a reader whose key-encryption key stays in the main thread: only what it unwraps comes over. */
export async function openWorkerJournal(
  { dir, kek }: Pick<WorkerStart, 'dir' | 'kek'>,
  line: Line,
): Promise<EntrySource> {
  const remote: KeyEncryptionKey = {
    id: kek,
    wrap: (dataKey, context) => line.call<Uint8Array>('wrap', dataKey, context),
    unwrap: (wrapped, context) => line.call<Uint8Array>('unwrap', wrapped, context),
  };
  return openReader({ dir, kek: remote, blocking: true });
}
