// What a verified assertion says, read from the signed bytes alone, and whether it may be used here (SAML core 2.4, profiles 4.1.4).
import { quoted, type RefusalCode, RefusedCredential } from './refused.ts';

/** An element as xml2js gives it: text in `_`, attributes in `$`, children by local name. */
type Node = Readonly<Record<string, unknown>>;

const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
const TRANSIENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';
const MAX_ATTRIBUTES = 256;
const MAX_VALUES = 1024;

export interface AssertionFacts {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  /** When the last way to use it ends, in milliseconds since the epoch. */
  readonly end: number;
  readonly nameId: string;
  /** NameID is another at each sign-in. */
  readonly transient: boolean;
  /** Attributes by name: a text, or a list of them. */
  readonly claims: Readonly<Record<string, string | readonly string[]>>;
  /** @throws RefusedCredential unless a bearer confirmation is for this recipient and request, now */
  confirmedFor(expected: { readonly recipient: string; readonly requestId: string | undefined }): void;
}

export interface AssertionRules {
  readonly entityId: string;
  /** Seconds. */
  readonly tolerance: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const refuse = (code: RefusalCode, reason: string): never => {
  throw new RefusedCredential(code, reason);
};

/**
 * Reads an assertion whose signature and audience were verified.
 * @param parsed the verified document, `{ Assertion: … }`
 * @throws RefusedCredential `saml_*`
 */
export function checkAssertion(parsed: unknown, rules: AssertionRules): AssertionFacts {
  const assertion = isNode(parsed) && isNode(parsed.Assertion) ? parsed.Assertion : undefined;
  if (assertion === undefined) return refuse('saml_malformed', 'there is no verified assertion');
  const issuer = textOf(only(assertion, 'Issuer'));
  if (issuer !== rules.entityId) {
    refuse('saml_wrong_issuer', `Issuer is ${quoted(issuer)}, not ${quoted(rules.entityId)}`);
  }
  const id = attribute(assertion, 'ID');
  const issuedAt = timeOf(assertion, 'IssueInstant');
  if (id === undefined || issuedAt === undefined) return refuse('saml_malformed', 'ID or IssueInstant is missing');
  const tolerance = rules.tolerance * 1000;
  if (issuedAt > rules.now + tolerance)
    refuse('saml_not_yet_valid', `IssueInstant is ${issuedAt - rules.now} ms ahead`);
  const conditions = only(assertion, 'Conditions');
  if (conditions === undefined) return refuse('saml_wrong_audience', 'it has no conditions, so no audience');
  checkWindow(conditions, rules, 'the conditions');
  const subject = only(assertion, 'Subject');
  const named = subject && only(subject, 'NameID');
  const nameId = textOf(named);
  if (subject === undefined || nameId === undefined) return refuse('saml_bad_claims', 'it has no NameID');
  const confirmations = list(subject, 'SubjectConfirmation').filter((each) => attribute(each, 'Method') === BEARER);
  const data = confirmations.map((each) => only(each, 'SubjectConfirmationData')).filter((each) => each !== undefined);
  const ends = [...data, conditions].map((each) => timeOf(each, 'NotOnOrAfter') ?? 0);
  return {
    id,
    issuedAt,
    end: Math.max(...ends),
    nameId,
    transient: attribute(named as Node, 'Format') === TRANSIENT,
    claims: attributesOf(assertion),
    confirmedFor: (expected) => confirm(data, expected, rules),
  };
}

/** Each bearer confirmation is a way to use the assertion; one that fits is enough. */
function confirm(
  data: readonly Node[],
  { recipient, requestId }: { recipient: string; requestId: string | undefined },
  rules: AssertionRules,
): void {
  let why: RefusedCredential | undefined;
  for (const each of data) {
    try {
      const to = attribute(each, 'Recipient');
      const answers = attribute(each, 'InResponseTo');
      if (to !== recipient) refuse('saml_wrong_recipient', `Recipient is ${quoted(to)}, not ${recipient}`);
      // An assertion that answers a browser's request is not to be used as a bearer token either.
      if (answers !== requestId) refuse('saml_not_requested', `the confirmation's InResponseTo is ${quoted(answers)}`);
      if (timeOf(each, 'NotOnOrAfter') === undefined) refuse('saml_expired', 'the confirmation has no NotOnOrAfter');
      checkWindow(each, rules, 'the confirmation');
      return;
    } catch (error) {
      if (!(error instanceof RefusedCredential)) throw error;
      why = error;
    }
  }
  throw why ?? new RefusedCredential('saml_wrong_recipient', 'it has no bearer confirmation');
}

function checkWindow(node: Node, { now, tolerance }: AssertionRules, what: string): void {
  const from = timeOf(node, 'NotBefore');
  const until = timeOf(node, 'NotOnOrAfter');
  if (from !== undefined && from > now + tolerance * 1000) {
    refuse('saml_not_yet_valid', `NotBefore of ${what} is ${from - now} ms ahead`);
  }
  if (until !== undefined && until <= now - tolerance * 1000) {
    refuse('saml_expired', `NotOnOrAfter of ${what} was ${now - until} ms ago`);
  }
}

function attributesOf(assertion: Node): Record<string, string | string[]> {
  // Attribute names are the provider's; none of them may reach a prototype.
  const found: Record<string, string | string[]> = Object.create(null);
  let values = 0;
  const attributes = list(assertion, 'AttributeStatement').flatMap((statement) => list(statement, 'Attribute'));
  if (attributes.length > MAX_ATTRIBUTES) refuse('saml_bad_claims', `it has ${attributes.length} attributes`);
  for (const each of attributes) {
    const name = attribute(each, 'Name');
    if (name === undefined) return refuse('saml_bad_claims', 'an attribute has no name');
    const texts = list(each, 'AttributeValue')
      .map(textOf)
      .filter((text) => text !== undefined);
    values += texts.length;
    if (values > MAX_VALUES) refuse('saml_bad_claims', `its attributes have more than ${MAX_VALUES} values`);
    const all = [found[name] ?? [], texts].flat();
    const [first] = all;
    if (first !== undefined) found[name] = all.length === 1 ? first : all;
  }
  return found;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Children by name. An element with text alone is a text when it has no attributes. */
function list(node: Node, name: string): Node[] {
  const value = Object.hasOwn(node, name) ? node[name] : undefined;
  return (Array.isArray(value) ? value : []).map((each: unknown) => (isNode(each) ? each : { _: each }));
}

function only(node: Node, name: string): Node | undefined {
  const found = list(node, name);
  if (found.length > 1) refuse('saml_several', `there are ${found.length} elements ${name}`);
  return found[0];
}

function textOf(node: Node | undefined): string | undefined {
  const text = node?._;
  if (typeof text !== 'string') return undefined;
  const trimmed = text.trim();
  return trimmed === '' ? undefined : trimmed;
}

function attribute(node: Node, name: string): string | undefined {
  const value = isNode(node.$) && Object.hasOwn(node.$, name) ? node.$[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** An xs:dateTime in UTC (SAML core 1.3.3), in milliseconds. */
function timeOf(node: Node, name: string): number | undefined {
  const text = attribute(node, name);
  if (text === undefined) return undefined;
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) refuse('saml_malformed', `${name} is ${quoted(text)}`);
  return time;
}
