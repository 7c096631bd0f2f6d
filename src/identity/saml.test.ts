import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selfSigned } from '../../test/harness/certificate.ts';
import { type AssertionWish, samlIdp } from '../../test/harness/saml-idp.ts';
import { RefusedCredential } from './refused.ts';
import { createSamlProvider, type SamlContext } from './saml.ts';
import { decodeSaml } from './saml-document.ts';
import { type SamlProviderConfig, signInSchema } from './sign-in-config.ts';
import { UsedIds } from './used-ids.ts';

const URL = 'https://dogwatch.test';
const ACS = `${URL}/auth/saml/corp/acs`;
const SP = `${URL}/auth/saml/corp/metadata`;
const TOKEN = `${URL}/oauth2/token`;
const REQUEST = '_request1';

const idp = samlIdp({ acs: ACS, audience: SP });
const next = samlIdp({ acs: ACS, audience: SP });
const sp = selfSigned(['dogwatch.test'], 7, 'rsa');

function provider(settings: object = {}, context: Partial<SamlContext> = {}, certificates = [idp.certificate.cert]) {
  const config = signInSchema.parse({
    providers: [
      {
        name: 'corp',
        kind: 'saml',
        entityId: idp.entityId,
        entryPoint: 'https://idp.test/sso',
        certificates: ['idp.pem'],
        signing: { key: { file: 'sp.key' }, certificate: 'sp.pem' },
        ...settings,
      },
    ],
  }).providers[0] as SamlProviderConfig;
  return createSamlProvider(
    config,
    { certificates, signingKey: sp.key, signingCertificate: sp.cert },
    { url: URL, tokenEndpoint: TOKEN, used: new UsedIds(100), started: 0, now: Date.now, ...context },
  );
}

const good = (wish: AssertionWish = {}): string => idp.response({ requestId: REQUEST, ...wish });

async function refused(code: string, xml: string, to = provider()): Promise<void> {
  await assert.rejects(to.verifyResponse(xml, REQUEST), (error) => {
    assert.ok(error instanceof RefusedCredential);
    assert.equal(error.code, code, error.reason);
    assert.notEqual(error.reason, '');
    return true;
  });
}

test('a good response is an identity', async () => {
  const identity = await provider().verifyResponse(good(), REQUEST);
  assert.equal(identity.issuer, idp.entityId);
  assert.equal(identity.subject, 'ada');
  assert.equal(identity.kind, 'person');
  assert.equal(identity.name, 'Ada Lovelace');
  assert.equal(identity.email, 'ada@example.com');
  assert.deepEqual(identity.groups, ['sre', 'security']);
});

test('a response that is signed as a whole too is as good', async () => {
  const xml = good();
  const id = /Response [^>]*?ID="([^"]+)"/.exec(xml)?.[1] ?? '';
  assert.equal((await provider().verifyResponse(idp.sign(xml, id), REQUEST)).subject, 'ada');
});

test('attributes by configured names; a subject other than NameID; constant groups', async () => {
  const attributes = {
    'urn:oid:0.9.2342.19200300.100.1.1': 'u-17',
    'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress': 'a@example.com',
    member: 'one',
    constructor: 'x',
    act: 'nobody',
    sub: 'somebody-else',
  };
  const settings = {
    subject: 'urn:oid:0.9.2342.19200300.100.1.1',
    attributes: { email: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress', groups: 'member' },
    groups: ['people'],
  };
  const identity = await provider(settings).verifyResponse(good({ attributes }), REQUEST);
  assert.equal(identity.subject, 'u-17');
  assert.equal(identity.email, 'a@example.com');
  assert.deepEqual([...identity.groups].sort(), ['one', 'people']);
  assert.deepEqual(identity.onBehalfOf, []);
  assert.equal((await provider().verifyResponse(good({ attributes }), REQUEST)).subject, 'ada');
});

test('a request is signed, and for this provider', async () => {
  const { id, url } = await provider().request('relay');
  const { searchParams, origin } = new globalThis.URL(url);
  assert.equal(origin, 'https://idp.test');
  assert.equal(searchParams.get('RelayState'), 'relay');
  assert.match(searchParams.get('SigAlg') ?? '', /rsa-sha256$/);
  assert.ok((searchParams.get('Signature') ?? '').length > 300);
  const { inflateRawSync } = await import('node:zlib');
  const request = inflateRawSync(Buffer.from(searchParams.get('SAMLRequest') ?? '', 'base64')).toString();
  assert.ok(request.includes(`ID="${id}"`) && request.includes(ACS) && request.includes(SP), request);
  assert.notEqual((await provider().request('relay')).id, id);
});

test('metadata names the consumer service, the key, and that assertions are to be signed', () => {
  const xml = provider().metadata();
  assert.ok(xml.includes(`entityID="${SP}"`) && xml.includes(`Location="${ACS}"`));
  assert.match(xml, /AuthnRequestsSigned="true"/);
  assert.match(xml, /WantAssertionsSigned="true"/);
  assert.ok(xml.includes(sp.cert.split('\n')[1] ?? '?'));
});

test('rotation: any of several certificates may sign; one that is gone may not', async () => {
  const both = () => provider({}, {}, [idp.certificate.cert, next.certificate.cert]);
  assert.equal((await both().verifyResponse(good(), REQUEST)).subject, 'ada');
  assert.equal((await both().verifyResponse(next.response({ requestId: REQUEST }), REQUEST)).subject, 'ada');
  await refused('saml_bad_signature', good(), provider({}, {}, [next.certificate.cert]));
});

test('an assertion as a bearer token', async () => {
  const bearer = (wish: AssertionWish = {}) => idp.assertion({ recipient: TOKEN, ...wish });
  assert.equal((await provider().verifyAssertion(bearer())).subject, 'ada');
  const cases: [string, string][] = [
    ['saml_not_requested', bearer({ confirms: REQUEST })],
    ['saml_wrong_recipient', bearer({ recipient: ACS })],
    ['saml_unsigned', idp.assertion({ recipient: TOKEN }, false)],
    ['saml_malformed', good()],
    ['saml_several', bearer({ inside: `<saml:Advice>${idp.assertion({}, false)}</saml:Advice>` })],
  ];
  for (const [code, xml] of cases) {
    await assert.rejects(provider().verifyAssertion(xml), (error) => (error as RefusedCredential).code === code, code);
  }
  const once = provider();
  const xml = bearer();
  await once.verifyAssertion(xml);
  await assert.rejects(once.verifyAssertion(xml), { code: 'saml_replayed' });
  // After a restart nobody knows which were used.
  await assert.rejects(provider({}, { started: Date.now() + 1 }).verifyAssertion(bearer()), { code: 'saml_replayed' });
});

test('SAML unsigned', () =>
  refused('saml_unsigned', idp.response({ requestId: REQUEST }, idp.assertion({ requestId: REQUEST }, false))));
test('SAML unsigned assertion in a signed response', async () => {
  const xml = idp.response({ requestId: REQUEST }, idp.assertion({ requestId: REQUEST }, false));
  await refused('saml_unsigned', idp.sign(xml, /Response [^>]*?ID="([^"]+)"/.exec(xml)?.[1] ?? ''));
});
test('SAML signed by somebody else', () => refused('saml_bad_signature', next.response({ requestId: REQUEST })));
test('SAML with the certificate of the attacker in KeyInfo', () => {
  const pem = next.certificate.cert.replace(/-----[^-]+-----|\n/g, '');
  const keyInfo = `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${pem}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>`;
  const xml = next.response({ requestId: REQUEST }).replace('</ds:SignatureValue>', `</ds:SignatureValue>${keyInfo}`);
  return refused('saml_bad_signature', xml);
});
test('SAML changed after it was signed', () => refused('saml_bad_signature', good().replace('>ada<', '>bob<')));
test('SAML signed by SHA-1', async () => {
  const signature = 'http://www.w3.org/2000/09/xmldsig#rsa-sha1';
  await refused('saml_bad_algorithm', good({ algorithms: { signature } }));
  await refused('saml_bad_algorithm', good({ algorithms: { digest: 'http://www.w3.org/2000/09/xmldsig#sha1' } }));
});
test('SAML signed by an HMAC with the certificate as its key', () =>
  refused('saml_bad_algorithm', good().replace('xmldsig-more#rsa-sha256', 'xmldsig-more#hmac-sha256')));
test('SAML canonicalized with comments', () =>
  refused('saml_bad_algorithm', good({ algorithms: { c14n: 'http://www.w3.org/2001/10/xml-exc-c14n#WithComments' } })));

/** Parts of a good response to wrap otherwise: the signed assertion, its signature, and a forged assertion without one. */
function wrapped() {
  const assertion = idp.assertion({ requestId: REQUEST });
  const signature = /<ds:Signature.*<\/ds:Signature>/s.exec(assertion)?.[0] ?? '';
  const bare = assertion.replace(signature, '');
  const forged = (id: string, inside = '') =>
    idp
      .assertion({ requestId: REQUEST, nameId: 'root', assertionId: id }, false)
      .replace('</saml:Issuer>', `</saml:Issuer>${inside}`);
  const id = /ID="([^"]+)"/.exec(assertion)?.[1] ?? '';
  const withObject = (object: string) =>
    signature.replace('</ds:Signature>', `<ds:Object>${object}</ds:Object></ds:Signature>`);
  const response = idp.response({ requestId: REQUEST }, '@@');
  const around = (inner: string) => response.replace('@@', () => inner);
  return { assertion, signature, bare, forged, id, withObject, response, around };
}
/** A response signed as a whole around a signed assertion, for the attacks on the response's signature. */
function wholeSigned() {
  const xml = good();
  const id = /Response [^>]*?ID="([^"]+)"/.exec(xml)?.[1] ?? '';
  const signed = idp.sign(xml, id);
  const signature = /<ds:Signature.*?<\/ds:Signature>/s.exec(signed)?.[0] ?? '';
  return {
    signed,
    signature,
    original: signed.replace(signature, ''),
    evil: (signed: string) => signed.replace('>ada<', '>root<'),
  };
}

test('SAML signature wrapping XSW1: the signed response inside of a forged one, behind its signature', async () => {
  const { signature, original } = wholeSigned();
  const object = signature.replace('</ds:Signature>', `${original}</ds:Signature>`);
  const forged = idp.response({ requestId: REQUEST }, wrapped().forged('_evil'));
  await refused('saml_several', forged.replace('</saml:Issuer>', `</saml:Issuer>${object}`));
});
test('SAML signature wrapping XSW2: the signed response inside of a forged one, before its signature', async () => {
  const { signature, original } = wholeSigned();
  const forged = idp.response({ requestId: REQUEST }, wrapped().forged('_evil'));
  await refused('saml_several', forged.replace('</saml:Issuer>', `</saml:Issuer>${original}${signature}`));
});
test('SAML signature wrapping XSW3: a forged assertion before the signed one', () => {
  const { around, forged, assertion } = wrapped();
  return refused('saml_several', around(forged('_evil') + assertion));
});
test('SAML signature wrapping XSW4: the signed assertion inside of a forged one', () => {
  const { around, forged, assertion } = wrapped();
  return refused('saml_several', around(forged('_evil', assertion)));
});
test('SAML signature wrapping XSW5: a forged assertion with the signature, the signed one behind it', () => {
  const { around, forged, signature, bare } = wrapped();
  return refused('saml_several', around(forged('_evil', signature) + bare));
});
test('SAML signature wrapping XSW6: the signed assertion inside of the signature of a forged one', () => {
  const { around, forged, signature, bare } = wrapped();
  return refused(
    'saml_several',
    around(forged('_evil', signature.replace('</ds:Signature>', `${bare}</ds:Signature>`))),
  );
});
test('SAML signature wrapping XSW7: a forged assertion in Extensions before the signed one', () => {
  const { around, forged, assertion } = wrapped();
  return refused('saml_several', around(`<samlp:Extensions>${forged('_evil')}</samlp:Extensions>${assertion}`));
});
test('SAML signature wrapping XSW8: the signed assertion in an Object of the signature of a forged one', () => {
  const { around, forged, withObject, bare } = wrapped();
  return refused('saml_several', around(forged('_evil', withObject(bare))));
});
test('SAML signature wrapping under other names and namespaces', async () => {
  const { around, forged, signature, bare, assertion, id, withObject } = wrapped();
  const hidden = bare.replace(/saml:Assertion/g, 'saml:Evidence');
  // The signed element under another name inside of the signature; under a default namespace; with the same ID.
  await refused('saml_several', around(forged('_evil', withObject(hidden))));
  await refused(
    'saml_malformed',
    around(assertion + forged('_evil').replace(/urn:oasis:names:tc:SAML:2.0:assertion/g, 'urn:x')),
  );
  await refused('saml_bad_signature', around(forged(id, signature) + hidden));
  await refused('saml_bad_signature', around(forged('_evil', signature)));
  await refused('saml_bad_signature', around(assertion).replace('<samlp:Status>', `${signature}<samlp:Status>`));
});
test('SAML with multiple SignedInfo', async () => {
  const { around, assertion } = wrapped();
  const info = /<ds:SignedInfo.*<\/ds:SignedInfo>/s.exec(assertion)?.[0] ?? '';
  await refused('saml_bad_signature', around(assertion.replace(info, info + info)));
  const other = info.replace(/<ds:DigestValue>[^<]*/, `<ds:DigestValue>${Buffer.alloc(32).toString('base64')}`);
  await refused('saml_bad_signature', around(assertion.replace(info, other + info)));
  await refused(
    'saml_bad_signature',
    around(assertion.replace('</ds:SignatureValue>', `</ds:SignatureValue>${other}`)),
  );
});
test('SAML with multiple references, or one to the whole document', async () => {
  const { around, assertion, id } = wrapped();
  const reference = /<ds:Reference.*<\/ds:Reference>/s.exec(assertion)?.[0] ?? '';
  await refused('saml_bad_signature', around(assertion.replace(reference, reference + reference)));
  await refused('saml_bad_signature', around(assertion.replace(`URI="#${id}"`, 'URI=""')));
});
test('SAML digest value hidden behind a comment', () =>
  refused('saml_doctype', good().replace('<ds:DigestValue>', '<ds:DigestValue><!--x-->')));

test('SAML comment injection in NameID', async () => {
  const signed = good({ nameId: 'root.evil.example' });
  await refused('saml_doctype', signed.replace('root.evil', 'root<!---->.evil'));
  await refused('saml_doctype', signed.replace('root.evil', 'root<?x y?>.evil'));
  await refused('saml_doctype', signed.replace('root.evil.example', '<![CDATA[root]]>.evil.example'));
  // An element within NameID splits its text as well.
  await refused('saml_bad_signature', signed.replace('root.evil', 'root<b/>.evil'));
});
test('SAML wrong audience', async () => {
  await refused('saml_wrong_audience', good({ audience: 'https://other.test' }));
  await refused('saml_wrong_audience', good({ audience: `${SP}/` }));
  await refused('saml_wrong_audience', good({ audience: null }));
});
test('SAML wrong recipient', async () => {
  await refused('saml_wrong_recipient', good({ recipient: 'https://other.test/acs' }));
  await refused('saml_wrong_recipient', good({ destination: 'https://other.test/acs' }));
});
test('SAML of another issuer', () => refused('saml_wrong_issuer', good({ issuer: 'https://other.test' })));
test('SAML that answers another request, or none', async () => {
  await refused('saml_not_requested', good({ requestId: '_request2' }));
  await refused('saml_not_requested', good({ confirms: '_request2' }));
  await refused('saml_not_requested', good({ confirms: null }));
  await refused('saml_not_requested', idp.response({}));
});
test('SAML replayed', async () => {
  const to = provider();
  const xml = good();
  await to.verifyResponse(xml, REQUEST);
  await refused('saml_replayed', xml, to);
});
test('SAML replayed: the memory of used ids is bounded, and full is no way in', async () => {
  const to = provider({}, { used: new UsedIds(1) });
  await to.verifyResponse(good(), REQUEST);
  await refused('sign_in_unavailable', good(), to);
});
test('SAML expired, and not yet valid', async () => {
  await refused('saml_expired', good({ until: -120 }));
  await refused('saml_not_yet_valid', good({ notBefore: 120 }));
  await refused('saml_not_yet_valid', good({ issued: 120 }));
  // Within the tolerance of a minute.
  assert.equal((await provider().verifyResponse(good({ until: -30 }), REQUEST)).subject, 'ada');
});
test('SAML XXE and DOCTYPE', async () => {
  for (const prolog of [
    '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd">',
    '<!doctype r>',
    '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>',
  ]) {
    await refused('saml_doctype', prolog + good());
  }
  await refused('saml_doctype', good().replace('>ada<', '>&xxe;<'));
});
test('SAML huge documents', async () => {
  await refused('saml_too_large', good({ attributes: { a: 'x'.repeat(300_000) } }));
  const flat = good().replace(
    '<samlp:Status>',
    `<samlp:Extensions>${'<x/>'.repeat(3000)}</samlp:Extensions><samlp:Status>`,
  );
  await refused('saml_too_large', flat);
  const deep = `<samlp:Extensions>${'<x>'.repeat(100)}${'</x>'.repeat(100)}</samlp:Extensions>`;
  await refused('saml_too_large', good().replace('<samlp:Status>', `${deep}<samlp:Status>`));
  assert.throws(() => decodeSaml('A'.repeat(1 << 20)), { code: 'saml_too_large' });
});
test('SAML that is no SAML', async () => {
  for (const xml of [
    '',
    'x',
    '<a',
    '<a></b>',
    '<a/><b/>',
    `${good()}x`,
    `x${good()}`,
    good().replace('</samlp:Response>', ''),
  ]) {
    await refused('saml_malformed', xml);
  }
  for (const base64 of ['', '<a/>', 'AAA', 'A===', '/w=='])
    assert.throws(() => decodeSaml(base64), { code: 'saml_malformed' });
});
test('SAML status other than success, encrypted assertion, transient NameID', async () => {
  await refused('saml_status', good({ status: 'urn:oasis:names:tc:SAML:2.0:status:Responder' }));
  await refused('saml_encrypted', idp.response({ requestId: REQUEST }, '<saml:EncryptedAssertion/>'));
  const nameIdFormat = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';
  await refused('saml_bad_claims', good({ nameIdFormat }));
  assert.equal(
    (await provider({ subject: 'email' }).verifyResponse(good({ nameIdFormat }), REQUEST)).subject,
    'ada@example.com',
  );
  await refused('saml_bad_claims', good({ nameId: '' }));
});
