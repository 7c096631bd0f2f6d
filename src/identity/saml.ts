// A SAML 2.0 identity provider: signed requests to it, its assertions checked, our metadata.
import { randomBytes, X509Certificate } from 'node:crypto';
import { SAML, type SamlConfig, ValidateInResponseTo } from '@node-saml/node-saml';
import type { Identity } from '../exchange/identity.ts';
import { identityOf } from './claims.ts';
import { type IssuerConfig, issuerSchema } from './config.ts';
import { quoted, RefusedCredential } from './refused.ts';
import { type AssertionFacts, checkAssertion } from './saml-assertion.ts';
import { readStructure } from './saml-document.ts';
import type { SamlProviderConfig } from './sign-in-config.ts';
import type { UsedIds } from './used-ids.ts';

/** Key material, read from the files that the configuration names. All PEM. */
export interface SamlMaterial {
  readonly certificates: readonly string[];
  readonly signingKey: string;
  readonly signingCertificate: string;
}

export interface SamlContext {
  /** Origin of the API as browsers see it. */
  readonly url: string;
  /** Where bearer assertions of the token endpoint are to be delivered. */
  readonly tokenEndpoint: string;
  /** Ids of assertions that were used; shared by all providers, since ids are scoped by their issuer. */
  readonly used: UsedIds;
  /** Milliseconds since the epoch at which this process began to remember used ids. */
  readonly started: number;
  readonly now: () => number;
}

export interface SamlProvider {
  readonly config: SamlProviderConfig;
  /** Our entity id, and the assertion consumer service. */
  readonly spEntityId: string;
  readonly acs: string;
  /** A signed AuthnRequest (HTTP-Redirect binding). @returns the request's id and the URL to send the browser to */
  request(relayState: string): Promise<{ id: string; url: string }>;
  /**
   * The person whom a Response speaks of, that answers our request `requestId`.
   * @throws RefusedCredential `saml_*`
   */
  verifyResponse(xml: string, requestId: string): Promise<Identity>;
  /** The same for a bearer assertion that came to the token endpoint (RFC 7522 section 3). */
  verifyAssertion(xml: string): Promise<Identity>;
  /** Our metadata (SAML metadata section 2.4.4). */
  metadata(): string;
  /** What is wrong with the provider's certificates now, a sentence each. */
  warnings(): string[];
}

/** A provider that is ready to sign people in. */
export function createSamlProvider(
  config: SamlProviderConfig,
  material: SamlMaterial,
  { url, tokenEndpoint, used, started, now }: SamlContext,
): SamlProvider {
  const acs = `${url}/auth/saml/${config.name}/acs`;
  const spEntityId = config.spEntityId ?? `${url}/auth/saml/${config.name}/metadata`;
  const base: SamlConfig = {
    callbackUrl: acs,
    entryPoint: config.entryPoint,
    issuer: spEntityId,
    audience: spEntityId,
    idpCert: [...material.certificates],
    idpIssuer: config.entityId,
    privateKey: material.signingKey,
    signatureAlgorithm: 'sha256',
    digestAlgorithm: 'sha256',
    wantAssertionsSigned: true,
    // The response around the assertion may be signed as well; what is believed is the assertion alone.
    wantAuthnResponseSigned: false,
    // In our hands: see checkAssertion. It is asked for the very request, and of the signed bytes.
    validateInResponseTo: ValidateInResponseTo.never,
    acceptedClockSkewMs: config.clockTolerance * 1000,
    identifierFormat: null,
    disableRequestedAuthnContext: true,
    allowCreate: true,
  };
  const saml = new SAML(base);
  const person = personOf(config);

  /** What the verified bytes of the one signed assertion in this response say. */
  async function verified(response: string): Promise<AssertionFacts> {
    let assertion: unknown;
    try {
      const { profile } = await saml.validatePostResponseAsync({
        SAMLResponse: Buffer.from(response, 'utf8').toString('base64'),
      });
      assertion = profile?.getAssertion?.();
    } catch (error) {
      throw refusalOf(error);
    }
    return checkAssertion(assertion, { entityId: config.entityId, tolerance: config.clockTolerance, now: now() });
  }

  function once(facts: AssertionFacts): void {
    const end = facts.end + config.clockTolerance * 1000;
    const first = used.use(`${config.entityId}\n${facts.id}`, end, now());
    if (first === 'used')
      throw new RefusedCredential('saml_replayed', `the assertion ${quoted(facts.id)} was used before`);
    if (first === 'full')
      throw new RefusedCredential('sign_in_unavailable', 'too many assertions are remembered as used');
  }

  function identity(facts: AssertionFacts): Identity {
    const claims: Record<string, unknown> = { ...facts.claims, sub: facts.nameId };
    if (config.subject !== undefined) {
      const named = facts.claims[config.subject];
      if (typeof named !== 'string' || named === '') {
        throw new RefusedCredential('saml_bad_claims', `the attribute ${quoted(config.subject)} is ${quoted(named)}`);
      }
      claims.sub = named;
    } else if (facts.transient) {
      const reason = 'NameID is transient, so it names nobody for good; set subject to an attribute that does';
      throw new RefusedCredential('saml_bad_claims', reason);
    }
    // An assertion of a browser sign-in delegates nothing, and calls no address unverified.
    delete claims.act;
    delete claims.email_verified;
    try {
      return identityOf(claims, person);
    } catch (error) {
      if (error instanceof RefusedCredential) throw new RefusedCredential('saml_bad_claims', error.reason);
      throw error;
    }
  }

  return {
    config,
    spEntityId,
    acs,
    async request(relayState) {
      // One object a request: the id is ours to know, and the library tells it no other way.
      const id = `_${randomBytes(20).toString('hex')}`;
      const url = await new SAML({ ...base, generateUniqueId: () => id }).getAuthorizeUrlAsync(
        relayState,
        undefined,
        {},
      );
      return { id, url };
    },
    async verifyResponse(xml, requestId) {
      const { attributes, xml: bare } = readStructure(xml, 'Response');
      if (attributes.get('Destination') !== acs) {
        const reason = `Destination is ${quoted(attributes.get('Destination'))}, not ${acs}`;
        throw new RefusedCredential('saml_wrong_recipient', reason);
      }
      if (attributes.get('InResponseTo') !== requestId) {
        const reason = `InResponseTo is ${quoted(attributes.get('InResponseTo'))}, not the request of this sign-in`;
        throw new RefusedCredential('saml_not_requested', reason);
      }
      const facts = await verified(bare);
      facts.confirmedFor({ recipient: acs, requestId });
      once(facts);
      return identity(facts);
    },
    async verifyAssertion(xml) {
      const { xml: bare } = readStructure(xml, 'Assertion');
      // The library reads responses. Exclusive canonicalization makes a signature independent of what stands around it.
      const response = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" Version="2.0">${bare}</samlp:Response>`;
      const facts = await verified(response);
      facts.confirmedFor({ recipient: tokenEndpoint, requestId: undefined });
      if (facts.issuedAt < started + config.clockTolerance * 1000) {
        const reason = 'it was issued before this gateway started, so whether it was used is not known';
        throw new RefusedCredential('saml_replayed', reason);
      }
      once(facts);
      return identity(facts);
    },
    metadata: () => saml.generateServiceProviderMetadata(null, material.signingCertificate),
    warnings() {
      const ends = material.certificates.map((pem) => new X509Certificate(pem).validToDate.getTime());
      return ends.every((end) => end < now()) ? ['every certificate of the provider has expired'] : [];
    },
  };
}

/** A provider as the shared reading of claims sees it. */
function personOf({ name, entityId, attributes, groups, keep }: SamlProviderConfig): IssuerConfig {
  // An entity id need not be a URL, so it is set behind the schema.
  const base = issuerSchema.parse({
    name,
    issuer: 'https://saml.invalid',
    audience: 'saml',
    kind: 'person',
    groups,
    keep,
  });
  return { ...base, issuer: entityId, claims: { ...base.claims, ...attributes } };
}

/** What the library found wrong, as a code. Its messages hold nothing but what the assertion claims, cut short here. */
function refusalOf(error: unknown): RefusedCredential {
  const message = error instanceof Error ? error.message : String(error);
  const code = /audience/i.test(message)
    ? 'saml_wrong_audience'
    : /expired/i.test(message)
      ? 'saml_expired'
      : /not yet valid/i.test(message)
        ? 'saml_not_yet_valid'
        : /issuer/i.test(message)
          ? 'saml_wrong_issuer'
          : /signature|signed/i.test(message)
            ? 'saml_bad_signature'
            : 'saml_malformed';
  return new RefusedCredential(code, quoted(message));
}
