// Service accounts and revocations for a command: through the API of the gateway that runs, or with the data directory to itself.
import { auditInto, type Caller } from '../api/audit.ts';
import { createIdentityAdmin } from '../api/identity-admin.ts';
import { localOperator } from '../api/local-operator.ts';
import type { Minted, Revocation } from '../identity/grant.ts';
import type { ShownAccount } from '../identity/service-accounts.ts';
import type { Block, BlockKind } from '../identity/store-events.ts';
import { type ApiAddress, askApi, sendApi } from './api-client.ts';
import { osUser } from './open-records.ts';
import { withStore } from './reach-store.ts';

/** What a command may do with identities. */
export interface Identities {
  accounts(): Promise<readonly ShownAccount[]>;
  create(name: string, groups: readonly string[], days: number): Promise<Minted>;
  rotate(name: string, days: number, overlapHours: number): Promise<Minted>;
  remove(name: string): Promise<{ ended: number }>;
  revoke(what: Revocation): Promise<{ ended: number }>;
  lift(by: BlockKind, key: string): Promise<void>;
  revocations(): Promise<readonly Block[]>;
}

/**
 * Runs `use` with the identities of the gateway that the command is about.
 * @throws as `withStore`
 */
export async function withIdentities<T>(
  configFile: string | undefined,
  use: (identities: Identities) => Promise<T>,
): Promise<T> {
  return withStore(
    configFile,
    {
      throughApi: behindApi,
      alone({ data, store }): Identities {
        const admin = createIdentityAdmin(
          store,
          auditInto((entry) => data.journal.append(entry)),
        );
        const caller: Caller = { identity: localOperator(osUser()) };
        return {
          accounts: async () => admin.accounts(),
          create: (name, groups, days) => admin.create(caller, name, groups, days),
          rotate: (name, days, overlapHours) => admin.rotate(caller, name, days, overlapHours),
          remove: (name) => admin.remove(caller, name),
          revoke: (what) => admin.revoke(caller, what),
          lift: (by, key) => admin.lift(caller, by, key),
          revocations: async () => admin.revocations(),
        };
      },
    },
    use,
  );
}

function behindApi(api: ApiAddress): Identities {
  const agent = (name: string, what: string) => `/api/v1/agents/${encodeURIComponent(name)}/${what}`;
  return {
    accounts: async () => (await askApi<{ items: ShownAccount[] }>(api, 'GET', '/api/v1/agents', {})).items,
    create: (name, groups, days) => sendApi(api, '/api/v1/agents', { name, groups, days }),
    rotate: (name, days, overlapHours) => sendApi(api, agent(name, 'rotate'), { days, overlapHours }),
    remove: (name) => sendApi(api, agent(name, 'revoke'), {}),
    revoke: (what) => sendApi(api, '/api/v1/revocations', what),
    lift: (by, key) => sendApi(api, '/api/v1/revocations/lift', { by, key }),
    revocations: async () => (await askApi<{ items: Block[] }>(api, 'GET', '/api/v1/revocations', {})).items,
  };
}
