// Labelled series are read alike from lines of JSON and from a folder of CSV files with windows.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readCollection } from '../bench/watch/collections.ts';
import { temporaryFolder } from './harness/temporary.ts';

test('series are read from lines, gzipped or not, and from a folder as the Numenta Anomaly Benchmark has it', () => {
  const dir = temporaryFolder('series');
  const start = Date.UTC(2026, 0, 1);
  const at = (n: number): string => new Date(start + n * 300_000).toISOString().slice(0, 19).replace('T', ' ');
  const points = Array.from({ length: 9 }, (_, n) => [at(n), n * 10, n >= 3 && n <= 5 ? 1 : 0]);
  const line = `${JSON.stringify({ series: 'real/count', points })}\n`;
  writeFileSync(join(dir, 'lines.ndjson'), line);
  writeFileSync(join(dir, 'lines.ndjson.gz'), gzipSync(line));
  const nab = join(dir, 'nab');
  for (const folder of ['data/real', 'labels']) mkdirSync(join(nab, folder), { recursive: true });
  const rows = points.map(([time, value]) => `${time},${value}\n`);
  writeFileSync(join(nab, 'data/real/count.csv'), `timestamp,value\n${rows.join('')}`);
  writeFileSync(
    join(nab, 'labels/combined_windows.json'),
    JSON.stringify({ 'real/count.csv': [[`${at(3)}.000000`, `${at(5)}.000000`]] }),
  );
  const [expected] = readCollection(join(dir, 'lines.ndjson'));
  assert.equal(expected?.width, 300_000);
  assert.deepEqual(expected?.labels.indexOf(true), 3);
  for (const path of ['lines.ndjson.gz', 'nab']) assert.deepEqual(readCollection(join(dir, path)), [expected]);
  writeFileSync(join(dir, 'lines.ndjson'), '{"series":"x","points":[["never",1,0],["ever",1,0]]}');
  assert.throws(() => readCollection(join(dir, 'lines.ndjson')), /x is no series/);
  assert.throws(() => readCollection(join(nab, 'labels')), /combined_windows/);
});
