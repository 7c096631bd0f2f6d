// What a handler is given and gives back, and the answers that Datadog has for what cannot be done.
import type { Operation } from '../datadog/catalogue.ts';
import type { Json, JsonObject } from './json.ts';
import type { World } from './world.ts';

/** One request to the sandbox, resolved. */
export interface Call {
  readonly operation: Operation;
  /** Percent-decoded path parameters. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Parsed JSON; undefined when there was no body or it is no JSON. */
  readonly body: Json | undefined;
  readonly raw: Buffer;
  readonly contentType: string;
  readonly world: World;
}

export interface Answer {
  readonly status: number;
  /** JSON, or text that is sent as it is with `type`; none for an empty body. */
  readonly body?: Json;
  /** Content type of a body that is text or bytes. */
  readonly type?: string;
  /** A body that is a file, in the place of `body`. */
  readonly bytes?: Buffer;
}

export type Handler = (call: Call) => Answer;

/** How a family words its errors: `["text"]` as most of v1, or JSON:API error objects as most of v2. */
export type ErrorStyle = 'text' | 'jsonapi';

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  412: 'Precondition Failed',
  422: 'Unprocessable Entity',
  429: 'Too Many Requests',
};

/** The style that an operation's own error models say. */
export function errorStyle(operation: Operation): ErrorStyle {
  const models = Object.entries(operation.responses)
    .filter(([status]) => status.startsWith('4') && status !== '429')
    .map(([, model]) => model);
  return models.some((model) => /json_?api/i.test(model)) ? 'jsonapi' : 'text';
}

/** An error in the operation's style. A text error reads `detail`; a JSON:API one has status, title and detail. */
export function failure(call: Pick<Call, 'operation'>, status: number, detail?: string, title?: string): Answer {
  const heading = title ?? TITLES[status] ?? 'Error';
  if (errorStyle(call.operation) === 'text') return textFailure(status, detail ?? heading);
  const error: JsonObject = { status: String(status), title: heading };
  if (detail !== undefined) error.detail = detail;
  return { status, body: { errors: [error] } };
}

export const textFailure = (status: number, ...messages: string[]): Answer => ({ status, body: { errors: messages } });

/** A JSON:API error with status, title and detail. */
export const jsonApiFailure = (status: number, detail: string): Answer => ({
  status,
  body: { errors: [{ status: String(status), title: TITLES[status] ?? 'Error', detail }] },
});

/** A JSON:API error with just the fields given, in their order. */
export const errorFailure = (status: number, error: JsonObject): Answer => ({ status, body: { errors: [error] } });

export const ok = (body: Json): Answer => ({ status: 200, body });
export const created = (body: Json): Answer => ({ status: 201, body });
export const noContent: Answer = { status: 204 };

/** The status that the catalogue has for success, the first of them. */
export function successOf(operation: Operation): number {
  let status = successes.get(operation);
  if (status === undefined) {
    status = Number(Object.keys(operation.responses).find((each) => each.startsWith('2')) ?? 200);
    successes.set(operation, status);
  }
  return status;
}
const successes = new WeakMap<Operation, number>();

/** The model of the operation's successful answer, empty for none. */
export const successModel = (operation: Operation): string => operation.responses[String(successOf(operation))] ?? '';
