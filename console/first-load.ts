// After the build: how much JavaScript the search page loads first, compressed; the build fails when that is more than the budget.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/** Bytes of JavaScript, compressed, with all that the page needs to be whole: editor and chart as well. */
const BUDGET = 250_000;
const PARTS = [
  '/src/main.tsx',
  '/src/pages/search/page.tsx',
  '/src/pages/search/query-editor.tsx',
  '/src/pages/search/histogram.tsx',
];

/** A plugin that tells the weight of the first load, and refuses one above 250 KB. It comes after the one that compresses. */
export function firstLoad(): Plugin {
  const wanted = new Set(['first.js']);
  let directory = '';
  return {
    name: 'dogwatch-first-load',
    apply: 'build',
    generateBundle(_options, bundle) {
      const chunks = new Map(
        Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? [[file.fileName, file] as const] : [])),
      );
      const add = (name: string): void => {
        const chunk = chunks.get(name);
        if (chunk === undefined || wanted.has(name)) return;
        wanted.add(name);
        chunk.imports.forEach(add);
      };
      for (const part of PARTS) {
        const chunk = [...chunks.values()].find(({ moduleIds }) => moduleIds.some((id) => id.endsWith(part)));
        if (chunk === undefined) this.error(`no chunk holds ${part}`);
        else add(chunk.fileName);
      }
    },
    writeBundle(options) {
      directory = options.dir ?? '';
    },
    closeBundle() {
      if (directory === '') return;
      const weigh = (name: string): number => {
        const [plain, compressed] = [join(directory, name), join(directory, `${name}.br`)];
        return statSync(existsSync(compressed) ? compressed : plain).size;
      };
      const total = [...wanted].reduce((sum, name) => sum + weigh(name), 0);
      const told = `first load of the search page: ${(total / 1000).toFixed(1)} KB of JavaScript in ${wanted.size} files, brotli`;
      if (total > BUDGET) throw new Error(`${told}; the budget is ${BUDGET / 1000} KB`);
      process.stdout.write(`${told}\n`);
    },
  };
}
