// The route by which a session is fetched to be replayed.
import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Records } from './records.ts';
import { type Route, route } from './route.ts';

export const recordingRoute = (records: Records): Route =>
  route({
    url: '/api/v1/sessions/:id/recording',
    summary:
      'What a session is replayed from: proofs of its calls, and of earlier ones that show what was there before.',
    tag: 'record',
    access: 'auditor',
    params: z.object({ id: z.string().min(1).max(256) }),
    query: z.object({
      against: z
        .string()
        .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected `sandbox`, or the name of a connection')
        .default('sandbox')
        .describe('What it is to be replayed against; it is recorded with the export.'),
    }),
    answer: {
      media: 'application/vnd.dogwatch.proof',
      means: 'Proof files (docs/journal-format.md) one after another: earlier calls, then those of the session.',
    },
    async handle({ caller, params, query, reply }) {
      const lines = await records.recording(caller, params.id, query.against);
      reply.type('application/vnd.dogwatch.proof');
      await reply.send(Readable.from(lines, { objectMode: false }));
      return undefined;
    },
  });
