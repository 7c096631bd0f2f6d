// The vault's format on disk: a file written by an earlier Dogwatch stays readable.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/harness/temporary.ts';
import { rawKeyEncryptionKey } from '../journal/keys.ts';
import { openVault } from './vault.ts';

const WRITTEN = `{
  "format": "dogwatch-vault/1",
  "kek": "4f05c37fd816bf88",
  "dataKey": "bDEpNHeO9Tt790GJkM1ip0CMpu2fEBTGwcy1bwWHMBVu/EsLAICMJxYECEWFqJPdUar5fQzTo6F0FHTh",
  "connections": [
    {
      "name": "prod",
      "site": "datadoghq.com",
      "default": true,
      "groups": [
        "sre"
      ],
      "readOnly": false,
      "created": 1795356274031,
      "rotated": 1795356274031,
      "secrets": {
        "apiKey": "dQGvs8CwC3deJXGPVERDIco+bD7AfDQh+nQ5Utgh0O7Qw0ofkIBVNdzhfpJ8M1GrjS9NYCw=",
        "appKey": "j+JxvUVUnlLiTLrQWwCAu2L/RaCbHwDqoVO4vPKzzparRe7pq+cpWTDFDFX3ZTaneVqG7zI="
      }
    }
  ]
}`;

test('a file of format 1 opens', async () => {
  const dir = temporaryFolder('vault');
  writeFileSync(join(dir, 'vault.json'), WRITTEN);
  const vault = await openVault({ dir, kek: rawKeyEncryptionKey(Buffer.alloc(32, 7)), configured: [] });
  assert.deepEqual(
    { ...vault.credentialNow('prod') },
    { apiKey: 'canary-api-key-0123456789', appKey: 'canary-app-key-0123456789' },
  );
});
