// How a route of the API is told: what it takes, what it answers, who may call it. The server and the OpenAPI document are both made of this.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Role } from '../identity/roles.ts';
import type { Caller } from './audit.ts';

/** `anyone`: no token; `identified`: any verified identity; else a role. */
export type Access = 'anyone' | 'identified' | Role;

/** What a successful answer is: JSON of a schema, or another media type that the handler sends itself. */
export type Answer = { readonly json: z.ZodType } | { readonly media: string; readonly means: string };

export interface Route {
  /** GET when absent. */
  readonly method?: 'GET' | 'POST';
  /** Fastify's form, `/api/v1/exchanges/:id`. */
  readonly url: string;
  /** One line for the document. */
  readonly summary: string;
  readonly tag: 'record' | 'operation' | 'log' | 'sign-in' | 'identity' | 'response';
  readonly access: Access;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** What is sent as JSON. */
  readonly body?: z.ZodObject;
  /** Bytes that the body may have, when that is not the API's usual. */
  readonly bodyLimit?: number;
  readonly answer: Answer;
  /** The answer lasts as long as its follower: it bounds its number itself, and is no request in flight. */
  readonly streams?: true;
  /** What is returned is sent as JSON; undefined means that the handler has sent the answer. */
  readonly handle: (input: RouteInput) => Promise<unknown>;
}

export interface RouteInput {
  readonly caller: Caller;
  readonly params: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

type Shape<T extends z.ZodObject | undefined> = T extends z.ZodObject ? z.output<T> : Record<string, never>;

/** A route whose handler is typed by its schemas. */
export function route<
  P extends z.ZodObject | undefined = undefined,
  Q extends z.ZodObject | undefined = undefined,
  A extends Answer = Answer,
  B extends z.ZodObject | undefined = undefined,
>(definition: {
  method?: 'GET' | 'POST';
  url: string;
  summary: string;
  tag: Route['tag'];
  access: Access;
  params?: P;
  query?: Q;
  body?: B;
  bodyLimit?: number;
  answer: A;
  streams?: true;
  handle: (input: {
    caller: Caller;
    params: Shape<P>;
    query: Shape<Q>;
    body: Shape<B>;
    request: FastifyRequest;
    reply: FastifyReply;
  }) => Promise<A extends { json: infer S extends z.ZodType } ? z.input<S> : undefined>;
}): Route {
  return definition as unknown as Route;
}
