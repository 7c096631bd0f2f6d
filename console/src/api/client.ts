// Asks the API of this origin: the session's cookie goes along by itself, the CSRF token with whatever changes something, and failures are typed.
import type { z } from 'zod';
import type { failure } from '../../../src/api/schemas.ts';
import { takeEarly } from './early.ts';

type Failure = z.output<typeof failure>['error'];

/** What the API refused, or that it did not answer (`unreachable`). `status` is 0 then. */
export class ApiError extends Error {
  readonly status: number;
  /** Dogwatch's own code (docs/errors.md). */
  readonly code: string;
  /** What to do about it. */
  readonly remedy: string | undefined;

  constructor(status: number, { code, message, remedy }: Failure) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.remedy = remedy;
  }
}

export type Params = Readonly<Record<string, string | number | boolean | undefined>>;

let csrf: string | undefined;
let onSignedOut: () => void = () => undefined;

/** Told by the session: what changes must carry. */
export function setCsrf(token: string | undefined): void {
  csrf = token;
}
/** Called when an answer says that nobody is signed in any more. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}

/** A path with its query; undefined and empty parameters are left out. */
export function urlOf(path: string, params: Params = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params))
    if (value !== undefined && value !== '') query.set(name, String(value));
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** @throws ApiError, or the signal's reason when it was aborted */
export async function getJson<T>(path: string, params?: Params, signal?: AbortSignal): Promise<T> {
  return (await (await send(urlOf(path, params), { signal: signal ?? null })).json()) as T;
}

/** @throws ApiError */
export async function getText(path: string, params?: Params, signal?: AbortSignal): Promise<string> {
  return (await send(urlOf(path, params), { signal: signal ?? null })).text();
}

/** @throws ApiError */
export async function getBytes(path: string, params?: Params, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await send(urlOf(path, params), { signal: signal ?? null })).arrayBuffer());
}

/** Changes something. @throws ApiError */
export async function postJson<T>(path: string, body: object = {}, signal?: AbortSignal): Promise<T> {
  const headers = { 'content-type': 'application/json', ...(csrf !== undefined && { 'x-dogwatch-csrf': csrf }) };
  return (await (
    await send(path, { method: 'POST', headers, body: JSON.stringify(body), signal: signal ?? null })
  ).json()) as T;
}

/** The response, when it is a good one. For streams; else use the others. @throws ApiError */
export async function send(url: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    const early = init.method === undefined ? takeEarly(url) : undefined;
    response = await (early ?? fetch(url, { credentials: 'same-origin', redirect: 'error', ...init }));
    init.signal?.throwIfAborted();
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(0, {
      code: 'unreachable',
      message: 'the gateway does not answer',
      remedy: 'check that it runs, and that this machine reaches it',
    });
  }
  if (response.ok) return response;
  const { error } = (await response.json().catch(() => ({}))) as { error?: Failure };
  if (response.status === 401 && !url.startsWith('/auth/')) onSignedOut();
  throw new ApiError(
    response.status,
    error ?? { code: 'internal', message: `the API answered ${response.status} without saying why` },
  );
}
