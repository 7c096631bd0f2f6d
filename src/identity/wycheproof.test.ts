// Vectors of Project Wycheproof (test/vectors): the verdicts over signatures that Dogwatch's keys, algorithms and library come to.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { compactVerify, decodeProtectedHeader } from 'jose';
import { closeHttp, listen } from '../../test/harness/listening.ts';
import { ALGORITHMS } from './algorithms.ts';
import { issuersSchema } from './config.ts';
import { fetchKeySet, keysThatFit } from './key-set.ts';
import { createVerifier } from './verifier.ts';

interface Group {
  readonly comment: string;
  readonly key: { readonly alg?: string };
  readonly tests: readonly { tcId: number; comment: string; jws: string; result: 'valid' | 'invalid' }[];
}
const file = new URL('../../test/vectors/wycheproof-jws.json', import.meta.url);
const { groups } = JSON.parse(readFileSync(file, 'utf8')) as { groups: Group[] };

let keys: object[] = [];
const server = createServer((_request, response) => response.end(JSON.stringify({ keys })));
let url = '';
before(async () => {
  url = `http://127.0.0.1:${await listen(server)}`;
});
after(() => closeHttp(server));

const issuer = () => issuersSchema.parse([{ name: 'test', issuer: url, jwks: url, audience: 'dogwatch' }]);

/** As jwt.ts does: the issuer's keys that fit the header, the algorithms that are allowed, and jose. */
async function verdict(jws: string): Promise<'valid' | 'invalid'> {
  const [config] = issuer();
  assert.ok(config);
  try {
    const set = await fetchKeySet(config, Date.now, 5000);
    for (const key of await keysThatFit(set, decodeProtectedHeader(jws))) {
      await compactVerify(jws, key, { algorithms: [...config.algorithms] });
      return 'valid';
    }
  } catch {
    // Whatever it stumbles over, it is not accepted.
  }
  return 'invalid';
}

const isAllowed = (algorithm: string | undefined): boolean =>
  (ALGORITHMS as readonly (string | undefined)[]).includes(algorithm);

/** RFC 7520's figures 20 and 27: the header says PS384 and ES512, the key `PS256` and, by a slip, `ES521` (RFC 7517 section 4.4). */
const KEY_SAYS_OTHERWISE = new Set([346, 347, 350, 351]);

for (const { comment, key, tests } of groups) {
  const { alg, ...plain } = key;
  test(`Wycheproof JWS, ${comment}, ${alg ?? 'no algorithm'}, from ${tests[0]?.tcId}: ${tests.length} verdicts`, async () => {
    for (const { tcId, comment: what, jws, result } of tests) {
      const otherwise = KEY_SAYS_OTHERWISE.has(tcId);
      const expected = isAllowed(alg) && !otherwise ? result : 'invalid';
      keys = [key];
      assert.equal(await verdict(jws), expected, `${tcId} ${what}`);
      // None of them is a JWT either, so none gets in.
      await assert.rejects(async () => createVerifier(issuer()).verify(jws), { name: 'RefusedCredential' }, `${tcId}`);
      if (!otherwise) continue;
      assert.notEqual(decodeProtectedHeader(jws).alg, alg, 'the key is meant for something else');
      keys = [plain];
      assert.equal(await verdict(jws), result, `${tcId} ${what}, by a key that says nothing of it`);
    }
  });
}

test('all of the corpus is there: 401 vectors, the valid ones of seven algorithms accepted, HMAC refused', () => {
  assert.deepEqual(
    groups.flatMap(({ tests }) => tests.map(({ tcId }) => tcId)),
    Array.from({ length: 401 }, (_, n) => n + 1),
  );
  const accepted = groups.filter(
    ({ key, tests }) => isAllowed(key.alg) && tests.some(({ result }) => result === 'valid'),
  );
  assert.equal(new Set(accepted.map(({ key }) => key.alg)).size, 7);
  assert.ok(groups.some(({ key }) => key.alg === 'HS256'));
});
