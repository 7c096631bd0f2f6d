// `npm run bench -- identity`: CPU of the check of a token, warm and cold, beside bare jose; and what 100,000 live tokens cost in memory.
import { createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { issuersSchema } from '../../src/identity/config.ts';
import { openIdentityStore } from '../../src/identity/identity-store.ts';
import { createVerifier } from '../../src/identity/verifier.ts';

const { values } = parseArgs({ options: { tokens: { type: 'string', default: '100000' } } });
const TOKENS = Number(values.tokens);
const WARM_CALLS = 500_000;
const COLD_CALLS = Math.min(2000, TOKENS);
const OWN_TOKENS = 200;
/** Microseconds; and bytes of all live tokens' place in memory. */
const BUDGET = { warm: 3, memory: 256 << 20 };

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = { ...createPublicKey(privateKey).export({ format: 'jwk' }), kid: 'bench', alg: 'ES256', use: 'sig' };
const server = createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] })));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const header = encoded({ alg: 'ES256', kid: 'bench', typ: 'JWT' });
const now = Math.floor(Date.now() / 1000);

/** A JWT as an issuer makes it; without promises, since 100,000 of them are wanted. */
function mint(subject: number): string {
  const claims = {
    iss: url,
    sub: `agent-${subject}`,
    aud: 'dogwatch',
    iat: now,
    exp: now + 3600,
    name: `agent ${subject}`,
    groups: ['sre', 'oncall', 'platform'],
    repository: 'acme/shop',
    run_id: `${subject}`,
  };
  const input = `${header}.${encoded(claims)}`;
  const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

process.stderr.write(`signing ${TOKENS} tokens …\n`);
const tokens = Array.from({ length: TOKENS }, (_, n) => mint(n));

const folder = mkdtempSync(join(tmpdir(), 'dogwatch-bench-'));
const store = await openIdentityStore({ dir: folder, key: randomBytes(32) });
const issuers = issuersSchema.parse([
  { name: 'bench', issuer: url, jwks: url, audience: 'dogwatch', keep: ['repository', 'run_id'] },
]);
const newVerifier = () => createVerifier(issuers, { tokens: store.tokens, revocations: store.revocations });

/** Microseconds of CPU, user and system, of all threads, for each call. */
async function cpuOf(calls: number, run: () => unknown): Promise<number> {
  collect();
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

try {
  const set = createLocalJWKSet({ keys: [jwk] });
  const bare = async (): Promise<void> => {
    for (const token of tokens.slice(0, COLD_CALLS)) await jwtVerify(token, set, { issuer: url, audience: 'dogwatch' });
  };
  const cold = async (): Promise<void> => {
    const verifier = newVerifier();
    for (const token of tokens.slice(0, COLD_CALLS)) await verifier.check(token);
  };
  // Once each to compile, then in turns, so that both see the same machine.
  await bare();
  await cold();
  const rounds = [];
  for (let round = 0; round < 3; round++)
    rounds.push([await cpuOf(COLD_CALLS, bare), await cpuOf(COLD_CALLS, cold)] as const);
  const [bareCost = 0, coldCost = 0] = rounds.toSorted(([a], [b]) => a - b)[1] ?? [];

  collect();
  const heapBefore = process.memoryUsage().heapUsed;
  const verifier = newVerifier();
  process.stderr.write('checking them all …\n');
  for (const token of tokens) await verifier.check(token);
  collect();
  const memory = process.memoryUsage().heapUsed - heapBefore;

  /** Warm checks over a set of tokens; whatever is a promise was not warm, and fails the run. */
  const warm = (over: readonly string[]) =>
    cpuOf(WARM_CALLS, () => {
      for (let call = 0; call < WARM_CALLS; call++) {
        if (verifier.check(over[call % over.length] as string) instanceof Promise)
          throw new Error('a token was not cached');
      }
    });
  const few = tokens.slice(0, 64);
  await warm(few);
  const warmFew = await warm(few);
  const warmAll = await warm(tokens);

  const own: string[] = [];
  for (let n = 0; n < OWN_TOKENS; n++) {
    const identity = {
      issuer: url,
      subject: `${n}`,
      kind: 'agent',
      name: `${n}`,
      groups: ['sre'],
      onBehalfOf: [],
      claims: {},
    } as const;
    own.push((await store.mint({ kind: 'exchange', identity, ttlSeconds: 3600 })).token);
  }
  const warmOwn = await warm(own);

  const us = (value: number) => `${value.toFixed(2)} us`;
  const verdict = (value: number, budget: number) => (value <= budget ? 'met' : 'MISSED');
  const rows = [
    ['warm, 64 tokens', us(warmFew), `<= ${BUDGET.warm} us`, verdict(warmFew, BUDGET.warm)],
    [`warm, ${TOKENS} tokens in turn`, us(warmAll), `<= ${BUDGET.warm} us`, verdict(warmAll, BUDGET.warm)],
    [`Dogwatch's own, ${OWN_TOKENS} tokens`, us(warmOwn), `<= ${BUDGET.warm} us`, verdict(warmOwn, BUDGET.warm)],
    ['cold (ES256)', us(coldCost), '', `${(coldCost / bareCost).toFixed(2)}x bare jose`],
    ['bare jose (ES256)', us(bareCost), '', ''],
    [
      `${TOKENS} live tokens`,
      `${(memory / 2 ** 20).toFixed(1)} MiB`,
      `<= ${BUDGET.memory >> 20} MiB`,
      `${verdict(memory, BUDGET.memory)}, ${Math.round(memory / TOKENS)} B a token`,
    ],
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  console.log('\nCheck of a token, CPU of the whole process for each');
  for (const row of rows)
    console.log(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
  if (rows.some((row) => row[3]?.startsWith('MISSED'))) process.exitCode = 1;
} finally {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
  server.close();
  server.closeAllConnections();
}
