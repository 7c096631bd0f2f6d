// What the tests of this room share: a data directory with keys, and entries.
import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { newId } from '../../src/exchange/canonical.ts';
import type { Entry, EntryKind } from '../../src/exchange/entry.ts';
import type { KeyEncryptionKey } from '../../src/exchange/keys.ts';
import { rawKeyEncryptionKey, signingKeyOf } from '../../src/journal/keys.ts';
import type { JournalOptions } from '../../src/journal/open.ts';
import { temporaryFolder } from '../harness/temporary.ts';

/** A new data directory and its keys. */
export function site(more: Partial<JournalOptions> = {}) {
  const dir = temporaryFolder('journal');
  const kek: KeyEncryptionKey = rawKeyEncryptionKey(randomBytes(32));
  const { privateKey } = generateKeyPairSync('ed25519');
  const signingKey = signingKeyOf(createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })));
  const options: JournalOptions = { dir, name: 'test', kek, signingKey, ...more };
  return { dir, kek, signingKey, options };
}

/** A copy of a data directory as it is at this moment, as a crash would leave it. */
export function crashed(dir: string): string {
  const copy = temporaryFolder('journal');
  const everything = readdirSync(dir, { recursive: true, withFileTypes: true });
  for (const each of everything) {
    const path = join(each.parentPath, each.name);
    const to = join(copy, relative(dir, path));
    if (each.isDirectory()) mkdirSync(to, { recursive: true });
    else copyIfThere(path, to);
  }
  return copy;
}

/** Copies a file, unless it has been renamed since it was listed: a crash a moment earlier would have left what it replaced, which is copied. */
function copyIfThere(from: string, to: string): void {
  try {
    copyFileSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** An entry with a summary, and the parts asked for. */
export function entry(
  more: {
    kind?: EntryKind;
    summary?: string;
    request?: Uint8Array | undefined;
    response?: Uint8Array | undefined;
  } = {},
): Entry {
  const { kind = 'exchange', summary = '{"what":"a test"}', request, response } = more;
  const parts = {
    summary: Buffer.from(summary),
    ...(request === undefined ? {} : { request }),
    ...(response === undefined ? {} : { response }),
  };
  return { id: newId(), time: Date.now(), kind, parts };
}
