// A stand-in for AWS KMS: Encrypt and Decrypt of its wire API (AWS JSON 1.1), for one key, with real encryption behind.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const SIGNED = /^AWS4-HMAC-SHA256 Credential=[^,]+\/kms\/aws4_request, SignedHeaders=[^,]+, Signature=[0-9a-f]{64}$/;

export interface StandInKms {
  readonly url: string;
  readonly key: string;
  /** `TrentService.Encrypt dogwatch=root …`, one for each call. */
  readonly calls: readonly string[];
  /** Answers with this exception from now on; undefined: as it should. */
  fail(exception: string | undefined): void;
  close(): Promise<void>;
}

/** It looks for a SigV4 header of the right form, and does not verify the signature. */
export async function startKms(): Promise<StandInKms> {
  const key = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
  const secret = randomBytes(32);
  const calls: string[] = [];
  let failure: string | undefined;

  function perform(target: string, { KeyId, Plaintext, CiphertextBlob, EncryptionContext }: Record<string, unknown>) {
    if (KeyId !== key) return 'NotFoundException';
    const aad = Buffer.from(JSON.stringify(EncryptionContext ?? {}));
    if (target === 'TrentService.Encrypt') {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(aad);
      const plaintext = Buffer.from(String(Plaintext), 'base64');
      if (plaintext.length > 4096) return 'ValidationException';
      const bytes = Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
      return { CiphertextBlob: bytes.toString('base64'), KeyId, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
    }
    if (target !== 'TrentService.Decrypt') return 'UnknownOperationException';
    try {
      const bytes = Buffer.from(String(CiphertextBlob), 'base64');
      const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(0, 12)).setAAD(aad);
      decipher.setAuthTag(bytes.subarray(-16));
      const plaintext = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
      return { Plaintext: plaintext.toString('base64'), KeyId, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
    } catch {
      return 'InvalidCiphertextException';
    }
  }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const target = String(request.headers['x-amz-target']);
    const signed =
      SIGNED.test(request.headers.authorization ?? '') &&
      request.headers['x-amz-date'] !== undefined &&
      request.headers['content-type'] === 'application/x-amz-json-1.1';
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
    calls.push(`${target} ${Object.entries(body.EncryptionContext ?? {}).map((pair) => pair.join('='))}`);
    const result = failure ?? (signed ? perform(target, body) : 'IncompleteSignatureException');
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    if (typeof result === 'string') response.statusCode = 400;
    response.end(JSON.stringify(typeof result === 'string' ? { __type: result, message: 'refused' } : result));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    key,
    calls,
    fail(exception) {
      failure = exception;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
