// Renews the generated parts of docs/: `npm run docs`. A test fails while they are out of date.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { REFERENCES } from './reference.ts';

for (const { file, renew } of REFERENCES) {
  const path = new URL(`../../../docs/${file}`, import.meta.url);
  writeFileSync(path, renew(existsSync(path) ? readFileSync(path, 'utf8') : ''));
}
