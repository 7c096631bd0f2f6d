// What every step of an exchange needs, put together once at start.
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { Code } from '../exchange/codes.ts';
import type { Verdict } from '../exchange/exchange.ts';
import type { Fingerprint } from '../exchange/keys.ts';
import type { Revocations } from '../identity/revocations.ts';
import type { Verifier } from '../identity/verifier.ts';
import type { PolicyInput } from '../policy/input.ts';
import type { Vault } from '../vault/vault.ts';
import type { Images } from './before-image.ts';
import type { HeldBudget } from './held-budget.ts';
import type { McpClients } from './mcp-clients.ts';
import type { Recorder } from './recorder.ts';
import type { Restraints } from './restrain.ts';
import type { Sessions } from './sessions.ts';
import type { GatewayStats } from './stats.ts';
import type { Upstreams } from './upstream.ts';

export type Limits = Config['gateway']['limits'];

export interface GatewayContext {
  readonly domain: string | undefined;
  readonly limits: Limits;
  readonly recorder: Recorder;
  readonly verifier: Pick<Verifier, 'check' | 'claimed'>;
  readonly revocations: Pick<Revocations, 'enter'> | undefined;
  /** Who is contained, and which calls were approved; undefined when nobody can be. */
  readonly restraints: Restraints | undefined;
  /** The WWW-Authenticate header of a 401 with this code (RFC 6750 section 3, RFC 9728 section 5.1). */
  challenge: (code: Code) => string;
  readonly judge: (input: PolicyInput) => Verdict;
  readonly vault: Vault;
  readonly fingerprint: Fingerprint;
  readonly sessions: Sessions;
  readonly mcpClients: McpClients;
  readonly upstreams: Upstreams;
  readonly images: Images;
  readonly heldBudget: HeldBudget;
  readonly stats: GatewayStats;
  readonly log: Logger;
  /** True from the moment the gateway was told to stop. */
  draining: boolean;
}
