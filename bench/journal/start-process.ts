// A process of the start bench: `fill <folder> <MiB>` writes a history and dies; `open <folder>` opens it and prints what that took, as JSON.
import { createPrivateKey, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newId } from '../../src/exchange/canonical.ts';
import { openJournal } from '../../src/journal/journal.ts';
import { rawKeyEncryptionKey, signingKeyOf } from '../../src/journal/keys.ts';

const [what, folder = '', mebibytes = '0'] = process.argv.slice(2);
const options = {
  dir: join(folder, 'data'),
  name: 'bench',
  kek: rawKeyEncryptionKey(Buffer.alloc(32, 7)),
  // A fixed key: both processes need the same, and it guards nothing.
  signingKey: signingKeyOf(
    createPrivateKey({
      key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)]),
      format: 'der',
      type: 'pkcs8',
    }),
  ),
};

/** Bytes that this process has read from files, as the kernel counts them. */
const bytesRead = (): number => Number(/^rchar: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1] ?? Number.NaN);

if (what === 'fill') {
  const journal = await openJournal(options);
  const summary = randomBytes(300);
  for (let written = 0; written < Number(mebibytes) * 1024 * 1024; written += 64 * 8_300) {
    // Nothing of it can be compressed.
    const bytes = randomBytes(64 * 8_000);
    const appended = Array.from({ length: 64 }, (_, n) => {
      const response = bytes.subarray(n * 8_000, (n + 1) * 8_000);
      return journal.append({ id: newId(), time: Date.now(), kind: 'exchange', parts: { summary, response } });
    });
    await Promise.all(appended);
  }
  process.kill(process.pid, 'SIGKILL');
} else {
  const before = bytesRead();
  const began = performance.now();
  const journal = await openJournal(options);
  const milliseconds = performance.now() - began;
  const read = bytesRead() - before;
  const { size, segments } = journal.status();
  const peak = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ milliseconds, read, size, segments, peak }));
  process.kill(process.pid, 'SIGKILL');
}
