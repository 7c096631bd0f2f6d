// What the API and commands ask of the alerts.
import type { AlertRoute, Delivery } from '../exchange/alert.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { Audit, Caller } from './audit.ts';

/** Alerts as far as people deal with them. */
export interface AlertSource {
  routes(): readonly AlertRoute[];
  /** Newest first. */
  deliveries(): readonly Delivery[];
  /** Sends a test message, once. @returns what became of it */
  test(route: string): Promise<Delivery>;
  /** Sends again at once. @returns what became of that attempt; undefined when there is none of that id that is not delivered */
  retry(id: string): Promise<Delivery | undefined>;
}

export interface AlertDesk extends Pick<AlertSource, 'routes' | 'deliveries'> {
  /** @throws DogwatchError `not_found` */
  test(caller: Caller, route: string): Promise<Delivery>;
  /** @throws DogwatchError `not_found` */
  retry(caller: Caller, id: string): Promise<Delivery>;
}

/** @param source undefined where none are sent, since no route is configured */
export function createAlertDesk(source: AlertSource | undefined, audit: Audit): AlertDesk {
  const routes = (): readonly AlertRoute[] => source?.routes() ?? [];
  return {
    routes,
    deliveries: () => source?.deliveries() ?? [],
    async test(caller, name) {
      if (source === undefined || !routes().some((route) => route.name === name)) {
        throw new DogwatchError('not_found', `there is no alert route ${JSON.stringify(name.slice(0, 64))}`, {
          remedy: `the configuration has ${
            routes()
              .map((route) => route.name)
              .join(', ') || 'none; add one under alerts.routes'
          }`,
        });
      }
      await audit(caller, 'admin.alert', `tried the alert route ${name}`, { route: name });
      return source.test(name);
    },
    async retry(caller, id) {
      const known = source?.deliveries().find((delivery) => delivery.id === id);
      if (known === undefined || known.state === 'delivered') {
        throw new DogwatchError('not_found', `no alert ${JSON.stringify(id.slice(0, 64))} waits or was given up`, {
          remedy: '`dogwatch alerts` lists them',
        });
      }
      await audit(caller, 'admin.alert', `had the alert ${id} sent again by ${known.route}`, {
        route: known.route,
        delivery: id,
      });
      return (await source?.retry(id)) ?? known;
    },
  };
}
