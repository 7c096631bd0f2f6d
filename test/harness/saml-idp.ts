// A SAML identity provider for tests: issues good responses, and whatever bad ones a test asks for.
import { randomBytes } from 'node:crypto';
import { SignedXml } from 'xml-crypto';
import { type Certificate, selfSigned } from './certificate.ts';

/** What differs from a good response. Times are seconds from now. */
export interface AssertionWish {
  readonly acs?: string;
  readonly audience?: string | null;
  readonly recipient?: string;
  readonly destination?: string;
  readonly requestId?: string;
  /** InResponseTo of the confirmation, when it differs from the response's. */
  readonly confirms?: string | null;
  readonly issuer?: string;
  readonly nameId?: string;
  readonly nameIdFormat?: string;
  readonly attributes?: Readonly<Record<string, string | readonly string[]>>;
  readonly issued?: number;
  readonly notBefore?: number;
  readonly until?: number;
  readonly assertionId?: string;
  readonly status?: string;
  /** Signature method, digest method and canonicalization, when they differ. */
  readonly algorithms?: { readonly signature?: string; readonly digest?: string; readonly c14n?: string };
  /** What stands behind the conditions, inside of the assertion. */
  readonly inside?: string;
}

export interface SamlIdp {
  readonly entityId: string;
  readonly certificate: Certificate;
  /** The assertion, signed unless `sign` is false. */
  assertion(wish?: AssertionWish, sign?: boolean): string;
  /** A response around an assertion, of its own or the given one. */
  response(wish?: AssertionWish, assertion?: string): string;
  /** Signs the element with this ID in a document. */
  sign(xml: string, id: string, algorithms?: AssertionWish['algorithms']): string;
}

const SAML = 'urn:oasis:names:tc:SAML:2.0:assertion';
const SAMLP = 'urn:oasis:names:tc:SAML:2.0:protocol';
const EXC = 'http://www.w3.org/2001/10/xml-exc-c14n#';

/** An identity provider whose messages are for this assertion consumer service and service provider. */
export function samlIdp(defaults: { entityId?: string; acs: string; audience: string }): SamlIdp {
  const certificate = selfSigned(['idp.test'], 7, 'rsa');
  const entityId = defaults.entityId ?? 'https://idp.test/metadata';

  function sign(xml: string, id: string, algorithms: AssertionWish['algorithms'] = {}): string {
    const c14n = algorithms.c14n ?? EXC;
    const signer = new SignedXml({
      privateKey: certificate.key,
      signatureAlgorithm: algorithms.signature ?? 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
      canonicalizationAlgorithm: c14n as typeof EXC,
    });
    signer.addReference({
      xpath: `//*[@ID='${id}']`,
      digestAlgorithm: algorithms.digest ?? 'http://www.w3.org/2001/04/xmlenc#sha256',
      transforms: ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', c14n],
    });
    signer.computeSignature(xml, {
      prefix: 'ds',
      location: { reference: `//*[@ID='${id}']/*[local-name()='Issuer']`, action: 'after' },
    });
    return signer.getSignedXml();
  }

  function assertion(wish: AssertionWish = {}, signed = true): string {
    const id = wish.assertionId ?? `_${randomBytes(16).toString('hex')}`;
    const until = at(wish.until ?? 300);
    const confirms = wish.confirms === undefined ? wish.requestId : wish.confirms;
    const audience = wish.audience === undefined ? defaults.audience : wish.audience;
    const attributes = wish.attributes ?? {
      name: 'Ada Lovelace',
      email: 'ada@example.com',
      groups: ['sre', 'security'],
    };
    const xml = [
      `<saml:Assertion xmlns:saml="${SAML}" ID="${id}" Version="2.0" IssueInstant="${at(wish.issued ?? 0)}">`,
      `<saml:Issuer>${wish.issuer ?? entityId}</saml:Issuer><saml:Subject>`,
      `<saml:NameID Format="${wish.nameIdFormat ?? 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'}">`,
      `${wish.nameId ?? 'ada'}</saml:NameID>`,
      '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData ',
      `Recipient="${wish.recipient ?? wish.acs ?? defaults.acs}" NotOnOrAfter="${until}"`,
      confirms ? ` InResponseTo="${confirms}"` : '',
      '/></saml:SubjectConfirmation></saml:Subject>',
      `<saml:Conditions NotBefore="${at(wish.notBefore ?? -60)}" NotOnOrAfter="${until}">`,
      audience === null
        ? ''
        : `<saml:AudienceRestriction><saml:Audience>${audience}</saml:Audience></saml:AudienceRestriction>`,
      `</saml:Conditions>${wish.inside ?? ''}<saml:AuthnStatement AuthnInstant="${at(0)}" SessionIndex="s1">`,
      '<saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password',
      '</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>',
      ...Object.entries(attributes).map(
        ([name, values]) =>
          `<saml:Attribute Name="${name}">${[values]
            .flat()
            .map((value) => `<saml:AttributeValue>${value}</saml:AttributeValue>`)
            .join('')}</saml:Attribute>`,
      ),
      '</saml:AttributeStatement></saml:Assertion>',
    ].join('');
    return signed ? sign(xml, id, wish.algorithms) : xml;
  }

  return {
    entityId,
    certificate,
    assertion,
    sign,
    response(wish = {}, inner = assertion(wish)) {
      const answers = wish.requestId === undefined ? '' : ` InResponseTo="${wish.requestId}"`;
      return [
        `<samlp:Response xmlns:samlp="${SAMLP}" xmlns:saml="${SAML}" ID="_${randomBytes(16).toString('hex')}" Version="2.0"`,
        ` IssueInstant="${at(0)}" Destination="${wish.destination ?? wish.acs ?? defaults.acs}"${answers}>`,
        `<saml:Issuer>${entityId}</saml:Issuer><samlp:Status><samlp:StatusCode `,
        `Value="${wish.status ?? 'urn:oasis:names:tc:SAML:2.0:status:Success'}"/></samlp:Status>${inner}</samlp:Response>`,
      ].join('');
    },
  };
}

const at = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();
