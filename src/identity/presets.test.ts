// Tokens in the shapes that the well-known issuers give them, signed by an issuer of our own.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type HandMadeIssuer, handSign, startHandMadeIssuer } from '../../test/harness/hand-made-issuer.ts';
import type { Identity } from '../exchange/identity.ts';
import { type IssuerConfigInput, issuerSchema } from './config.ts';
import { RefusedCredential } from './refused.ts';
import { createVerifier } from './verifier.ts';

let issuer: HandMadeIssuer;
before(async () => {
  issuer = await startHandMadeIssuer();
});
after(() => issuer.close());

type Claims = Record<string, unknown>;

/** The identity of a token with these claims, at an issuer configured so. */
async function signIn(config: Partial<IssuerConfigInput>, claims: Claims): Promise<Identity> {
  return createVerifier([issuer.config(config)]).verify(issuer.token(claims));
}

const unmatched = (config: Partial<IssuerConfigInput>, claims: Claims, reason: RegExp) =>
  assert.rejects(signIn(config, claims), (error) => {
    assert.ok(error instanceof RefusedCredential);
    assert.equal(error.code, 'token_unmatched');
    assert.match(error.reason, reason);
    assert.doesNotMatch(`${error.message} ${error.remedy}`, reason, 'the reason is for the operator');
    return true;
  });

/** As GitHub documents it, for a push to main of acme/infra in the environment production. */
const GITHUB: Claims = {
  jti: '0d3e1f0a-8f0b-4c7c-9b8d-2a9b1f1f3a44',
  sub: 'repo:acme/infra:environment:production',
  environment: 'production',
  ref: 'refs/heads/main',
  sha: '4f4a1c2e0d7f4a1c2e0d7f4a1c2e0d7f4a1c2e0d',
  repository: 'acme/infra',
  repository_owner: 'acme',
  actor_id: '12',
  repository_visibility: 'private',
  repository_id: '74',
  repository_owner_id: '65',
  run_id: '15733842901',
  run_number: '10',
  run_attempt: '2',
  runner_environment: 'github-hosted',
  actor: 'octocat',
  workflow: 'deploy',
  head_ref: '',
  base_ref: '',
  event_name: 'push',
  ref_type: 'branch',
  ref_protected: 'true',
  workflow_ref: 'acme/infra/.github/workflows/deploy.yml@refs/heads/main',
  workflow_sha: '4f4a1c2e0d7f4a1c2e0d7f4a1c2e0d7f4a1c2e0d',
  job_workflow_ref: 'acme/automation/.github/workflows/oidc.yml@refs/heads/main',
};

test('GitHub Actions: the repository is the name, the run is the session', async () => {
  const config: Partial<IssuerConfigInput> = {
    preset: 'github-actions',
    match: { repository: 'acme/*', ref: ['refs/heads/main', 'refs/tags/v*'], environment: 'production' },
    groups: ['ci', { when: { repository: 'acme/infra', ref_protected: 'true' }, add: ['deployers'] }],
  };
  const identity = await signIn(config, GITHUB);
  assert.equal(identity.name, 'acme/infra');
  assert.equal(identity.kind, 'workload');
  assert.equal(identity.subject, 'repo:acme/infra:environment:production');
  assert.equal(identity.session, '15733842901');
  assert.deepEqual(identity.groups, ['ci', 'deployers']);
  assert.equal(identity.claims.actor, 'octocat');
  assert.equal(identity.claims.workflow_ref, 'acme/infra/.github/workflows/deploy.yml@refs/heads/main');
  assert.deepEqual((await signIn(config, { ...GITHUB, repository: 'acme/shop' })).groups, ['ci']);
  await unmatched(config, { ...GITHUB, repository: 'evil/infra' }, /repository is "evil\/infra"/);
  await unmatched(config, { ...GITHUB, repository: 'acme-evil/infra' }, /acme-evil/);
  await unmatched(config, { ...GITHUB, ref: 'refs/pull/7/merge' }, /ref is/);
  await unmatched(config, { ...GITHUB, environment: undefined }, /environment is nothing/);
  await unmatched(config, { ...GITHUB, repository: { 'acme/x': 1 } }, /repository is/);
});

test('GitLab: project, pipeline and ref', async () => {
  const identity = await signIn(
    {
      preset: 'gitlab',
      match: { project_path: 'acme/*', ref_protected: 'true' },
      groups: [{ when: { namespace_path: 'acme', pipeline_source: ['push', 'schedule'] }, add: ['ci'] }],
    },
    {
      namespace_id: '72',
      namespace_path: 'acme',
      project_id: '20',
      project_path: 'acme/shop',
      user_id: '1',
      user_login: 'sam',
      user_email: 'sam@example.com',
      pipeline_id: '1212',
      pipeline_source: 'push',
      job_id: '4242',
      ref: 'main',
      ref_type: 'branch',
      ref_path: 'refs/heads/main',
      ref_protected: 'true',
      runner_environment: 'self-hosted',
      sha: '714a629c0b401fdce83e847fc9589983fc6f46bc',
      sub: 'project_path:acme/shop:ref_type:branch:ref:main',
    },
  );
  assert.equal(identity.name, 'acme/shop');
  assert.equal(identity.session, '1212');
  assert.deepEqual(identity.groups, ['ci']);
  assert.equal(identity.email, undefined, 'who pushed is not who calls');
  assert.equal(identity.claims.user_login, 'sam');
});

test('Kubernetes: namespace and service account, not what a claim of that name says', async () => {
  const claims: Claims = {
    'kubernetes.io': {
      namespace: 'agents',
      node: { name: 'node-1', uid: '646e7c5e' },
      pod: { name: 'claude-7b9', uid: '5e0bd49b' },
      serviceaccount: { name: 'claude', uid: '14ee3fa4' },
      warnafter: 1732300000,
    },
    sub: 'system:serviceaccount:agents:claude',
  };
  const config: Partial<IssuerConfigInput> = {
    preset: 'kubernetes',
    match: { namespace: 'agents' },
    groups: [{ when: { serviceaccount: 'claude' }, add: ['sre'] }],
  };
  const identity = await signIn(config, claims);
  assert.equal(identity.name, 'claude');
  assert.deepEqual(identity.groups, ['sre']);
  assert.deepEqual(identity.claims, {
    namespace: 'agents',
    serviceaccount: 'claude',
    pod: 'claude-7b9',
    node: 'node-1',
  });
  const elsewhere = { 'kubernetes.io': { namespace: 'default', serviceaccount: { name: 'claude' } } };
  await unmatched(config, { ...claims, ...elsewhere, namespace: 'agents' }, /namespace is "default"/);
  await unmatched(config, { sub: 'system:serviceaccount:agents:claude', namespace: 'agents' }, /namespace is nothing/);
});

test('Google: a service account by its email, and the instance it runs on', async () => {
  const claims: Claims = {
    azp: '104029600000000000000',
    email: 'agent@acme-prod.iam.gserviceaccount.com',
    email_verified: true,
    sub: '104029600000000000000',
    google: {
      compute_engine: {
        instance_creation_timestamp: 1732200000,
        instance_id: '73',
        instance_name: 'agents-1',
        project_id: 'acme-prod',
        project_number: 84,
        zone: 'europe-west3-a',
      },
    },
  };
  const config: Partial<IssuerConfigInput> = {
    preset: 'google',
    match: { email: '*@acme-prod.iam.gserviceaccount.com', project: 'acme-prod' },
    groups: ['agents'],
  };
  const identity = await signIn(config, claims);
  assert.equal(identity.name, 'agent@acme-prod.iam.gserviceaccount.com');
  assert.equal(identity.email, identity.name);
  assert.equal(identity.claims.instance, 'agents-1');
  await unmatched(config, { ...claims, google: undefined }, /project is nothing/);
});

test('Azure: an application of the tenant, its roles as groups', async () => {
  const identity = await signIn(
    { preset: 'azure', match: { tid: '72f988bf-0000-4000-8000-2d7cd011db47', idtyp: 'app' } },
    {
      aio: 'E2ZgYGiz',
      azp: '9a2bd1f0-0000-4000-8000-000000000001',
      azpacr: '2',
      idtyp: 'app',
      oid: '3c1e0d22-0000-4000-8000-000000000002',
      rh: '0.AR8A',
      roles: ['Datadog.Read', 'Datadog.Write'],
      sub: '3c1e0d22-0000-4000-8000-000000000002',
      tid: '72f988bf-0000-4000-8000-2d7cd011db47',
      uti: 'x',
      ver: '2.0',
      xms_mirid:
        '/subscriptions/1/resourcegroups/agents/providers/Microsoft.ManagedIdentity/userAssignedIdentities/claude',
    },
  );
  assert.equal(identity.name, '9a2bd1f0-0000-4000-8000-000000000001');
  assert.deepEqual(identity.groups, ['Datadog.Read', 'Datadog.Write']);
  assert.match(identity.claims.xms_mirid ?? '', /claude$/);
});

test('SPIFFE: an SVID without iss, from the trust domain’s bundle; its path decides', async () => {
  const [key] = issuer.keys;
  assert.ok(key);
  const now = Math.floor(Date.now() / 1000);
  const svid = (sub: string, more: Claims = {}) =>
    handSign({ alg: key.alg, kid: key.kid, typ: 'JWT' }, { sub, aud: ['dogwatch'], exp: now + 300, ...more }, key);
  issuer.jwks = (_request, response) => {
    const svidKey = { ...key.jwk, use: 'jwt-svid' };
    const certificate = { kty: 'EC', use: 'x509-svid', crv: 'P-256', x: key.jwk.x, y: key.jwk.y, x5c: ['MIIB'] };
    response.end(JSON.stringify({ spiffe_sequence: 2, spiffe_refresh_hint: 300, keys: [certificate, svidKey] }));
  };
  try {
    const by = createVerifier([
      issuerSchema.parse({
        name: 'mesh',
        preset: 'spiffe',
        trustDomain: 'acme.example',
        jwks: `${issuer.url}/jwks`,
        audience: 'dogwatch',
        match: { path: '/ns/agents/*' },
        groups: [{ when: { path: '/ns/agents/sa/claude' }, add: ['sre'] }],
      }),
    ]);
    const check = async (token: string) => by.verify(token);
    const identity = await check(svid('spiffe://acme.example/ns/agents/sa/claude'));
    assert.equal(identity.issuer, 'spiffe://acme.example');
    assert.equal(identity.name, 'spiffe://acme.example/ns/agents/sa/claude');
    assert.equal(identity.claims.path, '/ns/agents/sa/claude');
    assert.deepEqual(identity.groups, ['sre']);
    for (const sub of [
      'spiffe://acme.example/ns/other/sa/claude',
      'spiffe://acme.example/ns/agents/../other',
      'spiffe://acme.example/ns/agents/sa/%2e',
      'spiffe://acme.example',
      'spiffe://acme.example/',
    ]) {
      await assert.rejects(check(svid(sub)), { code: 'token_unmatched' }, sub);
    }
    for (const sub of [
      'spiffe://evil.example/ns/agents/sa/claude',
      'spiffe://acme.example.evil/ns/agents/x',
      'agent',
    ]) {
      await assert.rejects(check(svid(sub)), { code: 'token_unknown_issuer' }, sub);
    }
    const foreign = svid('spiffe://evil.example/ns/agents/sa/claude', { iss: 'spiffe://acme.example' });
    await assert.rejects(check(foreign), { code: 'token_unmatched' });
  } finally {
    issuer.jwks = undefined;
  }
});

test('SPIFFE: an SVID of a provider with iss must be of the trust domain too', async () => {
  const config: Partial<IssuerConfigInput> = { preset: 'spiffe', trustDomain: 'acme.example' };
  assert.equal((await signIn(config, { sub: 'spiffe://acme.example/x' })).claims.trustDomain, 'acme.example');
  await unmatched(config, { sub: 'spiffe://evil.example/x' }, /evil\.example/);
});

test('any OIDC issuer: the chain of actors, outermost first, nested claims in rules', async () => {
  const identity = await signIn(
    {
      match: { 'realm_access.roles': 'agent', tenant: ['acme', 'shop'] },
      groups: [{ when: { 'https://acme.example/team': 'sre-*' }, add: ['sre'] }],
    },
    {
      sub: 'alice',
      name: 'Alice',
      tenant: 'acme',
      realm_access: { roles: ['user', 'agent'] },
      'https://acme.example/team': 'sre-emea',
      act: { sub: 'claude-code', act: { iss: 'https://ci.example', sub: 'runner-7' } },
    },
  );
  assert.deepEqual(identity.groups, ['sre']);
  assert.deepEqual(identity.onBehalfOf, [
    { issuer: issuer.url, subject: 'claude-code' },
    { issuer: 'https://ci.example', subject: 'runner-7' },
  ]);
  await unmatched({ match: { 'constructor.name': 'Object' } }, {}, /constructor\.name is nothing/);
  await unmatched({ match: { admin: '*' } }, {}, /admin is nothing/);
});

test('an issuer that serves everybody needs a rule that says whose tokens are meant', () => {
  const accepts = (config: object) => issuerSchema.safeParse({ name: 'x', audience: 'd', ...config }).success;
  assert.equal(accepts({ preset: 'github-actions' }), false);
  assert.equal(accepts({ preset: 'github-actions', match: { ref: 'refs/heads/main' } }), false);
  assert.equal(accepts({ preset: 'github-actions', match: { repository_owner: 'acme' } }), true);
  assert.equal(accepts({ preset: 'gitlab' }), false);
  assert.equal(accepts({ preset: 'gitlab', issuer: 'https://gitlab.acme.example' }), true);
  assert.equal(accepts({ preset: 'google', match: {} }), false);
  assert.equal(accepts({ preset: 'kubernetes' }), false, 'a cluster has an issuer of its own');
  assert.equal(accepts({ preset: 'azure' }), false, 'so has a tenant');
  assert.equal(accepts({ preset: 'spiffe', trustDomain: 'a.example' }), false, 'keys must come from somewhere');
  assert.equal(accepts({ preset: 'spiffe', issuer: 'https://oidc.a.example' }), false);
  assert.equal(accepts({ preset: 'oidc', issuer: 'https://a.example', trustDomain: 'a.example' }), false);
});
