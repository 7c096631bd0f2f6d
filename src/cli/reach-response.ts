// Containments, approvals and alerts for a command: through the API of the gateway that runs, or with the data directory to itself.
import { type AlertDesk, createAlertDesk } from '../api/alert-desk.ts';
import { auditInto, type Caller } from '../api/audit.ts';
import type { ContainRequest } from '../api/containing.ts';
import { localOperator } from '../api/local-operator.ts';
import type { AlertRoute, Delivery } from '../exchange/alert.ts';
import type { Approval, ApprovalState } from '../exchange/approval.ts';
import type { Containment } from '../exchange/finding.ts';
import { openVault } from '../vault/vault.ts';
import { type ApiAddress, askApi, sendApi } from './api-client.ts';
import { osUser } from './open-records.ts';
import { type Ways, withStore } from './reach-store.ts';
import { startResponse } from './start-response.ts';

/** What a command may do about findings. */
export interface Answering {
  containments(): Promise<readonly Containment[]>;
  contain(request: ContainRequest): Promise<Containment>;
  release(id: string, reason: string | undefined): Promise<Containment>;
  approvals(state: ApprovalState | undefined): Promise<readonly Approval[]>;
  decide(id: string, approved: boolean, reason: string | undefined): Promise<Approval>;
  alerts(): Promise<{ readonly routes: readonly AlertRoute[]; readonly deliveries: readonly Delivery[] }>;
  testAlert(route: string): Promise<Delivery>;
  retryAlert(id: string): Promise<Delivery>;
}

/**
 * Runs `use` with what the gateway has that the command is about.
 * @throws as `withStore`
 */
export async function withAnswering<T>(
  configFile: string | undefined,
  use: (answering: Answering) => Promise<T>,
): Promise<T> {
  return withStore(configFile, { throughApi: behindApi, alone: besideData }, use);
}

const besideData: Ways<Answering>['alone'] = async ({ config, data, store }, opened) => {
  const { journal, keyring, kek } = data;
  const append = (entry: Parameters<typeof journal.append>[0]): Promise<number> => journal.append(entry);
  const vault = await openVault({ dir: config.data, kek, configured: config.connections });
  const caller: Caller = { identity: localOperator(osUser()) };
  /** Secrets of alert routes are read only when a command is about alerts. */
  const started = async () => {
    const { pino } = await import('pino');
    const response = await startResponse({
      config,
      identities: store,
      keyring,
      vault,
      append,
      log: pino({ level: 'silent' }),
      idle: true,
    });
    opened.defer(() => response.close());
    return response;
  };
  const desk = async (): Promise<AlertDesk> => createAlertDesk((await started()).alerts, auditInto(append));
  const { createContaining } = await import('../api/containing.ts');
  const containing = createContaining({
    store,
    append,
    audit: auditInto(append),
    use: config.containment.approvals.use,
  });
  return {
    containments: async () => containing.list(),
    contain: (request) => containing.contain(caller, request),
    release: (id, reason) => containing.release(caller, id, reason),
    approvals: async (state) => containing.approvals(state),
    decide: (id, approved, reason) => containing.decide(caller, id, approved, reason),
    async alerts() {
      const alerts = await desk();
      return { routes: alerts.routes(), deliveries: alerts.deliveries() };
    },
    testAlert: async (route) => (await desk()).test(caller, route),
    retryAlert: async (id) => (await desk()).retry(caller, id),
  };
};

function behindApi(api: ApiAddress): Answering {
  const items = async <T>(path: string, query: Record<string, string | undefined> = {}): Promise<readonly T[]> =>
    (await askApi<{ items: readonly T[] }>(api, 'GET', path, query)).items;
  const at = encodeURIComponent;
  const noted = (reason: string | undefined) => (reason === undefined ? {} : { reason });
  return {
    containments: () => items('/api/v1/containments'),
    contain: (request) => sendApi(api, '/api/v1/containments', request),
    release: (id, reason) => sendApi(api, `/api/v1/containments/${at(id)}/release`, noted(reason)),
    approvals: (state) => items('/api/v1/approvals', { state }),
    decide: (id, approved, reason) =>
      sendApi(api, `/api/v1/approvals/${at(id)}/${approved ? 'approve' : 'deny'}`, noted(reason)),
    alerts: () => askApi(api, 'GET', '/api/v1/alerts', {}),
    testAlert: (route) => sendApi(api, `/api/v1/alerts/${at(route)}/test`, {}),
    retryAlert: (id) => sendApi(api, `/api/v1/alerts/deliveries/${at(id)}/retry`, {}),
  };
}
