// Serving the console: headers, compressed copies, and paths that are none of its files.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import Fastify, { type FastifyInstance } from 'fastify';
import { temporaryFolder } from '../../test/harness/temporary.ts';
import { serveConsole } from './console-files.ts';

let server: FastifyInstance;
let folder: string;
const SCRIPT = 'console.log("dogwatch");'.repeat(100);

before(() => {
  folder = temporaryFolder('console');
  mkdirSync(join(folder, 'dist', 'assets'), { recursive: true });
  writeFileSync(join(folder, 'secret.js'), 'not for anyone');
  const file = (name: string, bytes: string | Buffer): void => writeFileSync(join(folder, 'dist', name), bytes);
  file('index.html', '<meta name="csp-nonce" content="__NONCE__">');
  file('first.js', '1');
  file('assets/index-Ab12.js', SCRIPT);
  file('assets/index-Ab12.js.br', brotliCompressSync(SCRIPT));
  file('assets/index-Ab12.js.gz', gzipSync(SCRIPT));
  file('assets/notes.txt', 'no type that is served');
  server = Fastify();
  serveConsole(server, join(folder, 'dist'));
});
after(() => server.close());

test('each page answers with the document, a nonce of its own and a policy that knows no inline code', async () => {
  const nonces = new Set<string>();
  for (const url of [
    '/',
    '/search?q=x',
    '/exchange/0192ab',
    '/resource/dashboard/abc-def',
    '/findings',
    '/agents/a%23b',
    '/sign-in',
  ]) {
    const { statusCode, headers, body } = await server.inject({ url });
    assert.equal(statusCode, 200, url);
    const policy = String(headers['content-security-policy']);
    const nonce = /content="([^"]+)"/.exec(body)?.[1] ?? '';
    assert.ok(policy.includes(`'nonce-${nonce}'`) && nonce.length === 24);
    nonces.add(nonce);
    assert.match(policy, /^default-src 'none'; script-src 'self'; /);
    assert.match(policy, /frame-ancestors 'none'.*base-uri 'none'.*require-trusted-types-for 'script'/);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
  }
  assert.equal(nonces.size, 7);
});

test('files are served compressed as asked, and for ever when their name says what they hold', async () => {
  const asked = async (coding?: string) =>
    server.inject({ url: '/assets/index-Ab12.js', headers: coding === undefined ? {} : { 'accept-encoding': coding } });
  assert.equal((await asked()).body, SCRIPT);
  assert.equal((await asked('gzip, deflate, br')).headers['content-encoding'], 'br');
  assert.equal((await asked('gzip')).headers['content-encoding'], 'gzip');
  assert.equal((await asked('br;q=0, gzip;q=0.5')).headers['content-encoding'], 'gzip');
  assert.equal((await asked('br;q=0.0')).headers['content-encoding'], undefined);
  const { headers } = await asked('br');
  assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable');
  assert.equal(headers.vary, 'accept-encoding');
  assert.equal((await server.inject({ url: '/first.js' })).headers['cache-control'], 'no-cache');
});

test('nothing outside of the build is served, nor what is no page', async () => {
  for (const url of [
    '/assets/../secret.js',
    '/assets/..%2fsecret.js',
    '/assets/..%2f..%2fsecret.js',
    '/assets/%2e%2e/secret.js',
    '/assets/index-Ab12.js.br',
    '/assets/index-Ab12.js%00.css',
    '/assets/%ff',
    '/assets/notes.txt',
    '/assets/',
    '/index.html',
    '/nothing',
    '/exchange/a/b',
    '/api/v1/nothing',
  ]) {
    const { statusCode, body } = await server.inject({ url });
    assert.ok(statusCode === 404 || statusCode === 400, `${url} ${statusCode}`);
    assert.ok(!body.includes('not for anyone'));
  }
});

test('a checkout without a build says what to run', async () => {
  const bare = Fastify();
  serveConsole(bare, join(folder, 'nothing'));
  const { statusCode, body } = await bare.inject({ url: '/' });
  assert.equal(statusCode, 503);
  assert.match(body, /npm run build:console/);
  await bare.close();
});
