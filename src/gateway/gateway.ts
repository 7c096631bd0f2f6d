// The gateway's listener: node:http, strictly parsed, bounded in every way, drained gracefully.
import { createServer as createPlainServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { formatAddress } from '../config/units.ts';
import type { Code } from '../exchange/codes.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { Verdict } from '../exchange/exchange.ts';
import type { Fingerprint } from '../exchange/keys.ts';
import type { Revocations } from '../identity/revocations.ts';
import type { TokenEndpoint } from '../identity/token-endpoint.ts';
import type { Verifier } from '../identity/verifier.ts';
import type { Journal } from '../journal/journal.ts';
import type { PolicyInput } from '../policy/input.ts';
import type { Vault } from '../vault/vault.ts';
import { Images } from './before-image.ts';
import type { GatewayContext } from './context.ts';
import { type ExchangeTools, runExchange } from './exchange.ts';
import { HeldBudget } from './held-budget.ts';
import { RefusedTokens } from './identify.ts';
import { createIdentityEndpoints, type IdentityEndpoints, resourceMetadataUrl } from './identity-endpoints.ts';
import { McpClients } from './mcp-clients.ts';
import type { KnownLimit } from './rate-share.ts';
import { Recorder } from './recorder.ts';
import { LINGER_MS, refusalBody } from './refusal.ts';
import type { Restraints } from './restrain.ts';
import { type LastSession, Sessions } from './sessions.ts';
import { createStats, type GatewayStats } from './stats.ts';
import { UnrecordedOutcomes } from './unrecorded.ts';
import { Upstreams } from './upstream.ts';

export interface GatewayOptions {
  readonly config: Config['gateway'];
  /** PEM, read from the files that the configuration names. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
  readonly journal: Pick<Journal, 'append'>;
  readonly verifier: Pick<Verifier, 'check' | 'claimed'>;
  readonly revocations?: Pick<Revocations, 'enter'>;
  readonly restraints?: Restraints;
  /** Where credentials are exchanged for tokens; it is told where clients reach the gateway. */
  readonly tokenEndpoint?: (publicUrl: string) => TokenEndpoint;
  readonly judge: (input: PolicyInput) => Verdict;
  readonly vault: Vault;
  readonly fingerprint: Fingerprint;
  readonly log: Logger;
  /** Finds the session that an identity was in before this process started. */
  readonly lastSession?: LastSession;
}

export interface Gateway {
  readonly address: AddressInfo;
  /** Where clients reach it, by the configuration, without a slash at the end. */
  readonly publicUrl: string;
  readonly stats: GatewayStats;
  /** Datadog's rate limits of a connection, as far as they are known. */
  limitsOf(connection: string): readonly KnownLimit[];
  /** Stops accepting, lets what is in flight end within the configured drain time, then closes. */
  close(): Promise<void>;
}

/** Long held bodies take at most this much memory together, in bytes. */
const HELD_BUDGET = 64 * 1024 * 1024;
const KEEP_ALIVE_MS = 75_000;
/** Time that the journal has, when the gateway stops, to take the records of what was cut off. */
const RECORDING_MS = 5_000;

/** Starts listening. @throws DogwatchError port_in_use. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, log } = options;
  const { limits } = config;
  const recorder = new Recorder({
    journal: options.journal,
    fingerprint: options.fingerprint,
    caps: { request: config.record.requestBodyCap, response: config.record.responseBodyCap },
    decompressed: limits.decompressed,
  });
  const stats = createStats();
  const upstreams = new Upstreams({ ...limits, connections: limits.inFlight });
  const { vault, fingerprint } = options;
  const context: GatewayContext = {
    domain: config.domain,
    limits,
    recorder,
    verifier: options.verifier,
    revocations: options.revocations,
    restraints: options.restraints,
    challenge: (code) => challengeOf(code, undefined),
    judge: options.judge,
    vault,
    fingerprint,
    mcpClients: new McpClients(),
    sessions: new Sessions(limits.sessionIdle, options.lastSession),
    upstreams,
    images: new Images({ upstreams, vault, recorder, fingerprint }, config.images),
    heldBudget: new HeldBudget(Math.max(HELD_BUDGET, limits.decompressed)),
    stats,
    log,
    draining: false,
  };
  const tools: ExchangeTools = {
    context,
    refusedTokens: new RefusedTokens(context),
    unrecorded: new UnrecordedOutcomes(recorder, log),
  };
  const server = createServer(options);
  let idle: (() => void) | undefined;

  const open: OpenResponses = new WeakMap();
  const forget = function (this: ServerResponse): void {
    open.get(this.req.socket)?.delete(this);
  };
  const failed = (error: Error): void => log.debug({ err: error }, 'response failed');
  let endpoints: IdentityEndpoints | undefined;
  const handle = (expectsContinue: boolean) => (req: IncomingMessage, res: ServerResponse) => {
    if (endpoints?.takes(req)) {
      if (expectsContinue) res.writeContinue();
      res.on('error', failed);
      void endpoints.answer(req, res);
      return;
    }
    stats.inFlight += 1;
    noteOpen(open, res);
    res.on('close', forget);
    if (context.draining) res.shouldKeepAlive = false;
    res.on('error', failed);
    void runExchange(tools, req, res, expectsContinue, () => {
      stats.inFlight -= 1;
      if (stats.inFlight === 0) idle?.();
    });
  };
  server.on('request', handle(false));
  server.on('checkContinue', handle(true));
  server.on('checkExpectation', handle(false));
  server.on('connect', (_req, socket: Socket) =>
    refuseConnection(
      socket,
      open.get(socket),
      new DogwatchError('bad_target', 'CONNECT is not served here', {
        remedy: 'use the gateway as a server, not as a proxy',
      }),
    ),
  );
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    stats.malformed += 1;
    log.debug({ code: error.code, source: (socket as Socket).remoteAddress }, 'malformed request');
    refuseConnection(socket as Socket, open.get(socket as Socket), malformed(error));
  });
  server.on('connection', (socket) => {
    stats.connections += 1;
    socket.once('close', () => {
      stats.connections -= 1;
    });
  });
  /** Resolves when nothing is in flight, or after so many milliseconds. */
  const quiet = (limit: number): Promise<void> =>
    new Promise((resolve) => {
      if (stats.inFlight === 0) return resolve();
      const timer = setTimeout(resolve, limit);
      idle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const address = await listen(server, config.listen);
  const publicUrl = publicUrlOf(config, address);
  if (options.tokenEndpoint) {
    endpoints = createIdentityEndpoints(options.tokenEndpoint(publicUrl), log);
    const metadata = resourceMetadataUrl(publicUrl);
    context.challenge = (code) => challengeOf(code, metadata);
  }
  // Such as too many open files: a connection is lost, the gateway is not.
  server.on('error', (error: NodeJS.ErrnoException) =>
    log.error({ code: error.code }, 'a connection was not accepted'),
  );
  return {
    address,
    publicUrl,
    stats,
    limitsOf: (connection) => context.images.limitsOf(connection),
    async close() {
      context.draining = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await quiet(limits.drain);
      // Answers that were just written may still be on their way out of the socket.
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), 1_000);
      await closed;
      clearTimeout(timer);
      await context.upstreams.close();
      // What was cut off has yet to be recorded as such.
      await quiet(RECORDING_MS);
      tools.unrecorded.close();
    },
  };
}

/** Where clients reach the gateway: as configured, else under its domain, else at the address it listens on. */
function publicUrlOf({ publicUrl, domain, tls, listen }: Config['gateway'], { port }: AddressInfo): string {
  if (publicUrl !== undefined) return publicUrl;
  if (domain !== undefined && tls !== undefined) return `https://api.${domain}${port === 443 ? '' : `:${port}`}`;
  return `${tls === undefined ? 'http' : 'https'}://${formatAddress({ host: listen.host, port })}`;
}

/** RFC 6750 section 3: no error where no token came; RFC 9728 section 5.1: where to look for what is accepted. */
function challengeOf(code: Code, metadata: string | undefined): string {
  const error = code === 'token_missing' ? '' : ', error="invalid_token"';
  return `Bearer realm="dogwatch"${error}${metadata === undefined ? '' : `, resource_metadata="${metadata}"`}`;
}

function createServer(options: GatewayOptions): Server {
  const { limits } = options.config;
  const http = {
    maxHeaderSize: limits.headers,
    headersTimeout: limits.headersTimeout,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: Math.min(1_000, limits.headersTimeout),
    insecureHTTPParser: false,
    // A missing Host is refused by framing.ts, in our own words.
    requireHostHeader: false,
    noDelay: true,
  };
  const server = options.tls
    ? createTlsServer({ ...http, ...options.tls, minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] })
    : createPlainServer(http);
  server.maxConnections = limits.connections;
  // No byte in either direction for longer than Datadog may take to answer: the agent does not read, and is not waited for.
  server.timeout = limits.upstreamConnectTimeout + limits.upstreamHeadersTimeout + limits.upstreamBodyTimeout;
  server.maxHeadersCount = 0; // Node drops what is over the count without a word; framing.ts refuses it instead.
  return server;
}

function listen(server: Server, { host, port }: Config['gateway']['listen']): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new DogwatchError('port_in_use', `another process listens on ${host}:${port}`, {
              remedy: 'stop it, or configure another address in gateway.listen',
              cause: error,
            })
          : error,
      );
    });
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve(server.address() as AddressInfo);
    });
  });
}

/** What a parse error of node:http means to the sender. */
function malformed(error: NodeJS.ErrnoException): DogwatchError {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return new DogwatchError('headers_too_large', 'the header section is longer than the limit');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new DogwatchError('request_timeout', 'the request did not arrive in time');
    case 'HPE_INVALID_TRANSFER_ENCODING':
    case 'HPE_UNEXPECTED_CONTENT_LENGTH':
    case 'HPE_INVALID_CONTENT_LENGTH':
      return new DogwatchError('ambiguous_framing', 'Content-Length and Transfer-Encoding do not say one thing');
    default:
      return new DogwatchError('bad_request', 'the request is not well-formed HTTP');
  }
}

/** The responses under way on each connection, in the order of their requests. */
type OpenResponses = WeakMap<Socket, Set<ServerResponse>>;

function noteOpen(open: OpenResponses, res: ServerResponse): void {
  const { socket } = res.req;
  const all = open.get(socket);
  if (all === undefined) open.set(socket, new Set([res]));
  else all.add(res);
}

/**
 * Refuses what is no request, and closes. Where whole requests came before it on the connection, their answers come first and are
 * the last: an answer of ours would be taken for that of the first of them.
 */
function refuseConnection(socket: Socket, open: ReadonlySet<ServerResponse> | undefined, error: DogwatchError): void {
  const last = [...(open ?? [])].findLast(({ req }) => req.complete);
  if (!last) {
    answerSocket(socket, error);
    return;
  }
  last.shouldKeepAlive = false;
  last.once('finish', () => socket.destroySoon());
}

/**
 * Answers where there is no request object, and closes. What the client still sends is read for a moment and thrown away: closing
 * with unread bytes would reset the connection, and the answer would be lost.
 */
function answerSocket(socket: Socket, error: DogwatchError): void {
  // The parser complains again about every further byte; the answer is on its way already.
  if (socket.writableEnded && !socket.destroyed) return;
  if (!socket.writable || socket.errored) {
    socket.destroy();
    return;
  }
  const body = refusalBody(error);
  const statusLine =
    { headers_too_large: '431 Request Header Fields Too Large', request_timeout: '408 Request Timeout' }[
      error.code as string
    ] ?? '400 Bad Request';
  socket.end(
    `HTTP/1.1 ${statusLine}\r\nconnection: close\r\ncontent-type: application/json\r\nx-dogwatch-error: ${error.code}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer)).resume();
}
