// Who was seen, and how much each did: the list of agents and people.
import { z } from 'zod';
import { DogwatchError } from '../exchange/error.ts';
import type { SearchIndex } from '../index/search-index.ts';
import type { Audit } from './audit.ts';
import { type Route, route } from './route.ts';
import { identitiesResult } from './schemas-identity.ts';
import { settled } from './settled.ts';

const DAY = 86_400_000;

/** The route of the list. Audited as a view of the record. */
export function identitiesSeenRoutes(parts: {
  readonly index: SearchIndex;
  readonly audit: Audit;
  /** Durable leaves of the journal. */
  readonly size: () => number;
}): Route[] {
  const { index, audit, size } = parts;
  return [
    route({
      url: '/api/v1/identities',
      summary: 'Agents and people that were seen, and how much each did; latest first.',
      tag: 'identity',
      access: 'auditor',
      query: z.object({
        from: z.coerce
          .number()
          .int()
          .min(0)
          .max(8.64e15)
          .optional()
          .describe('Milliseconds since the epoch; counts begin with the whole hour before. 7 days ago when absent.'),
        identity: z
          .string()
          .min(3)
          .max(4096)
          .optional()
          .describe('Only this one, `issuer#subject`, whenever it was seen.'),
        limit: z.coerce.number().int().min(1).max(1000).optional().describe('500 when absent.'),
      }),
      answer: { json: identitiesResult },
      async handle({ caller, query: { from = Date.now() - 7 * DAY, identity: only, limit } }) {
        const one = only === undefined ? undefined : identityOf(only);
        await settled(index, size());
        await audit(
          caller,
          'audit.view',
          only === undefined ? 'listed identities' : `viewed what the identity ${only} did`,
          only === undefined ? {} : { identity: only },
        );
        // What is older than a year is not counted: no question of today needs it, and it would take long.
        const since = Math.max(from, Date.now() - 366 * DAY);
        return index.identities({ from: since, ...(one && { identity: one }), ...(limit !== undefined && { limit }) });
      },
    }),
  ];
}

/** @throws DogwatchError `bad_parameter` */
function identityOf(text: string): { issuer: string; subject: string } {
  const at = text.indexOf('#');
  if (at > 0 && at < text.length - 1) return { issuer: text.slice(0, at), subject: text.slice(at + 1) };
  throw new DogwatchError('bad_parameter', 'an identity is written issuer#subject', {
    remedy: '`dogwatch show` has both of any exchange',
  });
}
