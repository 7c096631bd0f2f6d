// `npm run fidelity`: how near the sandbox comes to recorded answers of Datadog, by the scorer beside the project when it is there.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSandbox } from '../src/sandbox/server.ts';

const shared = fileURLToPath(new URL('../../shared/', import.meta.url));
const scorer = join(shared, 'tools', 'score_sandbox.mjs');
const corpus = join(shared, 'datadog', 'recordings.ndjson.gz');

const missing = [scorer, corpus].filter((file) => !existsSync(file));
if (missing.length > 0) {
  console.error(`fidelity needs ${missing.join(' and ')}`);
  process.exit(2);
}
const sandbox = await startSandbox({ port: 0 });
const child = spawn(process.execPath, [scorer, '--base', sandbox.url, '--corpus', corpus, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exitCode = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)));
await sandbox.close();
