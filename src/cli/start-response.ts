// Starts what answers findings: containment and approvals on the data path, rules that contain, alerts.
import type { Logger } from 'pino';
import type { AlertSource } from '../api/alert-desk.ts';
import { auditInto } from '../api/audit.ts';
import { type Containing, createContaining } from '../api/containing.ts';
import { LOCAL_ISSUER } from '../api/local-operator.ts';
import type { Config } from '../config/config.ts';
import type { Entry } from '../exchange/entry.ts';
import type { Finding, FindingDecision } from '../exchange/finding.ts';
import type { Actor } from '../exchange/identity.ts';
import type { Memory } from '../exchange/memory.ts';
import { credentialHeaders, hostOf, originOf } from '../gateway/forward.ts';
import type { Restraints } from '../gateway/restrain.ts';
import type { IdentityStore } from '../identity/identity-store.ts';
import { Operators } from '../identity/operators.ts';
import { rolesOf } from '../identity/roles.ts';
import { readSecret } from '../vault/secret-source.ts';
import type { Vault } from '../vault/vault.ts';
import { openAlertLog } from '../watch/alerts/alert-log.ts';
import { type Alerts, createAlerts } from '../watch/alerts/alerts.ts';
import { type Sender, senderOf } from '../watch/alerts/sender.ts';
import { createContainmentRules, type Party } from '../watch/containment-rules.ts';

/** Exchanges that somebody made for somebody else, of which it is remembered who made them. */
const MAX_DELEGATED = 20_000;

export interface Response extends Memory {
  readonly restraints: Restraints;
  readonly containing: Containing;
  readonly operators: Operators;
  /** Absent when no route is configured. */
  readonly alerts: AlertSource | undefined;
  /**
   * Hears of a finding: contains by rule, then tells. Never rejects; findings are dealt with in order.
   *
   * @param late what is reported happened before this start: it stands in the record, and nobody is woken for it unless they were
   *   told of the finding before
   */
  hear(finding: Finding, late?: boolean): Promise<void>;
  /** Hears what somebody decided about a finding. */
  decided(decision: FindingDecision): void;
  close(): Promise<void>;
}

interface Parts {
  readonly config: Pick<Config, 'data' | 'alerts' | 'containment' | 'roles'>;
  readonly identities: IdentityStore;
  readonly keyring: { secret(purpose: 'alerts'): Buffer };
  readonly vault: Pick<Vault, 'connection' | 'credentialNow'>;
  readonly append: (entry: Entry) => Promise<number>;
  readonly log: Logger;
  /** Alerts are sent only when they are asked for. */
  readonly idle?: boolean;
}

/** @throws DogwatchError `key_missing`, `key_unsafe`, `key_invalid`, `alerts_damaged` */
export async function startResponse(parts: Parts): Promise<Response> {
  const { config, identities, append, log } = parts;
  const operators = new Operators(config.roles);
  const containing = createContaining({
    store: identities,
    append,
    audit: auditInto(append),
    use: config.containment.approvals.use,
  });
  const started = Date.now();
  const delegated = new Map<string, Actor>();
  const failed = (what: string) => (error: unknown) =>
    log.error({ code: (error as { code?: unknown }).code, message: (error as Error).message }, what);

  const alerts = config.alerts.routes.length === 0 ? undefined : await startAlerts(parts);
  const rules = createContainmentRules(config.containment.rules, {
    contain: (rule, request) => containing.containByRule(rule, request),
    isOperator: (party) => isOperator(party, operators, parts),
    // The calls of an earlier run are in the record; who made them for whom is not in memory.
    actorOf: (exchange) => delegated.get(exchange) ?? (timeOf(exchange) < started ? 'unknown' : 'itself'),
  });

  async function answer(finding: Finding, late: boolean): Promise<void> {
    if (late) {
      if (alerts?.knows(finding.id)) await alerts.tell(finding, []);
      return;
    }
    const { contained, not } = await rules.apply(finding, alerts?.rulesOf(finding.id) ?? []);
    for (const { rule, why } of not) log.warn({ rule, finding: finding.id, why }, 'a rule has contained nothing');
    await alerts?.tell(finding, contained);
  }

  let answering = Promise.resolve();
  return {
    containing,
    operators,
    alerts,
    restraints: {
      containments: identities.containments,
      approvals: identities.approvals,
      wait: config.containment.approvals.wait,
      operators,
      misplaced({ issuer, subject }, session) {
        const why = 'it is an operator, whom no rule contains';
        for (const place of [{ identity: `${issuer}#${subject}` }, { session }])
          containing.releaseRules(place, why).catch(failed('a containment could not be released'));
      },
      delegated(exchange, { onBehalfOf: [actor] }) {
        if (actor === undefined) return;
        delegated.set(exchange, actor);
        if (delegated.size > MAX_DELEGATED) delegated.delete(delegated.keys().next().value ?? '');
      },
    },
    hear(finding, late = false) {
      answering = answering.then(() => answer(finding, late)).catch(failed('a finding could not be answered'));
      return answering;
    },
    decided(decision) {
      answering = answering.then(() => alerts?.decided(decision)).catch(failed('a decision could not be told'));
    },
    async forget(remains) {
      await answering;
      await alerts?.forget(remains);
    },
    async close() {
      await answering;
      await alerts?.close();
    },
  };
}

async function startAlerts({ config, keyring, vault, append, log, idle = false }: Parts): Promise<Alerts> {
  const stopping = new AbortController();
  const senders = new Map<string, Sender>(
    config.alerts.routes.map((route) => [
      route.name,
      senderOf(route, {
        secret: (ref, what) => readSecret(ref, what, config.data, process.env),
        datadog(name) {
          const credential = vault.credentialNow(name);
          const connection = vault.connection(name);
          if (connection === undefined) throw new Error('unknown');
          return {
            origin: originOf(connection, hostOf(connection, 'api')),
            headers: Object.fromEntries(credentialHeaders('api', credential)),
          };
        },
        timeout: config.alerts.timeout,
        stopping: stopping.signal,
      }),
    ]),
  );
  return createAlerts({
    config: config.alerts,
    senders,
    store: await openAlertLog({ dir: config.data, key: keyring.secret('alerts') }),
    append,
    stop: () => stopping.abort(),
    log,
    idle,
  });
}

/** Who signed in, or was seen at the gateway or the API, with the role; and whoever is on this machine. */
function isOperator(party: Party, operators: Operators, { config, identities }: Parts): boolean {
  const { issuer, subject } = party;
  if (issuer === LOCAL_ISSUER || operators.has(party)) return true;
  for (const { grant } of identities.tokens.alive()) {
    const { identity } = grant;
    if (identity.issuer === issuer && identity.subject === subject && rolesOf(identity, config.roles).has('operator'))
      return true;
  }
  return false;
}

/** Milliseconds since the epoch of a UUIDv7 (RFC 9562 section 5.7). */
const timeOf = (id: string): number => Number.parseInt(id.slice(0, 13).replace('-', ''), 16);
