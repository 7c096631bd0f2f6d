// A self-signed certificate for tests (RFC 5280), so that TLS can be tried without a tool that may not be installed.
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';

export interface Certificate {
  /** PEM. */
  readonly cert: string;
  /** PEM, PKCS #8. */
  readonly key: string;
}

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const SHA256_WITH_RSA = '1.2.840.113549.1.1.11';
const COMMON_NAME = '2.5.4.3';
const SUBJECT_ALT_NAME = '2.5.29.17';
const DAY = 86_400_000;

/** A certificate for the given host names and IPv4 addresses, good from yesterday until `days` from now. */
export function selfSigned(names: readonly string[], days = 7, kind: 'ec' | 'rsa' = 'ec'): Certificate {
  const { privateKey, publicKey } =
    kind === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const algorithm =
    kind === 'ec' ? sequence(oid(ECDSA_WITH_SHA256)) : sequence(oid(SHA256_WITH_RSA), element(0x05, Buffer.alloc(0)));
  const name = sequence(element(0x31, sequence(oid(COMMON_NAME), element(0x0c, Buffer.from('dogwatch test')))));
  const validity = sequence(utcTime(Date.now() - DAY), utcTime(Date.now() + days * DAY));
  const alternatives = sequence(
    ...names.map((each) =>
      isIPv4(each) ? element(0x87, Buffer.from(each.split('.').map(Number))) : element(0x82, Buffer.from(each)),
    ),
  );
  const extension = sequence(oid(SUBJECT_ALT_NAME), element(0x04, alternatives));
  const toBeSigned = sequence(
    element(0xa0, element(0x02, Buffer.from([2]))),
    element(0x02, Buffer.concat([Buffer.from([0x01]), randomBytes(15)])),
    algorithm,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    element(0xa3, sequence(extension)),
  );
  const signature = element(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', toBeSigned, privateKey)]));
  const der = sequence(toBeSigned, algorithm, signature);
  const lines = der.toString('base64').replace(/.{1,64}/g, '$&\n');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** One DER element (X.690): tag, length, content. */
function element(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: Uint8Array[]): Buffer => element(0x30, Buffer.concat(parts));
const utcTime = (ms: number): Buffer =>
  element(
    0x17,
    Buffer.from(new Date(ms).toISOString().replace(/^..(..)-(..)-(..)T(..):(..):(..).*$/, '$1$2$3$4$5$6Z')),
  );

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const base128 = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) base128.unshift(0x80 | (left & 0x7f));
    bytes.push(...base128);
  }
  return element(0x06, Buffer.from(bytes));
}
