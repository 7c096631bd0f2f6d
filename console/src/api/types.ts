// The shapes of the API's answers, taken from the schemas that the API itself is made of: nothing is kept twice.
import type { z } from 'zod';
import type * as record from '../../../src/api/schemas.ts';
import type * as acts from '../../../src/api/schemas-acts.ts';
import type * as changes from '../../../src/api/schemas-changes.ts';
import type * as exchange from '../../../src/api/schemas-exchange.ts';
import type * as explore from '../../../src/api/schemas-explore.ts';
import type * as findings from '../../../src/api/schemas-findings.ts';
import type * as people from '../../../src/api/schemas-identity.ts';
import type * as inquiries from '../../../src/api/schemas-inquiries.ts';
import type * as journal from '../../../src/api/schemas-journal.ts';
import type * as response from '../../../src/api/schemas-response.ts';

export type AuthSession = z.output<typeof record.authSession>;
export type Role = AuthSession['roles'][number];
export type Providers = z.output<typeof record.providerList>;
export type Identity = z.output<typeof record.identity>;
export type ClaimedClient = z.output<typeof record.claimedClient>;
export type Resource = z.output<typeof record.resource>;
export type Row = z.output<typeof record.row>;
export type Action = NonNullable<Row['action']>;
export type Verdict = NonNullable<Row['verdict']>;
export type Outcome = NonNullable<Row['outcome']>;
export type SearchResult = z.output<typeof record.searchResult>;
export type SessionRow = z.output<typeof record.sessionRow>;
export type SessionsResult = z.output<typeof record.sessionsResult>;
export type SessionResult = z.output<typeof record.sessionResult>;
export type Exchange = z.output<typeof exchange.exchangeView>;
export type ExchangeChanges = z.output<typeof exchange.exchangeChanges>;
export type ResourceChange = NonNullable<Exchange['changes']>[number];
export type Difference = z.output<typeof changes.change>;
export type Status = z.output<typeof record.status>;
export type Health = z.output<typeof record.health>;

export type Fields = z.output<typeof explore.fieldList>;
export type Field = Fields['fields'][number];
export type Values = z.output<typeof explore.valueList>;
export type Facets = z.output<typeof explore.facetsResult>;
export type Histogram = z.output<typeof explore.histogramResult>;
export type SavedQuery = z.output<typeof explore.savedQuery>;
export type SavedQueries = z.output<typeof explore.savedQueries>;

export type History = z.output<typeof inquiries.historyResult>;
export type Changes = z.output<typeof inquiries.changesResult>;
export type Reads = z.output<typeof inquiries.readsResult>;
export type SessionAccount = z.output<typeof inquiries.accountResult>;
export type Impact = z.output<typeof inquiries.impactResult>;
export type Revert = z.output<typeof inquiries.revertResult>;

export type ServiceAccounts = z.output<typeof people.agentsResult>;
export type Revocations = z.output<typeof people.revocationsResult>;
export type Identities = z.output<typeof people.identitiesResult>;
export type SeenIdentity = Identities['items'][number];
export type Approvals = z.output<typeof response.approvals>;
export type Approval = Approvals['items'][number];
export type MintedToken = z.output<typeof people.minted>;

export type Reverted = z.output<typeof acts.reverted>;
export type ReplayStep = z.output<typeof acts.replayStep>;
export type ReplayDone = z.output<typeof acts.replayDone>;

export type Finding = z.output<typeof findings.finding>;
export type FindingsResult = z.output<typeof findings.findingsResult>;
export type FindingCounts = z.output<typeof findings.findingCounts>;
export type FindingView = z.output<typeof findings.findingView>;
export type Suppressions = z.output<typeof findings.suppressionsResult>;
export type TopRates = z.output<typeof findings.topRates>;

export type JournalState = z.output<typeof journal.journalState>;
export type Verification = z.output<typeof journal.verification>;
export type Suppression = Suppressions['items'][number];
export type Decided = z.output<typeof findings.decidedResult>;
export type Containment = z.output<typeof response.containment>;
export type Containments = z.output<typeof response.containments>;
export type Alerts = z.output<typeof response.alerts>;
export type Delivery = z.output<typeof response.delivery>;
