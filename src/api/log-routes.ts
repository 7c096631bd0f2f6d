// The transparency log, read-only (C2SP tlog-tiles): checkpoint, tiles, entry bundles. Leaves are salted commitments and tell nothing.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DogwatchError } from '../exchange/error.ts';
import { type Access, type Route, route } from './route.ts';

// `<N>` is written in groups of three digits, all but the last with an x: 1234067 is x001/x234/067.
const NUMBER = '(?:x\\d{3}/){0,6}\\d{3}';
const FULL = new RegExp(`^tile/(?:\\d|[1-5]\\d|6[0-3]|entries)/${NUMBER}$`);
const PARTIAL = new RegExp(
  `^tile/(?:\\d|[1-5]\\d|6[0-3]|entries)/${NUMBER}\\.p/(?:[1-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-5])$`,
);

/** Content type and cache rule of a path of the log, or undefined when it is none. */
export function logFile(path: string): { type: string; cache: string } | undefined {
  if (path === 'checkpoint') return { type: 'text/plain; charset=utf-8', cache: 'no-cache' };
  // The newest checkpoint that witnesses cosigned; not of tlog-tiles, whose checkpoint is newer than any cosignature.
  if (path === 'cosigned') return { type: 'text/plain; charset=utf-8', cache: 'no-cache' };
  if (path === 'vkey') return { type: 'text/plain; charset=utf-8', cache: 'no-cache' };
  // Neither kind of tile ever changes; a partial one may go once the full one is there.
  if (FULL.test(path)) return { type: 'application/octet-stream', cache: 'public, max-age=31536000, immutable' };
  if (PARTIAL.test(path)) return { type: 'application/octet-stream', cache: 'public, max-age=3600, immutable' };
  return undefined;
}

/** @param dir the tlog folder */
export function logRoutes(dir: string, access: Access): Route[] {
  return [
    route({
      url: '/tlog/*',
      summary:
        'The tamper-evident log: `checkpoint`, `cosigned`, `vkey`, `tile/<L>/<N>[.p/<W>]`, `tile/entries/<N>[.p/<W>]`.',
      tag: 'log',
      access,
      params: z.object({ '*': z.string().max(200) }),
      answer: { media: 'application/octet-stream', means: 'The file, byte for byte as C2SP tlog-tiles says.' },
      async handle({ params, reply }) {
        const path = params['*'];
        const kind = logFile(path);
        const missing = () =>
          new DogwatchError('not_found', 'the log has no such file', { remedy: 'begin with /tlog/checkpoint' });
        if (!kind) throw missing();
        const file = await open(join(dir, ...path.split('/')), 'r').catch(() => {
          throw missing();
        });
        try {
          const { size } = await file.stat();
          reply.header('content-type', kind.type).header('cache-control', kind.cache).header('content-length', size);
        } catch (error) {
          await file.close();
          throw error;
        }
        await reply.send(createReadStream('', { fd: file }));
        return undefined;
      },
    }),
  ];
}
