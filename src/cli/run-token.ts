// The token of one run: minted at the gateway, prolonged while the run lasts, given back at its end.
import { z } from 'zod';
import { CODES, type Code } from '../exchange/codes.ts';
import { DogwatchError } from '../exchange/error.ts';
import { SEVERITIES } from '../exchange/finding.ts';
import { ACCESS_TOKEN, GRANT_EXCHANGE } from '../identity/token-request.ts';
import { isTokenText } from '../identity/token-text.ts';

const TIMEOUT = 10_000;
const MAX_ANSWER = 64 * 1024;
/** After a failed attempt to prolong it. */
const RETRY = 5_000;

const minted = z.object({
  access_token: z.string().regex(/^dw_[A-Za-z0-9_-]{43}$/),
  expires_in: z.number().positive(),
  lease: z.string(),
  token_id: z.string(),
  site: z.string().optional(),
});
const prolonged = z.object({ expires_in: z.number() });
const ended = z.object({
  run: z
    .object({
      session: z.string(),
      calls: z.int(),
      changes: z.int(),
      refusals: z.int(),
      errors: z.int(),
      // A gateway older than this command tells none.
      findings: z.partialRecord(z.enum(SEVERITIES), z.int()).default({}),
      url: z.string(),
    })
    .optional(),
});
const refusal = z.object({ error: z.string(), error_description: z.string().optional() });

export type RunReport = NonNullable<z.output<typeof ended>['run']>;

export interface RunToken {
  readonly token: string;
  /** Domain under which the gateway answers for Datadog's hosts, if it does. */
  readonly site: string | undefined;
  /** Ends it. @returns what the run did, as far as the gateway can tell */
  end(): Promise<RunReport | undefined>;
}

export interface RunTokenOptions {
  readonly gateway: string;
  readonly subject: string;
  readonly session: string;
  readonly agent: string;
  readonly connection: string | undefined;
  readonly readOnly: boolean;
  /** Told once when it cannot be prolonged any more. */
  readonly onLost: (why: string) => void;
}

/** @throws DogwatchError with the gateway's code, or `not_found` when no gateway answers */
export async function startRunToken(options: RunTokenOptions): Promise<RunToken> {
  const { gateway, subject, session, agent, connection, readOnly, onLost } = options;
  const mint = minted.parse(
    await post(gateway, '/oauth2/token', {
      grant_type: GRANT_EXCHANGE,
      subject_token: subject,
      subject_token_type: isTokenText(subject) ? ACCESS_TOKEN : 'urn:ietf:params:oauth:token-type:jwt',
      renewable: 'true',
      session,
      agent,
      ...(connection !== undefined && { audience: connection }),
      ...(readOnly && { scope: 'read' }),
    }),
  );
  const { lease } = mint;
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  const later = (seconds: number): void => {
    timer = setTimeout(prolong, seconds * 1000);
  };
  async function prolong(): Promise<void> {
    try {
      const { expires_in } = prolonged.parse(await post(gateway, '/oauth2/run', { lease }));
      if (!over) later(Math.max(1, expires_in / 4));
    } catch (error) {
      if (over) return;
      if (error instanceof DogwatchError && error.code.startsWith('token_')) onLost(error.message);
      else later(RETRY / 1000);
    }
  }
  later(mint.expires_in / 4);
  return {
    token: mint.access_token,
    site: mint.site,
    async end() {
      over = true;
      clearTimeout(timer);
      const finish = async () => ended.parse(await post(gateway, '/oauth2/run', { lease, end: 'true' })).run;
      try {
        return await finish();
      } catch {
        return await finish();
      }
    },
  };
}

async function post(gateway: string, path: string, form: Record<string, string>): Promise<unknown> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(new URL(path, gateway), {
      method: 'POST',
      body: new URLSearchParams(form),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT),
    });
    text = await response.text();
  } catch (cause) {
    throw new DogwatchError('not_found', `no gateway answers at ${new URL(gateway).origin}`, {
      cause,
      remedy: 'check that it runs, and --gateway or $DOGWATCH_GATEWAY',
    });
  }
  let body: unknown;
  try {
    body = text.length > MAX_ANSWER ? undefined : JSON.parse(text);
  } catch {
    body = undefined;
  }
  if (response.ok && body !== undefined) return body;
  const said = refusal.safeParse(body);
  const code = response.headers.get('x-dogwatch-error') ?? '';
  if (!said.success || !Object.hasOwn(CODES, code)) {
    throw new DogwatchError('not_found', `what answers at ${new URL(gateway).origin} is no Dogwatch gateway`, {
      remedy: 'check --gateway or $DOGWATCH_GATEWAY',
    });
  }
  const { error, error_description: why = error } = said.data;
  throw new DogwatchError(code as Code, `the gateway gives no token: ${why}`);
}
