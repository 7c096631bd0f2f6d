// After the build: every text file also as brotli and gzip, so that serving it costs no compression, and the weight of the first load told.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

const TEXT = /\.(js|css|html|svg|json)$/;
/** Below this, a compressed copy saves no packet. */
const SMALLEST = 1024;

/** A plugin that writes `name.br` and `name.gz` beside each text file of the output. */
export function compressFiles(): Plugin {
  let directory = '';
  return {
    name: 'dogwatch-compress-files',
    apply: 'build',
    writeBundle(options) {
      directory = options.dir ?? '';
    },
    closeBundle() {
      if (directory === '') return;
      for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !TEXT.test(entry.name)) continue;
        const file = join(entry.parentPath, entry.name);
        const bytes = readFileSync(file);
        // index.html gets a nonce with each answer: it is never served as built.
        if (bytes.length < SMALLEST || entry.name === 'index.html') continue;
        const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
        writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params }));
        writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
      }
    },
  };
}
