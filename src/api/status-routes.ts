// Routes about Dogwatch itself: who the caller is, how it does, its metrics.

import { givesRoles } from '../identity/credential.ts';
import type { Grant } from '../identity/grant.ts';
import { ROLES, rolesOf } from '../identity/roles.ts';
import type { Audit } from './audit.ts';
import type { ApiOptions } from './context.ts';
import { LOCAL_ISSUER } from './local-operator.ts';
import type { Metrics } from './metrics.ts';
import { type Access, type Route, route } from './route.ts';
import { health, rebuilt, reloaded, status, whoami } from './schemas.ts';

export function statusRoutes(
  options: ApiOptions,
  audit: Audit,
  metrics: Metrics,
  openTails: () => number,
  metricsAccess: Access,
): Route[] {
  const { config, index, journal, verifier, gatewayStats, run, version } = options;
  return [
    route({
      url: '/api/v1/whoami',
      summary: 'The identity and roles of the token.',
      tag: 'operation',
      access: 'identified',
      answer: { json: whoami },
      async handle({ caller }) {
        const { identity, grant } = caller;
        const own = givesRoles(caller) ? rolesOf(identity, config.roles) : [];
        const roles = identity.issuer === LOCAL_ISSUER ? [...ROLES] : [...own];
        return { identity, roles, ...(grant && { token: shownGrant(grant) }), gateway: options.gatewayUrl };
      },
    }),
    route({
      url: '/api/v1/status',
      summary: 'How the gateway, journal, index and issuers do.',
      tag: 'operation',
      access: 'auditor',
      answer: { json: status },
      async handle() {
        return {
          version,
          name: config.name,
          started: run.started,
          journal: { size: journal.size },
          index: await index.status(),
          gateway: { inFlight: gatewayStats.inFlight, connections: gatewayStats.connections },
          issuers: verifier.status().map((issuer) => ({ ...issuer })),
          connections: options.connections(),
          tails: openTails(),
          witnessing: options.witnessing(),
        };
      },
    }),
    route({
      method: 'POST',
      url: '/api/v1/connections/reload',
      summary: 'Read the connections and their secrets anew.',
      tag: 'operation',
      access: 'operator',
      answer: { json: reloaded },
      async handle({ caller }) {
        const changes = await options.reloadConnections();
        await audit(caller, 'admin.connection', 'had the connections read anew', { changes });
        return { changes };
      },
    }),
    route({
      method: 'POST',
      url: '/api/v1/index/rebuild',
      summary: 'Build the index anew from the journal; answers when it is done. Searches go on meanwhile.',
      tag: 'operation',
      access: 'operator',
      answer: { json: rebuilt },
      async handle({ caller }) {
        await audit(caller, 'admin.index', 'had the index built anew', {});
        return { indexedThrough: await index.rebuild() };
      },
    }),
    route({
      url: '/healthz',
      summary: 'Whether the process lives.',
      tag: 'operation',
      access: 'anyone',
      answer: { json: health },
      handle: async () => ({ status: 'ok' }),
    }),
    route({
      url: '/readyz',
      summary: 'Whether calls can be served; 503 with the reasons when they cannot.',
      tag: 'operation',
      access: 'anyone',
      answer: { json: health },
      async handle({ reply }) {
        const reasons = options.notReady();
        if (reasons.length === 0) return { status: 'ready' };
        reply.code(503);
        return { status: 'not ready', reasons };
      },
    }),
    route({
      url: '/metrics',
      summary: 'Prometheus metrics.',
      tag: 'operation',
      access: metricsAccess,
      answer: { media: 'text/plain; version=0.0.4', means: 'The Prometheus text exposition format.' },
      async handle({ reply }) {
        await reply.header('content-type', metrics.contentType).send(await metrics.text());
        return undefined;
      },
    }),
  ];
}

function shownGrant({ id, kind, expiresAt, connection, action }: Grant) {
  return {
    id,
    kind,
    expiresAt,
    ...(connection !== undefined && { connection }),
    ...(action !== undefined && { action }),
  };
}
