// The shapes of answers about signing in on the gateway's own machine.
import { z } from 'zod';
import { components } from './schemas.ts';

const named = <T extends z.ZodType>(id: string, schema: T): T => {
  components.add(schema, { id });
  return schema;
};

export const localLink = named(
  'LocalLink',
  z.object({
    code: z.string().describe('Good once: the console is opened at `/sign-in#local=<code>`.'),
    expiresAt: z.number().describe('Milliseconds since the epoch.'),
  }),
);

export const signedIn = named('SignedIn', z.object({ signedIn: z.literal(true) }));
