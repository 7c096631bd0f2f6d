// A search of every byte that Dogwatch keeps or says, for the Datadog keys and the agents' tokens.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  brotliCompressSync,
  brotliDecompressSync,
  gunzipSync,
  gzipSync,
  inflateSync,
  zstdDecompressSync,
} from 'node:zlib';
import { runDogwatch } from './harness/gateway.ts';
import type { JournalEntry } from './harness/journal.ts';
import { type Scene, startScene } from './harness/scene.ts';
import { echo } from './harness/upstream.ts';

let scene: Scene;
/** Everything that must be found nowhere, by what it is. */
const secrets = new Map<string, string>();
/** Everything an agent was answered. */
const answers: Buffer[] = [];
let commands = '';
let metrics = '';
let entries: JournalEntry[];

/** Makes a call in whose course secrets pass through the gateway, and keeps the answer. */
async function call(...args: Parameters<Scene['call']>): Promise<void> {
  const { headers, body } = await scene.call(...args);
  answers.push(body, Buffer.from(JSON.stringify([...headers])));
}

before(async () => {
  scene = await startScene({
    configure: (config) => ({
      ...config,
      log: { level: 'trace' },
      connections: config.connections!.map((connection) => ({ ...connection, images: true })),
    }),
  });
  const { token, issuer, site, upstream } = scene;
  const second = await issuer.mint({ subject: 'second' });
  const expired = await issuer.mint({ subject: 'expired', expires: -100 });
  const foreign = await issuer.mint({ subject: 'foreign', audience: 'elsewhere' });
  const auditor = await issuer.mint({ subject: 'auditor', groups: ['auditors'] });
  secrets.set("the connection's API key", site.apiKey).set("the connection's application key", site.appKey);
  for (const [name, value] of Object.entries({ token, second, expired, foreign, auditor })) {
    secrets.set(`the ${name} token`, value);
    // Who has the signature has the token: header and payload are hardly secret.
    secrets.set(`the ${name} token's signature`, value.split('.')[2] ?? '');
  }

  await scene.works();
  // Every carrier that a client may use.
  await call('GET', '/api/v1/monitor', undefined, { authorization: `Bearer ${token}` });
  await call('GET', '/api/v1/monitor', undefined, { 'dd-application-key': second, 'dd-api-key': 'dummy' });
  await call('GET', '/api/v1/monitor', undefined, { DD_API_KEY: token, DD_APPLICATION_KEY: token });
  await call('GET', `/api/v1/monitor?api_key=${second}&application_key=x&page=1`, undefined, {});
  await call('POST', '/api/v1/dashboard', '{"title":"x"}', { cookie: `session=${token}`, 'dd-api-key': token });
  // Tokens where no token belongs.
  await call('POST', '/api/v1/monitor', JSON.stringify({ message: `my token is ${token}` }));
  await call('POST', '/api/v1/monitor', gzipSync(JSON.stringify({ message: token })), {
    'dd-api-key': token,
    'content-encoding': 'gzip',
  });
  await call('GET', `/api/v1/monitor/${token}`);
  await call('GET', `/api/v1/monitor?name=${token}`);
  await call('GET', '/api/v1/monitor', undefined, {
    'dd-api-key': token,
    'x-note': `token ${token}`,
    'user-agent': token,
  });
  await call('GET', '/api/v1/monitor', undefined, {
    'dd-api-key': token,
    'x-dogwatch-session': token,
    'x-dogwatch-agent': token,
  });
  await call('POST', '/api/v1/monitor', `{"note":"${'a'.repeat(3 << 20)} ${token}"}`);
  // Refused ones.
  await call('GET', '/api/v1/monitor', undefined, { 'dd-api-key': expired });
  await call('GET', '/api/v1/monitor', undefined, { authorization: `Bearer ${foreign}` });
  await call('GET', `/api/v1/monitor?api_key=${expired}`, undefined, {});
  await call('GET', `/c/${second}/api/v1/monitor`);
  await call('GET', `/api/v1/../monitor?api_key=${token}`, undefined, {});
  // Changes with images.
  await call('PUT', '/api/v1/monitor/7', '{"name":"x"}');
  await call('DELETE', '/api/v1/monitor/7');
  // A Datadog that repeats the credential it was sent, plainly and in disguise, at once and piece by piece.
  for (const encoding of ['', 'gzip', 'br']) {
    upstream.respond = (received, response) => {
      const plain = Buffer.from(JSON.stringify({ headers: received.headers, target: received.target }));
      const body = encoding === 'gzip' ? gzipSync(plain) : encoding === 'br' ? brotliCompressSync(plain) : plain;
      response.writeHead(200, {
        'content-type': 'application/json',
        ...(encoding && { 'content-encoding': encoding }),
      });
      response.end(body);
    };
    await call('GET', '/api/v1/monitor');
    await call('PUT', '/api/v1/monitor/1', '{"name":"x"}');
  }
  upstream.respond = (received, response) => {
    const key = String(received.headers['dd-api-key']);
    response.writeHead(200, { 'content-type': 'text/plain', 'x-echo': 'none' });
    response.write('a'.repeat(2 << 20) + key.slice(0, 11));
    setTimeout(() => response.end(key.slice(11)), 50);
  };
  await call('GET', '/api/v1/monitor').catch(() => {});
  upstream.respond = (received, response) => {
    response.writeHead(200, { 'x-echo': String(received.headers['dd-application-key']) }).end('{}');
  };
  await call('GET', '/api/v1/monitor').catch(() => {});
  upstream.respond = echo;
  await scene.works();

  // What auditors and operators see.
  for (const path of [
    '/metrics',
    '/readyz',
    '/api/v1/status',
    '/api/v1/search?q=',
    '/api/v1/search?q=kind:identity.refused',
    '/api/v1/openapi.json',
  ]) {
    const answer = await fetch(scene.gateway.apiUrl + path, { headers: { authorization: `Bearer ${auditor}` } });
    metrics += await answer.text();
  }
  for (const args of [['search', 'since:1h'], ['search', 'kind:identity.refused'], ['connection', 'list'], ['check']]) {
    const { output } = await runDogwatch([...args, '--config', site.configFile]);
    commands += output;
  }
  ({ entries } = await scene.journal());
});
after(() => scene?.close());

/** Every way in which a secret might be written. */
function forms(secret: string): [form: string, bytes: Buffer][] {
  const bytes = Buffer.from(secret);
  // Base64 of a text depends on where it begins; without its ends it is found at all three offsets.
  const base64 = [0, 1, 2].map((shift): [string, Buffer] => {
    const shifted = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    return [`base64 at offset ${shift}`, Buffer.from(shifted.slice(shift === 0 ? 0 : 4, -4))];
  });
  const hex = bytes.toString('hex');
  return [
    ['clear', bytes],
    ['reversed', Buffer.from(bytes).reverse()],
    ['hex', Buffer.from(hex)],
    ['upper-case hex', Buffer.from(hex.toUpperCase())],
    ['UTF-16', Buffer.from(secret, 'utf16le')],
    ...base64,
    ...base64.map(([form, text]): [string, Buffer] => [
      `${form}, URL-safe`,
      Buffer.from(text.toString().replace(/\+/g, '-').replace(/\//g, '_')),
    ]),
  ];
}

/** Asserts that none of the secrets, in none of their forms, stands in the bytes. */
function findsNone(where: string, bytes: Buffer): void {
  for (const [what, secret] of secrets) {
    for (const [form, needle] of forms(secret)) {
      const at = bytes.indexOf(needle);
      if (at >= 0) assert.fail(`${what} (${form}) stands in ${where}, at byte ${at}: ${context(bytes, at)}`);
    }
  }
}

/** A body as it is, and as what it decompresses to. */
function unpacked(body: Buffer): Buffer[] {
  const found = [body];
  for (const decompress of [gunzipSync, brotliDecompressSync, inflateSync, zstdDecompressSync]) {
    try {
      found.push(decompress(body));
    } catch {
      // It is not compressed in that way.
    }
  }
  return found;
}

const context = (bytes: Buffer, at: number): string =>
  JSON.stringify(bytes.toString('latin1', Math.max(0, at - 60), at));

test('the search finds what it looks for', () => {
  for (const [what, secret] of secrets) {
    for (const [form, needle] of forms(secret))
      assert.ok(needle.length >= 20, `${what} (${form}) is too short to tell`);
    assert.throws(() => findsNone('a note', Buffer.from(`the secret is ${secret}.`)), /stands in a note/);
    assert.throws(() => findsNone('a note', Buffer.from(Buffer.from(`it is ${secret}.`).toString('base64'))), /base64/);
  }
});

test('no secret stands in the data directory', () => {
  const files = readdirSync(scene.site.dataDir, { recursive: true, withFileTypes: true }).filter((file) =>
    file.isFile(),
  );
  assert.ok(files.length > 3);
  for (const file of files) {
    const path = join(file.parentPath, file.name);
    findsNone(path, readFileSync(path));
  }
});

test('no secret stands in the journal, decrypted', () => {
  assert.ok(entries.length > 30, `only ${entries.length} entries`);
  const images = entries.flatMap(({ before: old, after: now }) => [...(old ?? []), ...(now ?? [])]);
  assert.ok(images.filter(({ answer }) => answer !== undefined).length >= 2, `${images.length} images`);
  findsNone('an image', Buffer.from(JSON.stringify(images)));
  assert.ok(
    entries.some(({ summary }) => JSON.stringify(summary ?? {}).includes("it holds the connection's own credential")),
    'an image with a credential is not kept, which is told',
  );
  for (const { leaf, kind, summary, request, response } of entries) {
    findsNone(`the summary of entry ${leaf} (${kind})`, Buffer.from(JSON.stringify(summary)));
    for (const part of [request, response]) {
      for (const bytes of part ? unpacked(part) : []) findsNone(`a body of entry ${leaf} (${kind})`, bytes);
    }
  }
});

test('no secret stands in the log, at its most talkative', () => {
  const output = scene.gateway.output();
  assert.ok(output.length > 100);
  findsNone('the log', Buffer.from(output));
});

test('no secret stands in metrics, in answers of the API, or in what commands print', () => {
  assert.match(metrics, /process_resident_memory_bytes/);
  findsNone('metrics or answers of the API', Buffer.from(metrics));
  assert.ok(commands.length > 100);
  findsNone('the output of commands', Buffer.from(commands));
});

test("no secret stands in what agents were answered, even when Datadog repeats the connection's credential", () => {
  findsNone('an answer', Buffer.concat(answers));
});
