// The API's OpenAPI 3.1 document, made of the same routes and schemas that the server is made of.
import { z } from 'zod';
import { CODES } from '../exchange/codes.ts';
import type { Route } from './route.ts';
import { components, failure } from './schemas.ts';

type Json = Readonly<Record<string, unknown>>;

/** The document. `info.version` is the version of the API, which is part of its paths. */
export function openApiDocument(routes: readonly Route[]): Json {
  const schemas = z.toJSONSchema(components, { io: 'output', uri: (id) => `#/components/schemas/${id}` }).schemas;
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const url = route.url.replace(/:(\w+)/g, '{$1}').replace('*', '{path}');
    const method = route.method === 'POST' ? 'post' : 'get';
    const id = idOf(url) + (paths[url] === undefined ? '' : method === 'post' ? 'Post' : 'Get');
    paths[url] = { ...paths[url], [method]: operation(route, id) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Dogwatch API',
      version: '1',
      description:
        'Reads the record of what agents did. Every search, view, tail and export becomes an entry of the journal itself.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    tags: [
      { name: 'sign-in', description: 'How people sign in and out.' },
      { name: 'record', description: 'Search and read exchanges and sessions.' },
      { name: 'operation', description: 'How Dogwatch does.' },
      { name: 'identity', description: 'Service accounts and revocations.' },
      { name: 'response', description: 'Containment, approvals and alerts.' },
      { name: 'log', description: 'The tamper-evident log, for any reader of C2SP tlog-tiles.' },
    ],
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, bare(schema as Json)])),
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description:
            'A token of a configured issuer, or of `dogwatch login`, whose groups have the role that is needed.',
        },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-dogwatch-session',
          description:
            'A browser that signed in at /auth/login. Whatever changes something needs `x-dogwatch-csrf` too. Without TLS the name is dogwatch-session.',
        },
      },
      responses: {
        error: {
          description: 'What was wrong, and what to do about it.',
          content: { 'application/json': { schema: reference(failure) } },
        },
      },
    },
    'x-error-codes': Object.fromEntries(
      Object.entries(CODES).flatMap(([code, info]) => ('status' in info ? [[code, info.means]] : [])),
    ),
  };
}

const idOf = (url: string): string =>
  url
    .replace(/^\/(api\/v1\/)?/, '')
    .replace(/[^A-Za-z]+(.)?/g, (_, letter: string | undefined) => (letter ?? '').toUpperCase());

function operation(route: Route, operationId: string): Json {
  const parameters = [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')];
  return {
    operationId,
    summary: route.summary,
    tags: [route.tag],
    ...(parameters.length > 0 && { parameters }),
    ...(route.body !== undefined && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: bare(z.toJSONSchema(route.body, { io: 'input' }) as Json) } },
      },
    }),
    security: route.access === 'anyone' ? [] : [{ bearer: [] }, { session: [] }],
    ...(route.access !== 'anyone' && { 'x-dogwatch-access': route.access }),
    responses: { 200: answerOf(route), default: { $ref: '#/components/responses/error' } },
  };
}

function answerOf({ answer }: Route): Json {
  if ('json' in answer)
    return { description: 'The answer.', content: { 'application/json': { schema: reference(answer.json) } } };
  return { description: answer.means, content: { [answer.media]: {} } };
}

function reference(schema: z.ZodType): Json {
  const id = components.get(schema)?.id;
  return id === undefined ? bare(z.toJSONSchema(schema) as Json) : { $ref: `#/components/schemas/${id}` };
}

function parametersOf(schema: z.ZodObject | undefined, where: 'path' | 'query'): Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' }) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name: name === '*' ? 'path' : name,
    in: where,
    required: where === 'path' || required.includes(name),
    ...(description !== undefined && { description }),
    schema: rest,
  }));
}

/** Without the keywords that say what OpenAPI says elsewhere. */
function bare({ $schema: _dialect, $id: _id, ...rest }: Json): Json {
  return rest;
}
