// An issuer on loopback, and a token of it that lasts as long as any run.
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

export async function startIssuer(): Promise<{ url: string; token: string; close: () => void }> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'bench', alg: 'ES256', use: 'sig' }] });
  const server = createServer((_req, res) => res.setHeader('content-type', 'application/json').end(jwks));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`;
  const token = await new SignJWT({ name: 'bench-agent', groups: ['bench'] })
    .setProtectedHeader({ alg: 'ES256', kid: 'bench' })
    .setIssuer(url)
    .setAudience('dogwatch')
    .setSubject('bench-agent')
    .setIssuedAt()
    .setExpirationTime('2h')
    .sign(privateKey);
  return { url, token, close: () => server.close() };
}
