// Holds and erasure of one data directory, put together: the API, retention and commands share one, so that they wait for each other.
import type { Memory } from '../exchange/memory.ts';
import { type Audit, auditInto } from './audit.ts';
import { createErasure, type ErasableJournal, type Erasure, type ForgetfulIndex } from './erasure.ts';
import { createHolds, type Holds } from './holds.ts';
import { oneAtATime } from './one-at-a-time.ts';
import type { EntryReader } from './read-exchange.ts';

export interface Keeping {
  readonly holds: Holds;
  readonly erasure: Erasure;
  readonly audit: Audit;
}

export function createKeeping(parts: {
  /** The data directory. */
  readonly dir: string;
  readonly journal: ErasableJournal;
  readonly reader: EntryReader;
  readonly index: ForgetfulIndex;
  readonly memories: readonly Memory[];
  readonly step?: (name: string) => void;
}): Keeping {
  const { dir, journal, reader, index, memories, step } = parts;
  const audit = auditInto((entry) => journal.append(entry));
  const slice = oneAtATime();
  const holds = createHolds({ reader, index, audit, slice, size: () => journal.size });
  const erasure = createErasure({ dir, journal, reader, index, holds, audit, memories, slice, ...(step && { step }) });
  return { holds, erasure, audit };
}
