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
  readonly key: { readonly alg: string };
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

for (const { comment, key, tests } of groups) {
  const allowed = (ALGORITHMS as readonly string[]).includes(key.alg);
  test(`Wycheproof JWS, ${comment}: ${allowed ? 'the verdicts of the corpus' : 'not allowed, so all is refused'}`, async () => {
    keys = [key];
    for (const { tcId, comment: what, jws, result } of tests) {
      assert.equal(await verdict(jws), allowed ? result : 'invalid', `${tcId} ${what}`);
      // None of them is a JWT either, so none gets in.
      await assert.rejects(async () => createVerifier(issuer()).verify(jws), { name: 'RefusedCredential' }, `${tcId}`);
    }
  });
}

test('the corpus has something to say: allowed groups with a valid vector', () => {
  const allowed = groups.filter(({ key }) => (ALGORITHMS as readonly string[]).includes(key.alg));
  assert.ok(allowed.length >= 2 && allowed.every(({ tests }) => tests.some(({ result }) => result === 'valid')));
  assert.ok(groups.some(({ key }) => key.alg === 'HS256'));
});
