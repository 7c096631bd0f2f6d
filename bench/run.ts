// `npm run bench [-- overhead|journal …]`: runs the named parts, or all of them, one after another, each in a process of its own.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const parts = readdirSync(folder, { withFileTypes: true })
  .filter((item) => item.isDirectory() && item.name !== 'results')
  .map(({ name }) => name);
const given = process.argv.slice(2);
const firstOption = given.findIndex((argument) => argument.startsWith('-'));
const named = given.slice(0, firstOption < 0 ? given.length : firstOption);
const options = given.slice(named.length);
for (const name of named) {
  if (parts.includes(name)) continue;
  console.error(`there is no part ${name}; parts are ${parts.join(', ')}`);
  process.exit(2);
}
for (const name of named.length > 0 ? named : parts) {
  const { status } = spawnSync(process.execPath, [`${folder}${name}/run.ts`, ...options], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
