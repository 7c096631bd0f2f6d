// A real organisation as the target of a replay. It knows one origin and one credential, and has no way to any other.
import { imageIn, readOf } from '../datadog/before.ts';
import { readerOf } from '../datadog/before-plan.ts';
import { operationByKey } from '../datadog/catalogue.ts';
import { createdResources } from '../datadog/classify.ts';
import { DogwatchError, UsageError } from '../exchange/error.ts';
import type { Image, ReplayTarget, TargetAnswer, TargetRequest } from './target.ts';

/** What is needed of a connection to replay against it. */
export interface ReplayConnection {
  readonly name: string;
  /** Its configuration says `sandbox: true`. */
  readonly sandbox: boolean;
  /** Where its API host is reached, `https://api.datadoghq.com`. */
  readonly origin: string;
  /** Headers with its credential. */
  readonly credential: Readonly<Record<string, string>>;
}

/** A connection that was recorded: not to be reached by any name. */
export interface OriginalConnection {
  readonly name: string;
  /** Its secrets, where they are known. */
  readonly secrets: readonly string[];
}

const PATIENCE = 30_000;
const MOST_BYTES = 32 << 20;

/**
 * The target that a connection is, when it may be one: marked as a sandbox, and neither a connection that was recorded nor one
 * that holds a credential of such a one under another name.
 * @throws UsageError `not_a_sandbox`
 */
export function connectionTarget(connection: ReplayConnection, originals: readonly OriginalConnection[]): ReplayTarget {
  const refused = (why: string): UsageError =>
    new UsageError('not_a_sandbox', `nothing is replayed against connection ${connection.name}: ${why}`, {
      remedy: 'name a connection of an organisation that is there to be changed, and mark it `sandbox: true`',
    });
  if (!connection.sandbox) throw refused('its configuration does not say `sandbox: true`');
  const secrets = Object.values(connection.credential).map((value) => value.replace(/^Bearer /, ''));
  for (const original of originals) {
    if (original.name === connection.name) throw refused('the session was recorded on it');
    if (original.secrets.some((secret) => secrets.includes(secret)))
      throw refused(`it holds a credential of ${original.name}, on which the session was recorded`);
  }
  const { origin, credential, name } = connection;
  const ask = async (
    method: string,
    target: string,
    body?: Uint8Array,
    contentType?: string,
  ): Promise<TargetAnswer> => {
    const url = new URL(target, origin);
    if (url.origin !== new URL(origin).origin) throw refused(`${target.slice(0, 80)} leads away from it`);
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        method,
        redirect: 'manual',
        signal: AbortSignal.timeout(PATIENCE),
        headers: {
          ...credential,
          accept: 'application/json',
          ...(body && { 'content-type': contentType ?? 'application/json' }),
        },
        ...(body && { body: Buffer.from(body) }),
      });
      text = await bounded(response);
    } catch (cause) {
      const code = (cause as { cause?: { code?: string } }).cause?.code ?? (cause as Error).name;
      // The cause is left out: it could hold the request's headers.
      throw new DogwatchError('upstream_unreachable', `connection ${name}: ${url.origin} cannot be asked (${code})`, {
        remedy: 'what was replayed so far has happened there; look before trying again',
      });
    }
    return { status: response.status, ...parsed(text) };
  };
  return {
    name,
    send: ({ method, target, body, contentType }) => ask(method, target, body, contentType),
    async look(request, answer) {
      const images = new Map<string, Image>();
      for (const { kind, id, target, pick } of reads(request, answer)) {
        const shown = await ask('GET', target);
        const image = shown.status === 200 ? imageIn(shown.body, pick) : undefined;
        if (image !== undefined) images.set(`${kind}\n${id}`, { kind, id, text: JSON.stringify(image) });
      }
      return images;
    },
  };
}

/** How to see what a request changes, and, when it was answered, what it made. */
function reads({ operation, target, body }: TargetRequest, answer: TargetAnswer | undefined) {
  const known = readOf(operation, target, body);
  const found = 'none' in known ? [] : [...known];
  const reader = operationByKey(operation) && readerOf(operationByKey(operation)!);
  if (answer === undefined || reader === undefined || !/\{\w+\}$/.test(reader.path)) return found;
  const made = createdResources(operation, answer.status, Buffer.from(JSON.stringify(answer.body ?? null)));
  for (const { kind, id } of made) {
    const path = reader.path.replace(/\{\w+\}$/, encodeURIComponent(id));
    if (!path.includes('{')) found.push({ kind, id, operation: reader.key, method: 'GET', target: path });
  }
  return found;
}

async function bounded(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > MOST_BYTES) throw new Error('the answer is too long');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function parsed(text: string): { body?: unknown } {
  if (text === '') return {};
  try {
    return { body: JSON.parse(text) };
  } catch {
    return {};
  }
}
