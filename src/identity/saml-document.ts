// Reads the bare structure of a SAML message strictly, before a lenient XML parser sees it: what has two readings is refused.
import { quoted, type RefusalCode, RefusedCredential } from './refused.ts';

/** Longest message, in bytes of XML. */
export const MAX_SAML = 256 * 1024;
const MAX_ELEMENTS = 2000;
const MAX_DEPTH = 32;
const MAX_TAG = 16 * 1024;

const SAML = 'urn:oasis:names:tc:SAML:2.0:assertion';
const SAMLP = 'urn:oasis:names:tc:SAML:2.0:protocol';
const DSIG = 'http://www.w3.org/2000/09/xmldsig#';
/** Also the beginning of the names of hash algorithms. */
const XENC = 'http://www.w3.org/2001/04/xmlenc#';
/** Namespaces whose elements mean something here; an element that only looks like one of theirs is refused. */
const WATCHED: ReadonlyMap<string, string> = new Map([
  ['Response', SAMLP],
  ['Status', SAMLP],
  ['StatusCode', SAMLP],
  ['Assertion', SAML],
  ['EncryptedAssertion', SAML],
  ['Subject', SAML],
  ['NameID', SAML],
  ['Conditions', SAML],
  ['Signature', DSIG],
  ['SignedInfo', DSIG],
  ['Reference', DSIG],
]);

/** SHA-1 signatures can be forged; HMAC would make the certificate a secret that everybody has. */
const ALGORITHMS: Readonly<Record<string, ReadonlySet<string>>> = {
  SignatureMethod: new Set([
    'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
    'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1',
  ]),
  DigestMethod: new Set([`${XENC}sha256`, `${XENC}sha512`]),
  CanonicalizationMethod: new Set(['http://www.w3.org/2001/10/xml-exc-c14n#']),
  Transform: new Set([`${DSIG}enveloped-signature`, 'http://www.w3.org/2001/10/xml-exc-c14n#']),
};

/** One element, by its namespace and local name. */
interface Element {
  readonly tag: string;
  readonly namespace: string;
  readonly local: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly parent: Element | undefined;
  readonly children: Element[];
  readonly prefixes: ReadonlyMap<string, string>;
}

const TAG =
  /<(\/?)([A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?)((?:\s+[A-Za-z_][\w.:-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;
const ATTRIBUTE = /([A-Za-z_][\w.:-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
/** XML 1.0 section 2.2, less the private and unassigned; a reference may not stand for anything else either. */
const UNFIT = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const REFERENCE = /&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)/;

const refuse = (code: RefusalCode, reason: string): never => {
  throw new RefusedCredential(code, reason);
};

/** What of a message's structure later checks rely on. Attributes of the Response itself may be unsigned. */
export interface SamlStructure {
  /** Without an XML declaration. */
  readonly xml: string;
  readonly root: 'Response' | 'Assertion';
  readonly attributes: ReadonlyMap<string, string>;
}

/** Decodes base64 strictly (RFC 4648 section 4, line breaks allowed), within the bound. */
export function decodeSaml(base64: string): string {
  if (base64.length > MAX_SAML * 1.5) refuse('saml_too_large', `${base64.length} characters of base64`);
  const compact = base64.replace(/[\r\n\t ]/g, '');
  if (compact === '' || compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) {
    refuse('saml_malformed', 'it is not base64');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(compact, 'base64'));
  } catch {
    return refuse('saml_malformed', 'it is not UTF-8');
  }
}

/**
 * Checks the structure of a Response with one assertion, or of an assertion by itself.
 *
 * Whatever a signature could be made to cover while something else is read is refused here already: a second assertion or
 * Response anywhere (signature wrapping), a signature anywhere but directly in what it signs, several SignedInfo or
 * References, `Object` in a signature, comments that split a text, weak algorithms.
 *
 * @throws RefusedCredential `saml_*`
 */
export function readStructure(text: string, expected: 'Response' | 'Assertion'): SamlStructure {
  if (Buffer.byteLength(text) > MAX_SAML)
    refuse('saml_too_large', `${text.length} characters; the limit is ${MAX_SAML}`);
  const xml = text.replace(/^\ufeff?<\?xml\s[^<>]{0,200}\?>/, '').trim();
  if (/<[!?]/.test(xml)) {
    refuse('saml_doctype', `it holds ${quoted(/<[!?].{0,20}/s.exec(xml)?.[0])}`);
  }
  if (UNFIT.test(xml)) refuse('saml_malformed', 'it holds characters that XML does not allow');
  if (REFERENCE.test(xml)) refuse('saml_doctype', 'it holds an entity reference that XML does not define');
  const all = scan(xml);
  const root = all[0] as Element;
  if (root.local !== expected) refuse('saml_malformed', `its root is ${quoted(root.local)}, not ${expected}`);
  checkNames(all);
  if (expected === 'Response') checkStatus(root);
  const assertion = checkAssertion(all, root, expected);
  checkSignatures(all, assertion);
  return { xml, root: expected, attributes: root.attributes };
}

/** All elements in document order. Every `<` must begin a well-formed tag, and every tag be closed in order. */
function scan(xml: string): Element[] {
  const all: Element[] = [];
  const open: Element[] = [];
  for (let at = xml.indexOf('<'); at >= 0; at = xml.indexOf('<', TAG.lastIndex)) {
    if (open.length === 0 && xml.slice(all.length === 0 ? 0 : TAG.lastIndex, at).trim() !== '') {
      refuse('saml_malformed', 'there is text outside of the root element');
    }
    if (all.length > 0 && open.length === 0) refuse('saml_malformed', 'there is more than one root element');
    TAG.lastIndex = at;
    const [whole, closing, tag = '', attributes = '', empty] = TAG.exec(xml) ?? [];
    if (whole === undefined || whole.length > MAX_TAG) return refuse('saml_malformed', 'a tag is not well-formed');
    if (closing) {
      if (attributes !== '' || empty || open.pop()?.tag !== tag)
        refuse('saml_malformed', 'tags are not closed in order');
      continue;
    }
    const element = elementOf(tag, attributes, open.at(-1));
    all.push(element);
    element.parent?.children.push(element);
    if (all.length > MAX_ELEMENTS) refuse('saml_too_large', `it has more than ${MAX_ELEMENTS} elements`);
    if (!empty) open.push(element);
    if (open.length > MAX_DEPTH) refuse('saml_too_large', `it is deeper than ${MAX_DEPTH} elements`);
  }
  if (all.length === 0 || open.length > 0) refuse('saml_malformed', 'it is not an XML document');
  if (xml.slice(xml.lastIndexOf('>') + 1).trim() !== '') refuse('saml_malformed', 'text follows the root element');
  return all;
}

function elementOf(tag: string, text: string, parent: Element | undefined): Element {
  const attributes = new Map<string, string>();
  const prefixes = new Map(parent?.prefixes);
  for (const [, name = '', double, single] of text.matchAll(ATTRIBUTE)) {
    const value = double ?? single ?? '';
    if (attributes.has(name)) refuse('saml_malformed', `${quoted(name)} stands twice in a tag`);
    attributes.set(name, value);
    if (name === 'xmlns') prefixes.set('', value);
    else if (name.startsWith('xmlns:')) prefixes.set(name.slice(6), value);
  }
  const colon = tag.indexOf(':');
  const prefix = tag.slice(0, Math.max(colon, 0));
  const namespace = prefixes.get(prefix);
  if (namespace === undefined && prefix !== '') refuse('saml_malformed', `the prefix ${quoted(prefix)} is not bound`);
  return { tag, namespace: namespace ?? '', local: tag.slice(colon + 1), attributes, parent, children: [], prefixes };
}

/** The parsers behind go by local name: no name of theirs may stand in another namespace, and an ID only once. */
function checkNames(all: readonly Element[]): void {
  const ids = new Set<string>();
  for (const { local, namespace, attributes } of all) {
    const watched = WATCHED.get(local);
    if (watched !== undefined && watched !== namespace) {
      refuse('saml_malformed', `${local} stands in the namespace ${quoted(namespace)}`);
    }
    for (const name of ['ID', 'Id', 'id', 'xml:id']) {
      const id = attributes.get(name);
      if (id === undefined) continue;
      if (!/^[A-Za-z_][\w.-]{0,255}$/.test(id)) refuse('saml_malformed', `the ID ${quoted(id)} is none`);
      if (ids.has(id)) refuse('saml_bad_signature', `the ID ${quoted(id)} stands twice`);
      ids.add(id);
    }
  }
}

function checkStatus(root: Element): void {
  const [status, another] = root.children.filter(({ local }) => local === 'Status');
  const code = status?.children.find(({ local }) => local === 'StatusCode');
  const value = code?.attributes.get('Value');
  if (another !== undefined || value === undefined) {
    throw new RefusedCredential('saml_malformed', 'it does not have one status');
  }
  if (value === 'urn:oasis:names:tc:SAML:2.0:status:Success') return;
  const inner = code?.children[0]?.attributes.get('Value');
  refuse('saml_status', `the status is ${quoted(value)}${inner === undefined ? '' : `, ${quoted(inner)}`}`);
}

function checkAssertion(all: readonly Element[], root: Element, expected: string): Element {
  const assertions = all.filter(({ local }) => local === 'Assertion');
  const [assertion, ...more] = assertions;
  if (all.some(({ local, namespace }) => local === 'EncryptedAssertion' || namespace === XENC)) {
    refuse('saml_encrypted', 'there is an encrypted element');
  }
  if (assertion === undefined || more.length > 0 || all.filter(({ local }) => local === 'Response').length > 1) {
    return refuse('saml_several', `there are ${assertions.length} assertions`);
  }
  if (expected === 'Response' && assertion.parent !== root)
    refuse('saml_several', 'the assertion stands out of its place');
  for (const once of ['Subject', 'Conditions', 'NameID']) {
    // A NameID may also be the value of an attribute (eduPersonTargetedID).
    const found = all.filter(
      ({ local, parent }) => local === once && !(once === 'NameID' && parent?.local === 'AttributeValue'),
    );
    if (found.length > 1) refuse('saml_several', `there are ${found.length} elements ${once}`);
  }
  return assertion;
}

function checkSignatures(all: readonly Element[], assertion: Element): void {
  const signatures = all.filter(({ local }) => local === 'Signature');
  if (!signatures.some(({ parent }) => parent === assertion)) refuse('saml_unsigned', 'the assertion has no signature');
  const signed = new Set<Element>();
  for (const { parent, children } of signatures) {
    if (parent === undefined || signed.has(parent)) {
      throw new RefusedCredential('saml_bad_signature', 'an element has two signatures');
    }
    if (parent !== assertion && parent !== assertion.parent) {
      refuse('saml_bad_signature', `a signature stands in ${parent.local}`);
    }
    signed.add(parent);
    const names = children.map(({ local }) => local);
    if (names.filter((name) => name !== 'KeyInfo').join() !== 'SignedInfo,SignatureValue') {
      refuse('saml_bad_signature', `a signature holds ${quoted(names.join(', '))}`);
    }
    const references = children[0]?.children.filter(({ local }) => local === 'Reference') ?? [];
    const uri = references[0]?.attributes.get('URI');
    if (references.length !== 1 || uri !== `#${parent.attributes.get('ID')}`) {
      refuse('saml_bad_signature', `a signature refers to ${quoted(uri)}, which is not what it stands in`);
    }
  }
  const inside = all.filter(({ local }) => local === 'SignedInfo' || local === 'Reference');
  if (inside.length !== 2 * signatures.length)
    refuse('saml_bad_signature', 'there is a SignedInfo outside of a signature');
  for (const { local, namespace, attributes } of all) {
    const allowed = ALGORITHMS[local];
    if (allowed === undefined || namespace !== DSIG) continue;
    const algorithm = attributes.get('Algorithm') ?? '';
    if (!allowed.has(algorithm)) refuse('saml_bad_algorithm', `${local} is ${quoted(algorithm)}`);
  }
}
