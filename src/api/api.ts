// The HTTP API behind console and command: its own listener, bearer tokens, default deny, every reading of the record audited.
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { z } from 'zod';
import { formatAddress, isLoopback } from '../config/units.ts';
import { CODES } from '../exchange/codes.ts';
import type { Entry } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import { dataPaths } from '../journal/durable.ts';
import type { ProofSource } from '../journal/prove.ts';
import { actRoutes } from './act-routes.ts';
import { createAlertDesk } from './alert-desk.ts';
import { alertRoutes } from './alert-routes.ts';
import { auditInto } from './audit.ts';
import { authRoutes } from './auth-routes.ts';
import { createAuthenticate } from './authenticate.ts';
import { serveConsole } from './console-files.ts';
import { createContaining } from './containing.ts';
import { containmentRoutes } from './containment-routes.ts';
import type { ApiOptions } from './context.ts';
import { exploreRoutes } from './explore-routes.ts';
import { createExplorer } from './explorer.ts';
import { Feed } from './feed.ts';
import { identitiesSeenRoutes } from './identities-seen.ts';
import { createIdentityAdmin } from './identity-admin.ts';
import { identityRoutes } from './identity-routes.ts';
import { createInquiries } from './inquiries.ts';
import { inquiryRoutes } from './inquiry-routes.ts';
import { journalRoutes } from './journal-routes.ts';
import { createKeeping } from './keeping.ts';
import { keepingRoutes } from './keeping-routes.ts';
import { localRoutes } from './local-routes.ts';
import { createLocalSignIn, type LocalSignIn } from './local-sign-in.ts';
import { logRoutes } from './log-routes.ts';
import { createMetrics } from './metrics.ts';
import { openApiDocument } from './openapi.ts';
import { createPeople, type People } from './people.ts';
import { recordRoutes } from './record-routes.ts';
import { createRecords } from './records.ts';
import { type Route, route } from './route.ts';
import { statusRoutes } from './status-routes.ts';
import { watchRoutes } from './watch-routes.ts';

/** Requests worked on at once, tails not counted. */
const MAX_IN_FLIGHT = 64;
const MAX_CONNECTIONS = 256;

export interface Api {
  /** Where it listens: `http://127.0.0.1:8090`. */
  readonly url: string;
  /** Ends the tails, lets requests in flight end, and closes. */
  close(): Promise<void>;
}

/**
 * Starts the API.
 * @throws DogwatchError `port_in_use`
 */
export async function createApi(options: ApiOptions): Promise<Api> {
  const { server, stop } = buildApi(options);
  const { listen } = options.config.api;
  try {
    await server.listen({ host: listen.host, port: listen.port });
  } catch (cause) {
    await stop();
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new DogwatchError('port_in_use', `the API cannot listen on ${formatAddress(listen)}: the port is taken`, {
      cause,
      remedy: 'stop what listens there, or set api.listen to another port',
    });
  }
  const address = server.server.address();
  const port = typeof address === 'object' && address ? address.port : listen.port;
  return { url: `${options.tls ? 'https' : 'http'}://${formatAddress({ host: listen.host, port })}`, close: stop };
}

/** Every route, for the server and for the document. */
export function apiRoutes(
  options: ApiOptions,
  stopping: AbortSignal,
  people?: People,
  local?: LocalSignIn,
): { routes: Route[]; feed: Feed; metrics: ReturnType<typeof createMetrics> } {
  const { config, index, journal, reader, version } = options;
  const { tlog } = dataPaths(config.data);
  const append = (entry: Entry): Promise<number> => journal.append(entry);
  const audit = auditInto(append);
  const feed = new Feed(journal);
  const metrics = createMetrics(options, () => feed.followers);
  const openMetrics = config.api.openMetrics ?? isLoopback(config.api.listen.host);
  const proofs: ProofSource = { tlog, record: (leaf) => reader.record(leaf), checkpoint: () => journal.checkpoint() };
  const explorer = createExplorer({ index, reader, audit, proofs, version, size: () => journal.size });
  const { queries } = explorer;
  const size = () => journal.size;
  const inquiries = createInquiries({ index, reader, audit, size });
  const records = createRecords({ reader, index, audit, version, size, proofs, queries });
  const routes: Route[] = [
    ...inquiryRoutes(inquiries),
    ...recordRoutes({
      records,
      index,
      feed,
      audit,
      queries,
      stopping,
    }),
    ...actRoutes({
      records,
      inquiries,
      gatewayUrl: options.gatewayUrl,
      ...(options.replay && { replay: options.replay }),
      stopping,
    }),
    ...journalRoutes({
      name: config.name,
      tlog,
      journal,
      rules: config.retention?.rules ?? [],
      retention: options.retention ?? (() => NO_RETENTION),
      ...(options.verifyJournal && { verify: options.verifyJournal }),
      index,
      audit,
    }),
    ...exploreRoutes(explorer),
    ...watchRoutes({ journal, index, reader, audit, size, watch: options.watch, stopping }),
    ...keepingRoutes(options.keeping ?? createKeeping({ dir: config.data, journal, reader, index, memories: [] })),
    ...statusRoutes(options, audit, metrics, () => feed.followers, openMetrics ? 'anyone' : 'auditor'),
    ...authRoutes(options, people, local),
    ...localRoutes(local),
    ...identityRoutes(createIdentityAdmin(options.identities, audit)),
    ...identitiesSeenRoutes({ index, audit, size }),
    ...containmentRoutes(options.containing ?? createContaining({ store: options.identities, append, audit })),
    ...alertRoutes(createAlertDesk(options.alerts, audit)),
    ...logRoutes(tlog, config.api.openLog ? 'anyone' : 'auditor'),
  ];
  let document: { openapi: string } | undefined;
  routes.push(
    route({
      url: '/api/v1/openapi.json',
      summary: 'This document.',
      tag: 'operation',
      access: 'anyone',
      answer: { json: z.looseObject({ openapi: z.string() }) },
      handle: async () => {
        // Made when somebody asks: it would be a tenth of every start.
        document ??= openApiDocument(routes) as { openapi: string };
        return document;
      },
    }),
  );
  return { routes, feed, metrics };
}

const NO_RETENTION = { runs: 0, records: 0, bytes: 0, held: 0 };

const noSchema = (): never => {
  throw new Error('a route with a JSON Schema: state it in its zod schemas');
};

/** The server, not yet listening. */
export function buildApi(options: ApiOptions): { server: FastifyInstance; stop: () => Promise<void> } {
  const { log } = options;
  const stopping = new AbortController();
  const people = options.signIn && createPeople(options, options.signIn);
  const local = createLocalSignIn(options);
  const { routes, feed, metrics } = apiRoutes(options, stopping.signal, people, local);
  const authenticate = createAuthenticate(options, people, local);
  let inFlight = 0;

  const { tls } = options;
  const base = {
    loggerInstance: log,
    // Fastify's own lines hold URLs with their queries.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 16 << 10,
    // One path segment; the query line of a search is what is long.
    routerOptions: { maxParamLength: 256 },
    requestTimeout: 30_000,
    keepAliveTimeout: 60_000,
    http: { maxHeaderSize: 64 << 10, headersTimeout: 15_000 },
    // Routes have their own schemas (route.ts); Fastify's compilers for JSON Schema need not even be loaded.
    schemaController: { compilersFactory: { buildValidator: noSchema, buildSerializer: noSchema } },
    forceCloseConnections: 'idle' as const,
    return503OnClosing: true,
  };
  const server = (tls
    ? Fastify({
        ...base,
        https: { ...base.http, ...tls, minVersion: 'TLSv1.2' },
      })
    : Fastify(base)) as unknown as FastifyInstance;
  server.server.maxConnections = MAX_CONNECTIONS;

  server.addHook('onRequest', async (_request, reply) => {
    reply.headers({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      ...(tls && { 'strict-transport-security': 'max-age=31536000' }),
    });
  });
  server.addHook('onResponse', async (request, reply) => {
    const pattern = request.routeOptions.url ?? '(none)';
    metrics.countRequest(pattern, reply.statusCode);
    log.debug({ route: pattern, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'API request');
  });
  server.setErrorHandler((error: FastifyError, request, reply) => answerError(error, request, reply, options));
  server.setNotFoundHandler((_request, reply) =>
    sendError(
      reply,
      new DogwatchError('not_found', 'the API has no such path', { remedy: '/api/v1/openapi.json lists them' }),
    ),
  );

  // The SAML response comes as a form. Its route reads it.
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string) => body,
  );
  for (const each of routes) {
    // Made once: zod compiles a schema when it first reads with it.
    const [params, query, body] = [each.params?.strict(), each.query?.strict(), each.body?.strict()];
    server.route({
      ...(each.bodyLimit !== undefined && { bodyLimit: each.bodyLimit }),
      method: each.method ?? 'GET',
      url: each.url,
      handler: async (request, reply) => {
        const caller = each.access === 'anyone' ? ANYONE : await authenticate(request, each.access);
        const input = {
          caller,
          params: parsed(params, request.params),
          query: parsed(query, request.query),
          body: parsed(body, request.body),
          request,
          reply,
        };
        if (each.streams) return (await each.handle(input)) ?? reply;
        if (inFlight >= MAX_IN_FLIGHT)
          throw new DogwatchError('overloaded', 'too many requests at once', { remedy: 'try again shortly' });
        inFlight += 1;
        try {
          const answer = await each.handle(input);
          return answer === undefined ? reply : answer;
        } finally {
          inFlight -= 1;
        }
      },
    });
  }
  serveConsole(server);
  return {
    server,
    async stop() {
      stopping.abort();
      people?.close();
      local.close();
      feed.close();
      await server.close();
    },
  };
}

/** The caller of routes that need none; no such route reads the record. */
const ANYONE = {
  identity: { issuer: '', subject: '', kind: 'person', name: '', groups: [], onBehalfOf: [], claims: {} },
} as const;

/** What a strict schema takes from a value. @throws DogwatchError `bad_parameter` */
function parsed(schema: z.ZodObject | undefined, value: unknown): Record<string, unknown> {
  if (!schema) return {};
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : String(issue?.path[0] ?? 'parameter');
  throw new DogwatchError('bad_parameter', `${name}: ${issue?.message ?? 'is wrong'}`, {
    remedy: '/api/v1/openapi.json tells what each parameter may be',
  });
}

function answerError(
  error: FastifyError | DogwatchError,
  request: FastifyRequest,
  reply: FastifyReply,
  { log }: ApiOptions,
): FastifyReply {
  if (error instanceof DogwatchError) return sendError(reply, error);
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) return sendError(reply, new DogwatchError('bad_request', error.message), status);
  log.error(
    { err: { name: error.name, message: error.message, stack: error.stack }, route: request.routeOptions.url },
    'the API failed',
  );
  return sendError(reply, new DogwatchError('internal', 'a defect in Dogwatch; its log has the details'));
}

function sendError(reply: FastifyReply, error: DogwatchError, status?: number): FastifyReply {
  const info = CODES[error.code];
  const code = status ?? ('status' in info ? info.status : 500);
  if (code === 401) reply.header('www-authenticate', 'Bearer realm="dogwatch"');
  reply.removeHeader('content-disposition').removeHeader('content-length');
  return reply
    .code(code)
    .type('application/json; charset=utf-8')
    .send({
      error: { code: error.code, message: error.message, ...(error.remedy !== undefined && { remedy: error.remedy }) },
    });
}
