// A reader in Go, on Go's own note and tlog packages, verifies a journal: signature, root, every entry, proofs.
import { test } from 'node:test';
import { readByGo } from './interop/go-reader.ts';

const ENTRIES = Number(process.env.DOGWATCH_TEST_INTEROP ?? 10_000);

test(`a reader in Go verifies a journal of ${ENTRIES} entries`, async (t) => {
  const read = await readByGo(ENTRIES);
  if ('missing' in read) return t.skip(read.missing);
  t.diagnostic(read.output);
});
