// Routes about alerts: where they go, what became of them, trying a route, sending one again.
import { z } from 'zod';
import type { AlertDesk } from './alert-desk.ts';
import { type Route, route } from './route.ts';
import { alerts, delivery } from './schemas-response.ts';

const text = z.string().min(1).max(64);

export function alertRoutes(desk: AlertDesk): Route[] {
  return [
    route({
      url: '/api/v1/alerts',
      summary: 'Where alerts go, and what became of them.',
      tag: 'response',
      access: 'auditor',
      answer: { json: alerts },
      handle: async () => ({ routes: desk.routes(), deliveries: desk.deliveries() }),
    }),
    route({
      method: 'POST',
      url: '/api/v1/alerts/:route/test',
      summary: 'Send a test message by a route, and say what became of the attempt.',
      tag: 'response',
      access: 'operator',
      params: z.object({ route: text }),
      answer: { json: delivery },
      handle: ({ caller, params }) => desk.test(caller, params.route),
    }),
    route({
      method: 'POST',
      url: '/api/v1/alerts/deliveries/:id/retry',
      summary: 'Send again what was given up, or what waits for its next attempt.',
      tag: 'response',
      access: 'operator',
      params: z.object({ id: text }),
      answer: { json: delivery },
      handle: ({ caller, params }) => desk.retry(caller, params.id),
    }),
  ];
}
